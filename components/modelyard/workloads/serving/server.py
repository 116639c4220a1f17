"""A model server before it takes a form: its engine, its identity, and the pods it is made of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from modelyard.blueprint.serve import Exposure
from modelyard.contracts.context import Purpose
from modelyard.contracts.endpoint import Endpoint, Environment, Peer
from modelyard.contracts.gpu_pool import Scheduling
from modelyard.objects.manifests import config_map, network_policy, selector
from modelyard.objects.objects import Objects
from modelyard.objects.pods import IDENTITY, Container, Pod, identity_token
from modelyard.plan.asking import asked_by
from modelyard.plan.tags import DOMAIN
from modelyard.workloads.jobs import checks_of
from modelyard.workloads.serving import endpoints, volumes
from modelyard.workloads.serving.engine import CONFIG, WEIGHTS, Describe, Engine
from modelyard.workloads.serving.sizes import asked
from modelyard.workloads.serving.sources import located

if TYPE_CHECKING:
    from pulumi import Resource

    from modelyard.contracts.context import Namespace
    from modelyard.contracts.identity import WorkloadIdentity
    from modelyard.contracts.serving import ServingArgs

SECRET = "secret://"


@dataclass(frozen=True, kw_only=True)
class Server:
    """One model with everything that its objects are made from."""

    args: ServingArgs
    engine: Engine
    objects: Objects
    account: WorkloadIdentity
    upstream: Mapping[str, Endpoint]
    own: Environment
    """Environment that the blueprint sets; it wins."""

    @property
    def name(self) -> str:
        return self.args.model.name

    @property
    def namespace(self) -> Namespace:
        return self.args.identity.namespaces[Purpose.PRODUCTION]

    @property
    def scheduling(self) -> Scheduling:
        return schedule(self.args)

    @property
    def annotations(self) -> Mapping[str, str]:
        """Why the objects are as they are. Not on pods: a new reason must not restart them."""
        plan, source = self.args.model_plan, located(self.args, self.args.model.source)
        known = {"source": source, "reason": plan.reason, "machine": plan.machine}
        return {f"{DOMAIN}/{key}": value for key, value in known.items() if value}

    @property
    def labels(self) -> Mapping[str, str]:
        return self.objects.labels


def prepare(parent: Resource, name: str, args: ServingArgs, describe: Describe) -> Server:
    """Gather what every form needs. Raises LookupError when the site lacks something."""
    namespace = args.identity.namespaces[Purpose.PRODUCTION]
    account = args.identity.workload(args.model.name, Purpose.PRODUCTION, parent)
    args = replace(args, runs_as=account)
    engine = describe(args, parent)
    labels = {
        **args.context.labels(engine.name, args.model_plan.tags),
        **selector(args.model.name),
        "app.kubernetes.io/component": "model-server",
    }
    return Server(
        args=args,
        engine=engine,
        objects=Objects(parent, name, args.cluster, namespace, labels),
        account=account,
        upstream=endpoints.upstream(args, namespace.name),
        own=_own_environment(args, parent),
    )


def schedule(args: ServingArgs) -> Scheduling:
    """Onto the accelerators of the plan; anywhere when it uses none."""
    if not args.model_plan.count:
        return Scheduling()
    if args.gpu_pool is None:
        raise LookupError(f"'{args.model.name}' needs accelerators, and its site has no GPU pool")
    return args.gpu_pool.schedule(args.model_plan)


def _own_environment(args: ServingArgs, parent: Resource) -> Environment:
    """What the blueprint sets, secrets brought into the namespace."""
    namespace = args.identity.namespaces[Purpose.PRODUCTION]
    return {
        key: args.secrets.refer(value, namespace, parent) if value.startswith(SECRET) else value
        for key, value in args.model.serve.env.items()
    }


def main_container(server: Server) -> Container:
    """The engine's container."""
    engine, args = server.engine, server.args
    mounts = {WEIGHTS: "weights"} if engine.keeps_weights else {}
    if engine.memory_volume:
        mounts = {**mounts, "/dev/shm": "shm"}
    if engine.files:
        mounts = {**mounts, CONFIG: "config"}
    if engine.own_code:
        mounts = {**mounts, IDENTITY: "identity"}
    return Container(
        name="server",
        image=engine.image,
        resources=asked(engine.resources, args.model.serve, server.scheduling.resources),
        command=engine.command,
        args=engine.args,
        environment={
            **endpoints.upstream_environment(server.upstream),
            **engine.environment,
            **server.own,
        },
        ports=engine.ports,
        health=engine.health,
        startup=engine.startup,
        mounts=mounts,
        drain=engine.drain if engine.ports else 0,
    )


def server_pod(server: Server) -> Pod:
    """A pod that fetches weights and then serves."""
    engine, several = server.engine, server.args.model_plan.replicas[1] > 1
    return Pod(
        containers=[main_container(server)],
        init=weights(server),
        service_account=server.account.name,
        volumes=pod_volumes(server),
        scheduling=server.scheduling,
        user=engine.user,
        grace=engine.grace,
        spread=selector(server.name) if several else None,
        labels=server.labels,
    )


def weights(server: Server) -> list[Container]:
    """Proxies and mirrors that the blueprint names are for those who fetch weights, too."""
    return [
        replace(container, environment={**container.environment, **server.own})
        for container in server.engine.weights
    ]


def pod_volumes(server: Server) -> dict[str, Mapping[str, Any]]:
    engine = server.engine
    found: dict[str, Mapping[str, Any]] = {}
    if engine.keeps_weights:
        found["weights"] = volumes.weights(server.args)
    if engine.files:
        found["config"] = {"configMap": {"name": _files_name(server)}}
    if engine.own_code:
        found["identity"] = identity_token(server.account.audience)
    if engine.memory_volume:
        found["shm"] = {"emptyDir": {"medium": "Memory", "sizeLimit": engine.memory_volume}}
    return found


def _files_name(server: Server) -> str:
    """Other files under another name, so that pods start anew with them."""
    digest = sha256(json.dumps(server.engine.files, sort_keys=True).encode()).hexdigest()
    return f"{server.name}-{digest[:8]}"


def belongings(server: Server) -> None:
    """What the pods of every form need beside them."""
    objects, engine = server.objects, server.engine
    objects.add(policy(server))
    if engine.files:
        objects.add(config_map(_files_name(server), engine.files))
    if engine.keeps_weights and volumes.outlives_pods(server.args):
        objects.add(volumes.claim(server.args), "weights")


def policy(server: Server) -> Mapping[str, Any]:
    """In: requests from production and the gateway, and Prometheus. Out: only what it needs."""
    engine = server.engine
    return network_policy(
        server.name,
        selector(server.name),
        ingress=_callers(server),
        egress=[*engine.reaches, *server.upstream.values()],
        internet=[443] if engine.internet else [],
    )


def _callers(server: Server) -> dict[int, list[Peer]]:
    args, engine = server.args, server.engine
    if not engine.ports:
        return {}
    callers = {engine.port: [Peer(server.namespace.name)]}
    if exposed(args) and args.ingress:
        callers[engine.port].append(args.ingress.peer)
    if args.east_west_gateway and server.name in args.offered:
        callers[engine.port].append(args.east_west_gateway.peer)
    callers[engine.port] += _checks(args)
    if args.monitoring and engine.metrics:
        port = engine.ports[engine.metrics[0]]
        callers.setdefault(port, []).append(args.monitoring.scraper)
    return callers


def _checks(args: ServingArgs) -> list[Peer]:
    """Jobs that ask this model how well it answers, or how well another does."""
    space = args.identity.namespaces[Purpose.TRAINING].name
    asking = [model.name for model, _ in args.models if args.model.name in asked_by(model)]
    here = [] if args.model_plan.stands_in else asking
    return [Peer(space, selector(checks_of(name))) for name in here]


def exposed(args: ServingArgs) -> bool:
    return args.model.serve.expose is Exposure.GATEWAY


def annotated(manifest: Mapping[str, Any], annotations: Mapping[str, str]) -> Mapping[str, Any]:
    """The object with more annotations."""
    metadata = manifest["metadata"]
    merged = {**metadata.get("annotations", {}), **annotations}
    return {**manifest, "metadata": {**metadata, "annotations": merged}}
