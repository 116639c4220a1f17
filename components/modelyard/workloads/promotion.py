"""How a version comes into production: asked for in training, held against the gates, approved and
carried out in production.

`<model>-propose` (training) asks with the number of a candidate. `<model>-gate` (production) says
what stands against a version, and changes nothing. `<model>-promote` (production) holds a candidate
against the gates, waits for an approver where one is required, makes it a version of the model,
moves the alias, restarts what serves it, and marks the models that read it. `<model>-rollback`
(production) goes back to the version before. `modelyard promote` and `modelyard rollback` start
them, and so does:

    argo submit --namespace PRODUCTION --from workflowtemplate/<model>-rollback -p by=WHO -p why=WHY
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pulumi

from modelyard.blueprint.model import Approval
from modelyard.blueprint.serve import Mode
from modelyard.contracts.context import Namespace, Purpose
from modelyard.contracts.pipelines import LifecycleArgs
from modelyard.objects import manifests
from modelyard.objects.manifests import Manifest, selector
from modelyard.objects.objects import Objects
from modelyard.objects.workflows import (
    API,
    APPROVE,
    APPROVER,
    BY,
    GATE,
    PROMOTE,
    ROLLBACK,
    VERSION,
    WHY,
    arguments,
    parameters,
    workflow_template,
)
from modelyard.plan.promotion import follows_alias, registered_name
from modelyard.plan.shadow import shadow_name
from modelyard.workloads.argo import (
    EXECUTOR,
    REPORTS,
    account,
    role,
    role_binding,
    rule,
)
from modelyard.workloads.promotion_steps import APPROVAL, MOVE, PromotionSteps
from modelyard.workloads.promotion_steps import GATE as HELD
from modelyard.workloads.shadow_steps import STOP, ShadowSteps

PROPOSE = "-propose"
PATIENCE = timedelta(days=14)
"""How long a version waits for its approval; then it has to be proposed again."""

_VERSION = "{{inputs.parameters.version}}"
Step = Mapping[str, Any]


class Promotion(pulumi.ComponentResource):
    """The way of one model's versions into production, and back."""

    def __init__(
        self, name: str, args: LifecycleArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:promotion:Promotion", name, None, opts)
        self._name, self._args, self._model = name, args, args.model.name
        self._spaces = args.identity.namespaces
        promoter, proposer = f"{self._model}-promoter", f"{self._model}-proposer"
        self._promoter = args.identity.workload(promoter, Purpose.PRODUCTION, parent=self)
        args.identity.workload(proposer, Purpose.TRAINING, parent=self)
        self._steps = PromotionSteps(args, self._promoter)
        self._shadow = ShadowSteps(args, self._promoter)
        self._rights(promoter, proposer)
        production = self._objects(Purpose.PRODUCTION)
        for template in self._templates():
            production.add(template, template["metadata"]["name"].removeprefix(f"{self._model}-"))
        production.add(self._reached(), "promote")
        self._objects(Purpose.TRAINING).add(self._propose(proposer), "propose")
        self.register_outputs({"promote": f"{self._model}{PROMOTE}"})

    def _objects(self, purpose: Purpose) -> Objects:
        labels = self._args.context.labels("promotion", self._args.tags)
        return Objects(self, self._name, self._args.cluster, self._spaces[purpose], labels)

    def _rights(self, promoter: str, proposer: str) -> None:
        """Who carries a promotion out may start what serves the model; who asks may only ask."""
        production, training = self._spaces[Purpose.PRODUCTION], self._spaces[Purpose.TRAINING]
        inside_production = self._objects(Purpose.PRODUCTION)
        here, there = account(promoter, production), account(proposer, training)
        second = [shadow_name(self._args.model)] if self._shadow.names else []
        names = [*([self._model] if self._restarts else []), *second]
        started = [rule("apps", ["deployments"], ["get", "patch"], names)] if names else []
        rules = [REPORTS, *started]
        inside_production.add(role(promoter, rules), "promoter")
        inside_production.add(role_binding(promoter, promoter, [here]), "promoter")
        ask = rule("argoproj.io", ["workflows"], ["create"])
        inside_production.add(role(proposer, [ask]), "proposer")
        inside_production.add(role_binding(proposer, proposer, [there]), "proposer")
        runs = role_binding(proposer, EXECUTOR, [there])
        self._objects(Purpose.TRAINING).add(runs, "proposer-runs")

    @property
    def _restarts(self) -> bool:
        """Whether something in this cluster reads the alias when it starts; KServe reads none."""
        args = self._args
        here = args.model_plan.site == args.site_plan.name
        return here and follows_alias(args.model) and args.model_plan.mode == Mode.REALTIME

    def _templates(self) -> list[Manifest]:
        return [self._gate(), self._promote(), self._rollback()]

    def _gate(self) -> Manifest:
        """Looks and changes nothing: what a promotion, or going back, would do and meet."""
        spec = self._spec([_step(HELD)], [self._steps.gate(tried=True)])
        spec["arguments"] = _asked(**{VERSION: None})
        what = f"Says what stands against a version of {self._registered}"
        return workflow_template(f"{self._model}{GATE}", spec, what)

    def _promote(self) -> Manifest:
        waits = self._args.model.promote.approval is Approval.REQUIRED
        signed = {APPROVAL: f"{{{{steps.{APPROVE}.outputs.parameters.{APPROVER}}}}}"}
        approved = [_step(APPROVE)] if waits else []
        steps = [
            *(_step(HELD), *map(_step, self._shadow.names), *approved),
            *(_step(MOVE, **(signed if waits else {})), *self._after()),
        ]
        templates = [
            *(self._steps.gate(), *self._shadow.templates()),
            *([_approve()] if waits else []),
        ]
        spec = self._spec(steps, [*templates, self._steps.move(), *self._last()])
        spec["arguments"] = _asked(**{VERSION: None, WHY: ""})
        if waits:
            lasts = self._args.model.promote.shadow or timedelta()
            spec["activeDeadlineSeconds"] = int((PATIENCE + lasts).total_seconds())
        if self._shadow.names:
            spec["onExit"] = STOP
        what = f"Lets a candidate of {self._registered} into production"
        return workflow_template(f"{self._model}{PROMOTE}", spec, what)

    def _rollback(self) -> Manifest:
        steps = [_step(MOVE), *self._after()]
        spec = self._spec(steps, [self._steps.back(), *self._last()])
        spec["arguments"] = _asked(**{WHY: ""})
        what = f"Takes {self._registered} back to the version before"
        return workflow_template(f"{self._model}{ROLLBACK}", spec, what)

    def _after(self) -> list[Step]:
        """At the end what serves the model starts anew, and what reads it is marked."""
        return [_step(template["name"]) for template in self._last()]

    def _last(self) -> list[Step]:
        restart = [self._restart()] if self._restarts else []
        marks = self._steps.revalidate()
        return [*restart, *([marks] if marks else [])]

    def _spec(self, steps: Sequence[Step], templates: Sequence[Step]) -> dict[str, Any]:
        """One step after the other."""
        whole = {"name": "run", "steps": [[step] for step in steps]}
        return {
            **self._defaults(),
            "serviceAccountName": self._promoter.name,
            "entrypoint": "run",
            "templates": [whole, *templates],
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

    def _restart(self) -> Step:
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
        stores = (self._args.registry.endpoint, self._args.object_store.endpoint)
        egress = [*stores, *self._shadow.reached]
        return manifests.network_policy(name, selector(name), egress=egress)

    def _propose(self, proposer: str) -> Manifest:
        """Asks for a promotion, from training: a run in production of the template there."""
        me = f"system:serviceaccount:{self._spaces[Purpose.TRAINING].name}:{proposer}"
        ask = asking(f"{self._model}{PROMOTE}", self._spaces[Purpose.PRODUCTION], me)
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


def asking(template: str, namespace: Namespace, by: str) -> Mapping[str, Any]:
    """A run of a template in another namespace, for the version a step was given."""
    given = {VERSION: _VERSION, BY: by, WHY: "training registered it"}
    return {
        "apiVersion": API,
        "kind": "Workflow",
        "metadata": {"generateName": f"{template}-", "namespace": namespace.name},
        "spec": {"workflowTemplateRef": {"name": template}, "arguments": arguments(given)},
    }


def _step(template: str, **given: str) -> Step:
    """A step, called after its template, and what it is given."""
    more = {"arguments": arguments(given)} if given else {}
    return {"name": template, "template": template, **more}


def _approve() -> Step:
    """Waits until somebody signs. Who that may be is in `production_runs`."""
    signed = {"name": APPROVER, "valueFrom": {"supplied": {}}}
    return {"name": APPROVE, "suspend": {}, "outputs": {"parameters": [signed]}}


def _asked(**defaults: str | None) -> Mapping[str, Any]:
    """Parameters of a run beside who asks; those without a default have to be given."""
    given = [
        {"name": name, **({} if value is None else {"value": value})}
        for name, value in sorted({BY: None, **defaults}.items())
    ]
    return {"parameters": given}
