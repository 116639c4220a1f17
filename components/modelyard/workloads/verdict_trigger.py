"""Training by a cloud that verdicts start: a CronJob asks Prometheus, and starts it by the cloud's
own API, as who it is in the cluster.

The pause between two runs, and that one runs at a time, follow from what the cloud says of the runs
there have been: nothing of it is kept here.
"""

from __future__ import annotations

import pulumi

from modelyard.contracts.context import Purpose
from modelyard.contracts.identity import WorkloadIdentity
from modelyard.contracts.pipelines import TriggerArgs
from modelyard.objects import manifests
from modelyard.objects.manifests import selector
from modelyard.objects.objects import Objects
from modelyard.objects.pods import Container, Pod
from modelyard.workloads.jobs import COMMAND, FOLDER, SMALL, configuration, document, image
from modelyard.workloads.retrain_on import ASK, ON, asking, schedule

FILE = "job.json"
_TLS = 443
"""Where the APIs of clouds answer; no NetworkPolicy can name them."""


class VerdictTrigger(pulumi.ComponentResource):
    """Asks whether a model is to be trained anew."""

    def __init__(
        self, name: str, args: TriggerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:retraining-trigger:VerdictTrigger", name, None, opts)
        self._args, self._name = args, f"{args.model.name}{ON}"
        self._labels = args.context.labels("retraining", args.tags)
        namespace = args.identity.namespaces[Purpose.TRAINING]
        objects = Objects(self, name, args.cluster, namespace, self._labels)
        account = args.identity.workload(self._name, Purpose.TRAINING, parent=self)
        told = objects.add(manifests.config_map(self._name, {FILE: self._told(account)}))
        asked = [args.monitoring.prometheus]
        pods = selector(self._name)
        objects.add(manifests.network_policy(self._name, pods, egress=asked, internet=[_TLS]))
        run = manifests.cron_job(self._name, self._pod(account), schedule(args.model.name))
        objects.add(run, after=[account.resource, told])
        self.register_outputs({"on": list(args.watch.on)})

    def _told(self, account: WorkloadIdentity) -> str:
        args = self._args
        starts = args.pipelines.startable(account, args.model)
        settings = {**asking(args.context, args.watch, args.monitoring), "starts": starts}
        return document(configuration(ASK, args.model, settings))

    def _pod(self, account: WorkloadIdentity) -> Pod:
        args = self._args
        region = args.object_store.environment(account)
        container = Container(
            name=ASK,
            image=image(args.cluster, args.jobs),
            resources=SMALL,
            command=[COMMAND, f"{FOLDER}/{FILE}", "--report-only"],
            environment={**region, "HOME": "/tmp"},
            mounts={FOLDER: "told"},
        )
        return Pod(
            containers=[container],
            service_account=account.name,
            volumes={"told": {"configMap": {"name": self._name}}},
            restart="Never",
            labels={**self._labels, **selector(self._name)},
        )
