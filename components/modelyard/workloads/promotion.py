"""How a version comes into production: asked for in training, approved and carried out in
production.

`<model>-propose` (training) asks with the number of a candidate. `<model>-promote` (production)
waits for an approver where one is required, makes the candidate a version of the model, moves the
alias, and restarts what serves it. `<model>-rollback` (production) goes back to the version before:

    argo submit --namespace PRODUCTION --from workflowtemplate/<model>-rollback
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pulumi

from modelyard.blueprint.model import Approval
from modelyard.blueprint.serve import Mode, ServingEngine
from modelyard.contracts.context import Namespace, Purpose
from modelyard.contracts.endpoint import Environment
from modelyard.contracts.pipelines import LifecycleArgs
from modelyard.objects import manifests
from modelyard.objects.manifests import Manifest, selector
from modelyard.objects.objects import Objects
from modelyard.objects.pods import Container, Resources
from modelyard.objects.workflows import (
    API,
    PRODUCTION_TEMPLATES,
    arguments,
    parameters,
    task,
    workflow_template,
)
from modelyard.plan.promotion import alias, candidate_name, follows_alias, registered_name
from modelyard.workloads import inside
from modelyard.workloads.argo import (
    EXECUTOR,
    PROGRAMS,
    REPORTS,
    account,
    role,
    role_binding,
    rule,
)

PROPOSE = "-propose"
PROMOTE, ROLLBACK = PRODUCTION_TEMPLATES
PATIENCE = timedelta(days=14)
"""How long a version waits for its approval; then it has to be proposed again."""
IMAGE = "mlflow"
SMALL = Resources(cpu="100m", memory="1Gi")

_VERSION = "{{inputs.parameters.version}}"
_ASKED = "{{workflow.parameters.version}}"
_VOLUMES = {"programs": {"configMap": {"name": PROGRAMS}}}


class Promotion(pulumi.ComponentResource):
    """The way of one model's versions into production, and back."""

    def __init__(
        self, name: str, args: LifecycleArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:promotion:Promotion", name, None, opts)
        self._name, self._args, self._model = name, args, args.model.name
        self._spaces = args.identity.namespaces
        promoter, proposer = f"{self._model}-promoter", f"{self._model}-proposer"
        for purpose, who in ((Purpose.PRODUCTION, promoter), (Purpose.TRAINING, proposer)):
            args.identity.workload(who, purpose, parent=self)
        self._rights(promoter, proposer)
        production = self._objects(Purpose.PRODUCTION)
        for template in (self._promote(promoter), self._rollback(promoter)):
            production.add(template, template["metadata"]["name"].removeprefix(f"{self._model}-"))
        production.add(self._reached(), "promote")
        self._objects(Purpose.TRAINING).add(self._propose(proposer), "propose")
        self.register_outputs({"promote": f"{self._model}{PROMOTE}"})

    def _objects(self, purpose: Purpose) -> Objects:
        labels = self._args.context.labels("promotion", self._args.tags)
        return Objects(self, self._name, self._args.cluster, self._spaces[purpose], labels)

    def _rights(self, promoter: str, proposer: str) -> None:
        """Who carries a promotion out may restart one Deployment; who asks may only ask."""
        production, training = self._spaces[Purpose.PRODUCTION], self._spaces[Purpose.TRAINING]
        inside_production = self._objects(Purpose.PRODUCTION)
        here, there = account(promoter, production), account(proposer, training)
        restart = rule("apps", ["deployments"], ["get", "patch"], [self._model])
        rules = [REPORTS, *([restart] if self._restarts else [])]
        inside_production.add(role(promoter, rules), "promoter")
        inside_production.add(role_binding(promoter, promoter, [here]), "promoter")
        ask = rule("argoproj.io", ["workflows"], ["create"])
        inside_production.add(role(proposer, [ask]), "proposer")
        inside_production.add(role_binding(proposer, proposer, [there]), "proposer")
        runs = role_binding(proposer, EXECUTOR, [there])
        self._objects(Purpose.TRAINING).add(runs, "proposer-runs")

    @property
    def _restarts(self) -> bool:
        """Whether something in this cluster reads the alias when it starts."""
        args = self._args
        here = args.model_plan.site == args.site_plan.name
        # KServe makes its Deployments itself, under names of its own.
        ours = args.model_plan.engine != ServingEngine.KSERVE
        return here and ours and follows_alias(args.model) and args.model_plan.mode == Mode.REALTIME

    def _promote(self, promoter: str) -> Manifest:
        waits = self._args.model.promote.approval is Approval.REQUIRED
        steps = [
            *([{"name": "approve", "template": "approve"}] if waits else []),
            {"name": "move-alias", "template": "move-alias"},
        ]
        templates = [{"name": "approve", "suspend": {}}] if waits else []
        spec = self._spec(promoter, steps, [*templates, self._move_alias(_ASKED)])
        spec["arguments"] = parameters(["version"])
        if waits:
            spec["activeDeadlineSeconds"] = int(PATIENCE.total_seconds())
        what = f"Lets a candidate of {self._registered} into production"
        return workflow_template(f"{self._model}{PROMOTE}", spec, what)

    def _rollback(self, promoter: str) -> Manifest:
        steps = [{"name": "move-alias", "template": "move-alias"}]
        spec = self._spec(promoter, steps, [self._move_alias("previous")])
        what = f"Takes {self._registered} back to the version before"
        return workflow_template(f"{self._model}{ROLLBACK}", spec, what)

    def _spec(
        self, who: str, steps: Sequence[Mapping[str, Any]], templates: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any]:
        """One step after the other; at the end what serves the model starts anew."""
        restart = [{"name": "restart", "template": "restart"}] if self._restarts else []
        whole = {"name": "run", "steps": [[step] for step in (*steps, *restart)]}
        last = [self._restart()] if self._restarts else []
        return {
            **self._defaults(),
            "serviceAccountName": who,
            "entrypoint": "run",
            "templates": [whole, *templates, *last],
        }

    def _defaults(self) -> dict[str, Any]:
        """What every run has, with the tags and the label that lets its pods out."""
        defaults = self._args.pipelines.defaults
        tags = self._args.context.labels("promotion", self._args.tags)
        own = selector(f"{self._model}{PROMOTE}")
        labels = {**defaults["podMetadata"]["labels"], **tags, **own}
        return {**defaults, "podMetadata": {"labels": labels}}

    @property
    def _registered(self) -> str:
        return registered_name(self._args.model)

    def _move_alias(self, version: str) -> Mapping[str, Any]:
        model = self._args.model
        # Without a registry or training, what is approved is a revision of what is elsewhere.
        trained = model.retrain is not None or model.source.startswith("models:/")
        source = f"models:/{candidate_name(model)}" if trained else model.source
        environment: Environment = {
            **self._args.registry.promoter,
            "MODEL": self._registered,
            "ALIAS": alias(model),
            "SOURCE": source,
            "VERSION": version,
            "WORKFLOW": "{{workflow.name}}",
            "HOME": "/tmp",
        }
        container = Container(
            name="move-alias",
            image=self._args.cluster.image(IMAGE),
            resources=SMALL,
            command=["python", f"{inside.MOUNT}/promote.py"],
            environment=environment,
            mounts={inside.MOUNT: "programs"},
        )
        return task(container, volumes=_VOLUMES)

    def _restart(self) -> Mapping[str, Any]:
        """As `kubectl rollout restart` does: new pods read the alias anew."""
        note = {"kubectl.kubernetes.io/restartedAt": "{{workflow.creationTimestamp.RFC3339}}"}
        deployment = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": self._model},
            "spec": {"template": {"metadata": {"annotations": note}}},
        }
        action = {"action": "patch", "mergeStrategy": "strategic"}
        return {"name": "restart", "resource": {**action, "manifest": json.dumps(deployment)}}

    def _reached(self) -> Manifest:
        name = f"{self._model}{PROMOTE}"
        egress = [self._args.registry.endpoint]
        return manifests.network_policy(name, selector(name), egress=egress)

    def _propose(self, proposer: str) -> Manifest:
        """Asks for a promotion, from training: a run in production of the template there."""
        ask = asking(f"{self._model}{PROMOTE}", self._spaces[Purpose.PRODUCTION])
        template = {
            "name": "propose",
            "inputs": parameters(["version"]),
            "serviceAccountName": proposer,
            "resource": {"action": "create", "manifest": json.dumps(ask)},
        }
        spec = {
            **self._defaults(),
            "arguments": parameters(["version"]),
            "entrypoint": "propose",
            "serviceAccountName": proposer,
            "templates": [template],
        }
        what = f"Proposes a candidate of {self._registered} for production"
        return workflow_template(f"{self._model}{PROPOSE}", spec, what)


def asking(template: str, namespace: Namespace) -> Mapping[str, Any]:
    """A run of a template in another namespace, for the version a step was given."""
    return {
        "apiVersion": API,
        "kind": "Workflow",
        "metadata": {"generateName": f"{template}-", "namespace": namespace.name},
        "spec": {
            "workflowTemplateRef": {"name": template},
            "arguments": arguments({"version": _VERSION}),
        },
    }
