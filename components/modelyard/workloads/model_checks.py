"""Watching a model: a CronJob for each of its checks, beside training.

Each reads the rows that the blueprint names, tells the Pushgateway and the registry what it found,
and leaves its whole report in the object store. What follows from a verdict is Prometheus's affair.
"""

from __future__ import annotations

from datetime import timedelta
from zlib import crc32

import pulumi

from modelyard.contracts.checks import ChecksArgs
from modelyard.contracts.context import Purpose
from modelyard.contracts.identity import WorkloadIdentity
from modelyard.objects import manifests
from modelyard.objects.manifests import Manifest, selector
from modelyard.objects.objects import Objects
from modelyard.objects.pods import Pod
from modelyard.plan.watch import Check
from modelyard.workloads.jobs import FILE, FOLDER, LABELS, REPORTS, Job, windows

CHECKS = "-checks"
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


class ModelChecks(pulumi.ComponentResource):
    """All that is measured of one model now and then."""

    def __init__(
        self, name: str, args: ChecksArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:checks:ModelChecks", name, None, opts)
        self._args, self._model = args, args.model.name
        self._labels = {**args.context.labels("model-checks", args.tags), **LABELS}
        namespace = args.identity.namespaces[Purpose.TRAINING]
        self._objects = Objects(self, name, args.cluster, namespace, self._labels)
        account = args.identity.workload(f"{self._model}{CHECKS}", Purpose.TRAINING, parent=self)
        self._objects.add(self._reached())
        for check in args.watch.checks:
            self._run(check, account)
        self.register_outputs({"checks": [check.job for check in args.watch.checks]})

    def _run(self, check: Check, account: WorkloadIdentity) -> None:
        job, name = self._job(check), called(self._model, check.job)
        told = self._objects.add(manifests.config_map(name, {FILE: job.document()}), check.job)
        schedule = when(name, self._args.watch.every)
        run = manifests.cron_job(name, self._pod(job, account), schedule)
        self._objects.add(run, check.job, after=[account.resource, told])

    def _job(self, check: Check) -> Job:
        args = self._args
        return Job(
            check.job,
            args.model,
            check.settings,
            args.jobs,
            args.cluster,
            args.object_store,
            args.registry,
            args.monitoring,
        )

    def _pod(self, job: Job, account: WorkloadIdentity) -> Pod:
        left = self._args.object_store.address(f"{REPORTS}/{self._model}/")
        environment = job.environment(account, windows(self._args.model), (left,))
        container = job.container(environment, args=["--report-only"], mounts={FOLDER: "told"})
        return Pod(
            containers=[container],
            service_account=account.name,
            volumes={"told": {"configMap": {"name": called(self._model, job.name)}}},
            restart="Never",
            labels={**self._labels, **selector(f"{self._model}{CHECKS}")},
        )

    def _reached(self) -> Manifest:
        """Nothing comes in; out go questions to the registry and the store, and verdicts."""
        args, name = self._args, f"{self._model}{CHECKS}"
        gateway = args.monitoring.pushgateway
        reached = [args.registry.endpoint, args.object_store.endpoint]
        egress = [*reached, *([gateway] if gateway else [])]
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
