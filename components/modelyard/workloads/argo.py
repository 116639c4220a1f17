"""What runs training and promotion: Argo Workflows, in two namespaces that do not trust each other.

Training is open to developers: whoever may start a run there may run anything. So promotion runs in
production, where nothing starts but the platform's own templates, and only approvers let it go on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from modelyard.contracts.context import Namespace, Purpose
from modelyard.contracts.endpoint import Environment, SecretKey
from modelyard.contracts.object_store import Api, ObjectStore
from modelyard.contracts.pipelines import PipelinesArgs
from modelyard.objects import manifests
from modelyard.objects.manifests import Manifest
from modelyard.objects.objects import Objects
from modelyard.objects.workflows import RUNNER, run_defaults
from modelyard.workloads import inside
from modelyard.workloads.access import subjects
from modelyard.workloads.production_runs import policy, policy_binding

NAME = "argo"
PROGRAMS = "workflow-programs"
"""ConfigMap with what runs inside steps."""
EXECUTOR = "workflow-executor"
"""Role of runs in training."""
REPORTS: Mapping[str, Any] = {
    "apiGroups": ["argoproj.io"],
    "resources": ["workflowtaskresults"],
    "verbs": ["create", "patch"],
}
"""What every run needs: to say what came of a step."""

_RBAC = "rbac.authorization.k8s.io"
_REPOSITORY = "object-store"
_KEYS = "workflows/{{workflow.name}}/{{pod.name}}"
"""What the objects of a run are called."""


class ArgoWorkflows(pulumi.ComponentResource):
    """Who runs are, where their artifacts go, what they reach, and who lets them into production.

    The controller itself is an operator of the cluster.
    """

    def __init__(
        self, name: str, args: PipelinesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:pipelines:ArgoWorkflows", name, None, opts)
        self._name, self._args = name, args
        self.namespace: Namespace = args.identity.namespaces[Purpose.TRAINING]
        self.defaults: Mapping[str, Any] = run_defaults(args.settings.keep)
        self.runner = args.identity.workload(RUNNER, Purpose.TRAINING, parent=self)
        programs = manifests.config_map(PROGRAMS, inside.programs("newest_version"))
        self._objects(Purpose.TRAINING).add(programs, f"{Purpose.TRAINING}-programs")
        self._training(self._objects(Purpose.TRAINING))
        self._production(self._objects(Purpose.PRODUCTION))
        self.register_outputs({"namespace": self.namespace.name, "runner": self.runner.name})

    def _objects(self, purpose: Purpose | None) -> Objects:
        space = self._args.identity.namespaces[purpose] if purpose else None
        labels = self._args.context.labels(NAME)
        return Objects(self, self._name, self._args.cluster, space, labels)

    def _training(self, objects: Objects) -> None:
        runner = account(self.runner.name, self.namespace)
        objects.add(role(EXECUTOR, [REPORTS]), "runner")
        objects.add(role_binding(EXECUTOR, EXECUTOR, [runner]), "runner")
        objects.add(self._artifacts(), "artifacts")
        objects.add(self._egress(), "runs")

    def _artifacts(self) -> Manifest:
        """The repository of every run that names none; logs go there too."""
        store = self._args.object_store
        runs = [store.address("workflows/")]
        keys = store.environment(self.runner, reads=runs, writes=runs)
        known = {"bucket": store.bucket, "keyFormat": _KEYS}
        kept = _s3(store, keys) if store.api is Api.S3 else known
        # YAML is a superset of the JSON written here.
        text = json.dumps({"archiveLogs": True, str(store.api): kept})
        manifest = manifests.config_map("artifact-repositories", {_REPOSITORY: text})
        note = {"workflows.argoproj.io/default-artifact-repository": _REPOSITORY}
        return {**manifest, "metadata": {**manifest["metadata"], "annotations": note}}

    def _egress(self) -> Manifest:
        """What anything in the training namespace may reach; there is no way to the internet."""
        args = self._args
        registry = [args.registry.endpoint] if args.registry else []
        features = [args.features.online, args.features.offline] if args.features else []
        reached = [args.object_store.endpoint, *registry, *features]
        return manifests.network_policy("workflow-runs", {}, egress=reached)

    def _production(self, objects: Objects) -> None:
        """Only the platform's templates, and only approvers to resume them."""
        space = self._args.identity.namespaces[Purpose.PRODUCTION]
        scope = f"{self._args.context.scope}-production-runs"
        everywhere = self._objects(None)
        rules = policy(scope, self.namespace.name, space.name)
        made = everywhere.add(rules, "production-runs")
        everywhere.add(policy_binding(scope, space.name), "production-runs", after=[made])
        people = subjects(self._args.access.approvers)
        if people:
            # To resume a run that waits is to update it; to go back is to start a rollback.
            verbs = ["create", "get", "list", "watch", "update", "patch"]
            approve = rule("argoproj.io", ["workflows"], verbs)
            see = rule("argoproj.io", ["workflowtemplates"], ["get", "list", "watch"])
            title = f"{self._args.context.platform}-promotion"
            objects.add(role(title, [approve, see]), "approvers")
            objects.add(role_binding(title, title, people), "approvers")


def _s3(store: ObjectStore, keys: Environment) -> Mapping[str, Any]:
    """Where it is, and who asks."""
    return {
        "endpoint": f"{store.endpoint.host}:{store.endpoint.port}",
        "insecure": store.endpoint.scheme == "http",
        "bucket": store.bucket,
        "region": store.region,
        "keyFormat": _KEYS,
        **_credentials(keys.get("AWS_ACCESS_KEY_ID"), keys.get("AWS_SECRET_ACCESS_KEY")),
    }


def _credentials(access: object, secret: object) -> dict[str, Any]:
    """References to the keys; without keys, whatever the service account is at the store."""
    if not isinstance(access, SecretKey) or not isinstance(secret, SecretKey):
        return {"useSDKCreds": True}
    pairs = {"accessKeySecret": access, "secretKeySecret": secret}
    return {field: {"name": key.secret, "key": key.key} for field, key in pairs.items()}


def rule(
    group: str, resources: Sequence[str], verbs: Sequence[str], names: Sequence[str] = ()
) -> Mapping[str, Any]:
    """What may be done with resources of one API group; with some of them when named."""
    only = {"resourceNames": list(names)} if names else {}
    return {"apiGroups": [group], "resources": list(resources), "verbs": list(verbs), **only}


def role(name: str, rules: Sequence[Mapping[str, Any]]) -> Manifest:
    return {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "Role",
        "metadata": {"name": name},
        "rules": list(rules),
    }


def role_binding(name: str, granted: str, to: Sequence[Mapping[str, str]]) -> Manifest:
    return {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": _RBAC, "kind": "Role", "name": granted},
        "subjects": list(to),
    }


def account(name: str, namespace: Namespace) -> Mapping[str, str]:
    """A service account as a subject."""
    return {"kind": "ServiceAccount", "name": name, "namespace": namespace.name}
