"""Watching a model: a CronJob for each of its checks, beside training.

Each reads the rows that the blueprint names, tells the Pushgateway and the registry what it found,
and leaves its whole report in the object store. What follows from a verdict is Prometheus's affair.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from zlib import crc32

import pulumi

from modelyard.blueprint.checks.watching import in_cluster
from modelyard.contracts.checks import ChecksArgs
from modelyard.contracts.context import Purpose
from modelyard.contracts.identity import WorkloadIdentity
from modelyard.objects import manifests
from modelyard.objects.manifests import Manifest, selector
from modelyard.objects.objects import Objects
from modelyard.objects.pods import Container, Pod
from modelyard.plan.promotion import promoted
from modelyard.plan.watch import Check
from modelyard.workloads.jobs import (
    COMMAND,
    FOLDER,
    LABELS,
    configuration,
    document,
    image,
    reading,
    rows,
    windows,
)

CHECKS = "-checks"
FILE = "job.json"
REPORTS = "training/checks"
"""Part of the platform's own bucket where whole reports lie."""
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


class ModelChecks(pulumi.ComponentResource):
    """All that is measured of one model now and then."""

    def __init__(
        self, name: str, args: ChecksArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:checks:ModelChecks", name, None, opts)
        self._args, self._model = args, args.model.name
        self._registry = args.registry if in_cluster(args.model) else None
        self._labels = {**args.context.labels("model-checks", args.tags), **LABELS}
        namespace = args.identity.namespaces[Purpose.TRAINING]
        self._objects = Objects(self, name, args.cluster, namespace, self._labels)
        account = args.identity.workload(f"{self._model}{CHECKS}", Purpose.TRAINING, parent=self)
        self._objects.add(self._reached())
        for check in args.watch.checks:
            self._run(check, account)
        self.register_outputs({"checks": [check.job for check in args.watch.checks]})

    def _run(self, check: Check, account: WorkloadIdentity) -> None:
        name = called(self._model, check.job)
        told = self._objects.add(
            manifests.config_map(name, {FILE: document(self._told(check))}), check.job
        )
        schedule = when(name, self._args.watch.every)
        run = manifests.cron_job(name, self._pod(check, account), schedule)
        self._objects.add(run, check.job, after=[account.resource, told])

    def _told(self, check: Check) -> Mapping[str, Any]:
        args, gateway = self._args, self._args.monitoring.pushgateway
        output = {
            "push": gateway.url if gateway else None,
            "report": self._reports(f"{check.job}.json"),
            # Versions of a guarded model are the promoter's: nobody else may tag them.
            "tags": self._registry is not None and not promoted(args.model),
        }
        data = rows(args.object_store, args.model)
        return configuration(check.job, args.model, check.settings, data=data, output=output)

    def _reports(self, name: str = "") -> str:
        """Where whole reports lie, the last of each check."""
        return self._args.object_store.address(f"{REPORTS}/{self._model}/{name}")

    def _pod(self, check: Check, account: WorkloadIdentity) -> Pod:
        args = self._args
        store = args.object_store.environment(
            account, reads=windows(args.model), writes=[self._reports()]
        )
        known = self._registry.environment(Purpose.TRAINING) if self._registry else {}
        container = Container(
            name=check.job,
            image=image(args.cluster, args.jobs),
            resources=reading(args.jobs),
            command=[COMMAND, f"{FOLDER}/{FILE}", "--report-only"],
            environment={**store, **known, "HOME": "/tmp"},
            mounts={FOLDER: "told"},
        )
        return Pod(
            containers=[container],
            service_account=account.name,
            volumes={"told": {"configMap": {"name": called(self._model, check.job)}}},
            restart="Never",
            labels={**self._labels, **selector(f"{self._model}{CHECKS}")},
        )

    def _reached(self) -> Manifest:
        """Nothing comes in; out go questions to the registry and the store, and verdicts."""
        args, name = self._args, f"{self._model}{CHECKS}"
        known = [self._registry.endpoint] if self._registry else []
        gateway = args.monitoring.pushgateway
        egress = [*known, args.object_store.endpoint, *([gateway] if gateway else [])]
        return manifests.network_policy(name, selector(name), egress=egress)


def called(model: str, job: str) -> str:
    """The CronJob of a check."""
    return f"{model}-{job}"


def when(name: str, every: timedelta) -> str:
    """The cron schedule; checks look at different minutes, so that they do not all run at once.

    `every` divides an hour or a day, or is a week: the blueprint's check holds that.
    """
    own = crc32(name.encode())
    if every < _HOUR:
        step = int(every.total_seconds()) // 60
        return f"{own % step}-59/{step} * * * *"
    minute, hours = own % 60, int(every / _HOUR)
    if every < _DAY:
        return f"{minute} {own // 60 % hours}-23/{hours} * * *"
    day = "*" if every == _DAY else str(own // 3600 % 7)
    return f"{minute} {own // 60 % 6} * * {day}"
