"""The steps by which a candidate answers beside the incumbent: it is started, hears of what the
incumbent is asked for as long as the blueprint says, is compared, and is stopped.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from modelyard.blueprint.units import Duration
from modelyard.catalog.thresholds import threshold
from modelyard.contracts.context import Purpose
from modelyard.contracts.endpoint import Endpoint, Environment
from modelyard.contracts.identity import WorkloadIdentity
from modelyard.contracts.pipelines import LifecycleArgs
from modelyard.objects.workflows import VERSION
from modelyard.plan.promotion import candidate_name
from modelyard.plan.shadow import CANDIDATE, shadow_name, shadow_of, stands_in_shadow
from modelyard.workloads.jobs import configuration, image, job_step, reading, rows, windows
from modelyard.workloads.serving import endpoints

START, WAIT, COMPARE, STOP = "shadow-start", "shadow-wait", "shadow", "shadow-stop"
STARTING = 1800
"""Seconds that the candidate may take until it answers."""

Step = Mapping[str, Any]


class ShadowSteps:
    """Templates of one model's shadow; none where it has none."""

    def __init__(self, args: LifecycleArgs, promoter: WorkloadIdentity) -> None:
        self._args, self._model, self._promoter = args, args.model, promoter
        self._here = args.model_plan.site == args.site_plan.name
        self._space = args.identity.namespaces[Purpose.PRODUCTION].name

    @property
    def names(self) -> tuple[str, ...]:
        """In the order in which they are made."""
        asked = self._here and stands_in_shadow(self._model)
        return (START, WAIT, COMPARE, STOP) if asked else ()

    def templates(self) -> list[Step]:
        made = {START: self._start, WAIT: self._wait, COMPARE: self._compare, STOP: self._stop}
        return [made[name]() for name in self.names]

    @property
    def reached(self) -> tuple[Endpoint, ...]:
        """Both servers."""
        models = (self._model, shadow_of(self._model)) if self.names else ()
        found = (endpoints.endpoint(m, self._args.model_plan, self._space) for m in models)
        return tuple(each for each in found if each is not None)

    @property
    def _lasts(self) -> Duration:
        assert self._model.promote.shadow is not None  # asked for
        return self._model.promote.shadow

    def _start(self) -> Step:
        candidate = f"{candidate_name(self._model)}/{{{{workflow.parameters.{VERSION}}}}}"
        told = {"name": "server", "env": [{"name": CANDIDATE, "value": candidate}]}
        spec = {"replicas": 1, "template": {"spec": {"containers": [told]}}}
        ready = {"successCondition": "status.readyReplicas > 0"}
        return {**self._patched(START, spec, ready), "activeDeadlineSeconds": STARTING}

    def _wait(self) -> Step:
        return {"name": WAIT, "suspend": {"duration": str(int(self._lasts.total_seconds()))}}

    def _compare(self) -> Step:
        args, monitor = self._args, self._model.monitor
        shift = monitor.prediction_shift if monitor else None
        incumbent, candidate = (each.url for each in self.reached)
        settings = {
            "incumbent": incumbent,
            "candidate": candidate,
            "share": threshold("prediction_shift").number if shift is None else shift,
            "ratio": threshold("latency_ratio").number,
        }
        config = configuration(
            COMPARE, self._model, settings, data=rows(args.object_store, self._model)
        )
        where = image(args.cluster, args.jobs)
        return job_step(COMPARE, where, config, self._environment(), resources=reading(args.jobs))

    def _environment(self) -> Environment:
        store = self._args.object_store
        return store.environment(self._promoter, reads=windows(self._model))

    def _stop(self) -> Step:
        return self._patched(STOP, {"replicas": 0}, {})

    def _patched(self, name: str, spec: Mapping[str, Any], more: Mapping[str, str]) -> Step:
        deployment = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": shadow_name(self._model)},
            "spec": spec,
        }
        action = {"action": "patch", "mergeStrategy": "strategic", **more}
        return {"name": name, "resource": {**action, "manifest": json.dumps(deployment)}}
