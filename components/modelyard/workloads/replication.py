"""Has the registry of a site follow that of another one: whole versions, and then the alias.

What is served here needs the other site no longer, once its version has come: pods start while the
line is down.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pulumi

from modelyard.blueprint.serve import Mode, ServingEngine
from modelyard.contracts.context import Purpose
from modelyard.contracts.endpoint import Environment
from modelyard.contracts.registry import ReplicationArgs
from modelyard.contracts.secrets import SecretHandle
from modelyard.objects import manifests
from modelyard.objects.manifests import selector
from modelyard.objects.objects import KubernetesObject, Objects
from modelyard.objects.pods import Container, Pod, Resources
from modelyard.plan.replicas import Copy
from modelyard.plan.tags import DOMAIN
from modelyard.workloads import inside
from modelyard.workloads.alerts import prometheus_rule, rules_about
from modelyard.workloads.argo import account, role, role_binding, rule
from modelyard.workloads.mlflow_accounts import CLIENTS
from modelyard.workloads.remote_registry import WayThere, way_there

NAME = "registry-copy"
IMAGE, PROGRAM = "mlflow", "replicate"
OFTEN = "*/15 * * * *"
_KEYS, _WORK = "/keys", "/work"
_KINDS = {Mode.REALTIME: "deployments", Mode.EDGE: "daemonsets"}
"""What serves a model, and reads the alias when its pods start."""


class RegistryReplica(pulumi.ComponentResource):
    """A run every quarter of an hour; one that finds nothing new leaves everything as it is."""

    def __init__(
        self, name: str, args: ReplicationArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:replication:RegistryReplica", name, None, opts)
        self._args, self._way = args, way_there(args)
        self._namespace = args.identity.namespaces[Purpose.PRODUCTION]
        labels = args.context.labels(NAME)
        self._objects = Objects(self, name, args.cluster, self._namespace, labels)
        self._account = args.identity.workload(NAME, Purpose.PRODUCTION, parent=self)
        login = args.far.logins[CLIENTS[Purpose.PRODUCTION]]
        self._login = args.secrets.store(f"{NAME}-source", self._namespace, login, self)
        keys = {f"{it.model}.pub": it.public_key for it in args.copies if it.public_key}
        self._objects.add(manifests.config_map(f"{NAME}-keys", keys), "keys")
        programs = manifests.config_map(f"{NAME}-programs", inside.programs(PROGRAM))
        self._objects.add(programs, "programs")
        self._network(self._way)
        self._run([*self._rights(), self._login.resource])
        self._watch()
        self.register_outputs({"source": self._way.url})

    def _network(self, way: WayThere) -> None:
        egress = [self._args.registry.endpoint, way.endpoint]
        self._objects.add(manifests.network_policy(NAME, selector(NAME), egress=egress))

    def _rights(self) -> Sequence[KubernetesObject]:
        """It may have the pods of these models start anew, and nothing else."""
        names: dict[str, list[str]] = {}
        for kind, name in sorted(each for it in self._args.copies for each in _readers(it)):
            names.setdefault(kind, []).append(name)
        if not names:
            return []
        rules = [rule("apps", [kind], ["get", "patch"], found) for kind, found in names.items()]
        granted = self._objects.add(role(NAME, rules))
        to = [account(NAME, self._namespace)]
        return [granted, self._objects.add(role_binding(NAME, NAME, to))]

    def _run(self, after: Sequence[pulumi.Resource | None]) -> None:
        pod = Pod(
            containers=[self._container(self._login)],
            service_account=self._account.name,
            volumes={
                "programs": {"configMap": {"name": f"{NAME}-programs"}},
                "keys": {"configMap": {"name": f"{NAME}-keys"}},
            },
            restart="Never",
            api_token=True,
            labels={**self._args.context.labels(NAME), **selector(NAME)},
            annotations={f"{DOMAIN}/programs": inside.fingerprint(PROGRAM)},
        )
        self._objects.add(manifests.cron_job(NAME, pod, OFTEN), after=after)

    def _container(self, login: SecretHandle) -> Container:
        return Container(
            name="replicate",
            image=self._args.cluster.image(IMAGE),
            resources=Resources(cpu="200m", memory="1Gi"),
            command=["python", f"{inside.MOUNT}/{PROGRAM}.py"],
            environment={**self._args.registry.promoter, **self._environment(login)},
            writable=("/tmp", _WORK),
            mounts={inside.MOUNT: "programs", _KEYS: "keys"},
        )

    def _environment(self, login: SecretHandle) -> Environment:
        return {
            "SOURCE_URI": self._way.url,
            "SOURCE_USERNAME": login.key("username"),
            "SOURCE_PASSWORD": login.key("password"),
            "WANTED": " ".join(it.wanted for it in self._args.copies),
            "SIGNED": " ".join(it.model for it in self._args.copies if it.public_key),
            "SERVED": json.dumps(self._served(), sort_keys=True),
            "NAMESPACE": self._namespace.name,
            "KEYS": _KEYS,
            "WORK": _WORK,
            "HOME": "/tmp",
            "MLFLOW_DISABLE_TELEMETRY": "true",
        }

    def _served(self) -> Mapping[str, Sequence[str]]:
        """By alias, what has to start anew when it moves."""
        return {
            it.wanted: [f"{kind}/{name}" for kind, name in _readers(it)] for it in self._args.copies
        }

    def _watch(self) -> None:
        if (monitoring := self._args.monitoring) is None:
            return
        values = {"namespace": self._namespace.name, "workload": NAME}
        rules = rules_about("copy", self._args.context, values)
        self._objects.add(prometheus_rule(NAME, NAME, rules, monitoring.labels))


def _readers(copy: Copy) -> list[tuple[str, str]]:
    """What serves a model and reads its alias, by kind and name; KServe names its own."""
    ours = (plan for plan in copy.served if plan.engine != ServingEngine.KSERVE)
    found = ((_KINDS.get(Mode(plan.mode)), plan.name) for plan in ours)
    return [(kind, name) for kind, name in found if kind]
