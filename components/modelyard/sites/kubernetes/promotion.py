"""Promotion on a cluster: runs of the platform's own templates, started as whoever is logged in.

Rights and admission decide who may; nothing is decided here. A run that was started goes on by
itself, whatever becomes of whoever follows it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from modelyard.blueprint.errors import ModelyardError, NotReadyError
from modelyard.blueprint.model import Approval
from modelyard.contracts.context import Purpose
from modelyard.contracts.promotion import (
    Ended,
    Gate,
    Move,
    PromoterArgs,
    State,
    Tell,
)
from modelyard.objects.workflows import (
    API,
    APPROVER,
    BY,
    GATE,
    PROMOTE,
    ROLLBACK,
    VERSION,
    WHY,
    arguments,
)
from modelyard.plan.promotion import registered_name, trained
from modelyard.sites.kubernetes.cluster_api import ClusterApi, Object
from modelyard.sites.kubernetes.promotion_run import (
    OVER,
    gate,
    given,
    is_open,
    name_of,
    nodes,
    phase,
    reason,
    report,
    steps,
    template,
    waits,
)

NEWEST, PREVIOUS = "", "previous"
"""What the gate is asked where no version is named."""
PATIENCE = 900.0
"""Seconds without any step after which a run is left to itself."""
_LOOK = 2.0


class ClusterPromoter:
    """Starts runs in production's namespace, and follows them."""

    def __init__(self, args: PromoterArgs, api: ClusterApi, *, look: float = _LOOK) -> None:
        self._args, self._api, self._look = args, api, look
        self._model = args.model.name
        self._namespace = f"{args.context.scope}-{Purpose.PRODUCTION}"

    def candidate(self, version: str | None, tell: Tell) -> Move:
        return self._tried(version or NEWEST, tell)

    def previous(self, tell: Tell) -> Move:
        return self._tried(PREVIOUS, tell)

    def waiting(self, version: str | None, tell: Tell) -> Move:
        """Raises ModelyardError where nothing waits."""
        for run in self._runs():
            if waits(run) and version in (None, given(run).get(VERSION)):
                return self._move(run, name_of(run))
        which = f"version {version}" if version else "no version"
        raise ModelyardError(
            f"{which} of '{self._model}' waits for approval. Next: propose one with "
            "`modelyard promote`"
        )

    def promote(self, move: Move, why: str, tell: Tell) -> Ended:
        return self._carried_out(PROMOTE, {VERSION: move.after, WHY: why}, tell)

    def roll_back(self, move: Move, why: str, tell: Tell) -> Ended:
        return self._carried_out(ROLLBACK, {WHY: why}, tell)

    def approve(self, move: Move, why: str, tell: Tell) -> Ended:
        """Sign the step that waits, and let it go on: one change, which the API server judges."""
        run = self._run(move.run or "")
        me = self._me()
        step = next(key for key, node in nodes(run).items() if is_open(node))
        signed = {"name": APPROVER, "value": me}
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        node = {
            "phase": "Succeeded",
            "finishedAt": now,
            "message": f"approved by {me}" + (f": {why}" if why else ""),
            "outputs": {"parameters": [signed]},
        }
        version = run["metadata"]["resourceVersion"]
        change = {"metadata": {"resourceVersion": version}, "status": {"nodes": {step: node}}}
        self._api.change(run, change)
        tell(f"approved by {me}")
        return self._ended(self._followed(name_of(run), tell))

    def _tried(self, version: str, tell: Tell) -> Move:
        """Ask the gate, and change nothing."""
        run = self._followed(self._start(GATE, {VERSION: version}), tell)
        if run["status"]["phase"] != "Succeeded":
            raise NotReadyError(
                f"the gate could not look: {reason(run)}. Next: kubectl logs --namespace "
                f"{self._namespace} --selector workflows.argoproj.io/workflow={name_of(run)}"
            )
        return self._move(run, None)

    def _carried_out(self, start: str, values: Mapping[str, str], tell: Tell) -> Ended:
        return self._ended(self._followed(self._start(start, values), tell))

    def _start(self, ending: str, values: Mapping[str, str]) -> str:
        name = f"{self._model}{ending}"
        run = {
            "apiVersion": API,
            "kind": "Workflow",
            "metadata": {"generateName": f"{name}-", "namespace": self._namespace},
            "spec": {
                "workflowTemplateRef": {"name": name},
                "arguments": arguments({**values, BY: self._me()}),
            },
        }
        if self._api.get(API, "WorkflowTemplate", self._namespace, name) is None:
            raise NotReadyError(
                f"there is no template {name} in {self._namespace}. Next: deploy the blueprint "
                "with `modelyard up`"
            )
        return name_of(self._api.create(run))

    def _followed(self, name: str, tell: Tell) -> Object:
        """The run once it is over, or waits for somebody. Raises NotReadyError where it hangs."""
        told: set[tuple[str, str]] = set()
        since = time.monotonic()
        while True:
            run = self._run(name)
            for step in steps(run):
                if step not in told:
                    told.add(step)
                    since = time.monotonic()
                    tell(": ".join(step))
            if phase(run) in OVER or waits(run):
                return run
            if time.monotonic() - since > PATIENCE:
                raise NotReadyError(
                    f"{name} makes no step any more, and goes on without you. Next: kubectl "
                    f"describe workflow {name} --namespace {self._namespace}"
                )
            time.sleep(self._look)

    def _ended(self, run: Object) -> Ended:
        if phase(run) == "Succeeded":
            return Ended(state=State.DONE, run=name_of(run))
        if waits(run):
            return Ended(state=State.WAITING, run=name_of(run), why=self._who())
        return Ended(state=State.FAILED, run=name_of(run), why=reason(run))

    def _who(self) -> str:
        """Whose approval is waited for."""
        return f"approved by one of {', '.join(self._args.approvers)}, who is not {self._me()}"

    def _move(self, run: Object, waits: str | None) -> Move:
        told = report(run)
        facts = told.get("facts", {})
        gates = [gate(finding) for finding in told.get("findings", ())]
        waits_for = self._args.model.promote.approval is Approval.REQUIRED
        if waits_for and given(run)[VERSION] != PREVIOUS:
            gates.append(Gate.approval(self._args.approvers))
        return Move(
            model=registered_name(self._args.model),
            before=facts.get("incumbent"),
            after=facts.get("version") or given(run)[VERSION],
            candidate=given(run)[VERSION] != PREVIOUS and trained(self._args.model),
            gates=tuple(gates),
            digest=facts.get("digest", ""),
            run=waits,
        )

    def _runs(self) -> list[Object]:
        """Runs of the model's promotion, the latest first."""
        runs = self._api.list(API, "Workflow", self._namespace)
        found = [run for run in runs if template(run) == f"{self._model}{PROMOTE}"]
        return sorted(found, key=lambda r: r["metadata"]["creationTimestamp"], reverse=True)

    def _run(self, name: str) -> Object:
        found = self._api.get(API, "Workflow", self._namespace, name)
        if found is None:
            raise NotReadyError(f"the run {name} is gone. Next: start it again")
        return found

    def _me(self) -> str:
        """The user name by which the API server knows who is logged in."""
        review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
        return self._api.create({**review, "metadata": {}})["status"]["userInfo"]["username"]


def open_promoter(args: PromoterArgs) -> ClusterPromoter:
    """What promotes on a cluster that is there."""
    return ClusterPromoter(args, ClusterApi(args.site.cluster.attach))  # type: ignore[union-attr]
