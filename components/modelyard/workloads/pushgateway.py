"""The Pushgateway: where jobs that come and go leave what they measured, for Prometheus to find."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from modelyard.contracts.context import Namespace, Purpose
from modelyard.contracts.endpoint import Endpoint, Peer
from modelyard.objects import manifests
from modelyard.objects.manifests import selector
from modelyard.objects.pods import Container, Pod, Resources
from modelyard.workloads.jobs import LABELS

if TYPE_CHECKING:
    from pulumi import Resource

    from modelyard.contracts.monitoring import MonitoringArgs
    from modelyard.objects.objects import Objects

NAME, PORT = "pushgateway", 9091
_KEPT = "/data"
_SIZE = Resources(cpu="20m", memory="128Mi")


def pushgateway(
    parent: Resource,
    objects: Objects,
    args: MonitoringArgs,
    found_by: Mapping[str, str],
    scraper: Peer,
) -> Endpoint:
    """Make it; returns where jobs push to.

    What it holds outlives its container and not its pod: alerts look back at what Prometheus has
    seen, so that a gateway that moves loses no verdict.
    """
    account = args.identity.workload(NAME, Purpose.PLATFORM, parent)
    space = args.identity.namespaces[Purpose.PLATFORM]
    senders = (Purpose.TRAINING, Purpose.PRODUCTION)
    clients = [Peer(args.identity.namespaces[purpose].name, LABELS) for purpose in senders]
    ingress = {PORT: [*clients, scraper]}
    objects.add(manifests.network_policy(NAME, selector(NAME), ingress=ingress), NAME)
    objects.add(manifests.service(NAME, {"http": PORT}), NAME)
    # The labels are those of the model and its check, not the gateway's own.
    monitor = manifests.service_monitor(NAME, "http", found_by, honor_labels=True)
    objects.add(monitor, NAME)
    pod = _pod(args.cluster.image(NAME), account.name, objects.labels)
    objects.add(manifests.deployment(NAME, pod), NAME, after=[account.resource])
    return _endpoint(space)


def _pod(image: str, account: str, labels: Mapping[str, str]) -> Pod:
    container = Container(
        name=NAME,
        image=image,
        resources=_SIZE,
        args=[f"--persistence.file={_KEPT}/metrics", "--persistence.interval=1m"],
        ports={"http": PORT},
        health="/-/ready",
        writable=(_KEPT,),
    )
    return Pod(
        containers=[container],
        service_account=account,
        labels={**labels, **selector(NAME)},
    )


def _endpoint(space: Namespace) -> Endpoint:
    host = f"{NAME}.{space.name}.svc"
    return Endpoint(host=host, port=PORT, peer=Peer(space.name, selector(NAME)))
