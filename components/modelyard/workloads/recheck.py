"""Looking at a model anew soon after what it reads has changed: its own checks, in production.

A CronJob asks the registry every quarter of an hour whether the version there is marked. So nobody
who marks needs a right to start anything; nothing runs twice at once, and one run answers all marks
that there are by then. It runs in production, where nobody may start what they like: its verdicts
are on versions that only promotion may write to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from modelyard.contracts.checks import RecheckArgs
from modelyard.contracts.context import Purpose
from modelyard.contracts.identity import WorkloadIdentity
from modelyard.objects import manifests
from modelyard.objects.manifests import Manifest, selector
from modelyard.objects.objects import Objects
from modelyard.objects.pods import Container, Pod
from modelyard.plan.rechecks import DRIFTS
from modelyard.workloads.jobs import (
    COMMAND,
    FOLDER,
    LABELS,
    configuration,
    document,
    image,
    known,
    reading,
)

JOB, FILE = "recheck", "job.json"


class Recheck(pulumi.ComponentResource):
    """One model's checks once more, beside the clock."""

    def __init__(
        self, name: str, args: RecheckArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:checks:Recheck", name, None, opts)
        self._args, self._of = args, args.of
        self._name = f"{self._of.model.name}-{JOB}"
        namespace = self._of.identity.namespaces[Purpose.PRODUCTION]
        self._labels = {**self._of.context.labels(JOB, self._of.tags), **LABELS}
        objects = Objects(self, name, self._of.cluster, namespace, self._labels)
        account = self._of.identity.workload(self._name, Purpose.PRODUCTION, parent=self)
        told = objects.add(manifests.config_map(self._name, {FILE: document(self._told())}))
        objects.add(self._reached())
        run = manifests.cron_job(self._name, self._pod(account), args.schedule)
        objects.add(run, after=[account.resource, told])
        self.register_outputs({"run": self._name})

    def _told(self) -> Mapping[str, Any]:
        of, recheck = self._of, self._args.recheck
        settings = {
            "checks": [dict(each) for each in self._args.checks],
            "after": [known(each) for each in recheck.after],
            "drift": {
                "on": list(DRIFTS),
                "models": list(recheck.reads),
                "prometheus": of.monitoring.prometheus.url,
                "platform": of.context.scope,
            },
            "pause": int(of.watch.every.total_seconds()),
        }
        # It says itself what the version is told, and as of when.
        return configuration(JOB, of.model, settings, output={"report": None})

    def _pod(self, account: WorkloadIdentity) -> Pod:
        of = self._of
        store = of.object_store.environment(account, reads=self._args.reads)
        container = Container(
            name=JOB,
            image=image(of.cluster, of.jobs),
            resources=reading(of.jobs),
            command=[COMMAND, f"{FOLDER}/{FILE}", "--report-only"],
            environment={**store, **self._args.registry.promoter, "HOME": "/tmp"},
            mounts={FOLDER: "told"},
        )
        return Pod(
            containers=[container],
            service_account=account.name,
            volumes={"told": {"configMap": {"name": self._name}}},
            restart="Never",
            labels={**self._labels, **selector(self._name)},
        )

    def _reached(self) -> Manifest:
        """What the checks ask, and Prometheus; nothing comes in."""
        of = self._of
        gateway = [of.monitoring.pushgateway] if of.monitoring.pushgateway else []
        own = [self._args.registry.endpoint, of.object_store.endpoint, of.monitoring.prometheus]
        egress = [*own, *gateway, *self._args.asks]
        return manifests.network_policy(self._name, selector(self._name), egress=egress)
