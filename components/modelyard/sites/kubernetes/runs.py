"""What runs of training are told of a managed service: where it is, and a way to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi

from modelyard.contracts.cluster import Cluster
from modelyard.contracts.context import Context
from modelyard.contracts.endpoint import Endpoint, Environment
from modelyard.contracts.identity import Identity, WorkloadIdentity
from modelyard.contracts.pipelines import Pipelines
from modelyard.objects.manifests import config_map, network_policy
from modelyard.objects.objects import Objects

if TYPE_CHECKING:
    from modelyard.contracts.context import Namespace


@dataclass(frozen=True, kw_only=True)
class RunsArgs:
    context: Context
    cluster: Cluster
    identity: Identity
    pipelines: Pipelines | None = None


def tell_runs(
    parent: pulumi.Resource,
    name: str,
    args: RunsArgs,
    called: str,
    endpoints: Sequence[Endpoint],
    environment: Callable[[WorkloadIdentity], Environment],
) -> None:
    """A ConfigMap for `envFrom`, and a NetworkPolicy; nothing where runs are not in the cluster."""
    runner: WorkloadIdentity | None = getattr(args.pipelines, "runner", None)
    if runner is None:
        return
    place: Namespace = runner.namespace
    told: Any = environment(runner)
    objects = Objects(parent, name, args.cluster, place, args.context.labels(called))
    objects.add(config_map(called, told), "client")
    objects.add(network_policy(called, {}, egress=endpoints), "client")
