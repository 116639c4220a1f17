"""Watching a model: a CronJob for each of its checks, beside training.

Each reads the rows that the blueprint names, tells the Pushgateway and the registry what it found,
and leaves its whole report in the object store. What follows from a verdict is Prometheus's affair.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from zlib import crc32

import pulumi

from modelyard.contracts.checks import ChecksArgs, RecheckArgs
from modelyard.contracts.context import Purpose
from modelyard.contracts.endpoint import Endpoint, Environment
from modelyard.contracts.identity import WorkloadIdentity
from modelyard.objects import manifests
from modelyard.objects.manifests import Manifest, selector
from modelyard.objects.objects import Objects
from modelyard.objects.pods import Container, Pod
from modelyard.plan.asking import CLASSIFIER
from modelyard.plan.check import Check
from modelyard.plan.promotion import promoted
from modelyard.plan.rechecks import Recheck as Plan
from modelyard.plan.rechecks import holding
from modelyard.plan.watched import asks_registry
from modelyard.workloads.jobs import (
    COMMAND,
    FOLDER,
    LABELS,
    checks_of,
    configuration,
    document,
    image,
    located,
    reading,
    rows,
    windows,
)
from modelyard.workloads.recheck import Recheck
from modelyard.workloads.serving import endpoints

FILE = "job.json"
REPORTS = "training/checks"
"""Part of the platform's own bucket where whole reports lie."""
LOOKS = timedelta(minutes=15)
"""How often it is asked whether what a model reads has changed."""
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


class ModelChecks(pulumi.ComponentResource):
    """All that is measured of one model now and then."""

    def __init__(
        self, name: str, args: ChecksArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:checks:ModelChecks", name, None, opts)
        self._args, self._model = args, args.model.name
        self._registry = args.registry if asks_registry(args.model) else None
        self._labels = {**args.context.labels("model-checks", args.tags), **LABELS}
        namespace = args.identity.namespaces[Purpose.TRAINING]
        self._objects = Objects(self, name, args.cluster, namespace, self._labels)
        account = args.identity.workload(checks_of(self._model), Purpose.TRAINING, parent=self)
        self._objects.add(self._reached())
        for check in args.watch.checks:
            self._run(check, account)
        if args.recheck is not None:
            self._recheck(name, args.recheck)
        self.register_outputs({"checks": [check.job for check in args.watch.checks]})

    def _run(self, check: Check, account: WorkloadIdentity) -> None:
        name = called(self._model, check.job)
        told = self._objects.add(
            manifests.config_map(name, {FILE: document(self._told(check))}), check.job
        )
        schedule = when(name, self._args.watch.every)
        run = manifests.cron_job(name, self._pod(check, account), schedule)
        self._objects.add(run, check.job, after=[account.resource, told])

    def _recheck(self, name: str, recheck: Plan) -> None:
        """The same checks in production, once what the model reads has changed."""
        assert self._registry is not None  # the plan says so of versions of the registry alone
        checks = holding(self._args.watch)
        own = f"{name}-recheck"
        # Reports are the clock's, and tags of when it began are what lifts a mark.
        apart = {"report": None, "tags": False}
        told = [self._told(check) for check in checks]
        args = RecheckArgs(
            of=self._args,
            registry=self._registry,
            recheck=recheck,
            checks=tuple({**each, "output": {**each["output"], **apart}} for each in told),
            reads=tuple(self._reads()),
            asks=tuple(self._asked()),
            schedule=when(own, LOOKS),
        )
        Recheck(own, args, pulumi.ResourceOptions(parent=self))

    def _told(self, check: Check) -> Mapping[str, Any]:
        args, gateway = self._args, self._args.monitoring.pushgateway
        output = {
            "push": gateway.url if gateway else None,
            "report": self._reports(f"{check.job}.json"),
            # Versions of a guarded model are the promoter's: nobody else may tag them.
            "tags": self._registry is not None and not promoted(args.model),
        }
        data = {**rows(args.object_store, args.model), **self._located(check.data)}
        settings = {**check.settings, **self._located(check.reads), **dict(self._servers(check))}
        return configuration(check.job, args.model, settings, data=data, output=output)

    def _located(self, addresses: Mapping[str, str]) -> Mapping[str, str | None]:
        return {key: located(self._args.object_store, at) for key, at in addresses.items()}

    def _servers(self, check: Check) -> Iterator[tuple[str, Mapping[str, str]]]:
        """Where the models answer that a check asks, as its settings say it."""
        for setting, name in check.asks.items():
            url = self._endpoint(name).url
            asked = {"url": f"{url}/v1", "model": name}
            yield setting, {"url": f"{url}/predict"} if setting == CLASSIFIER else asked

    def _endpoint(self, name: str) -> Endpoint:
        """Raises LookupError for a model that is not on this site, or does not answer requests."""
        space = self._args.identity.namespaces[Purpose.PRODUCTION].name
        known = ((model, plan) for model, plan in self._args.models if model.name == name)
        found = next((endpoints.endpoint(*each, space) for each in known), None)
        if found is None:
            raise LookupError(f"'{name}' is asked by a check, and does not answer on this site")
        return found

    def _reports(self, name: str = "") -> str:
        """Where whole reports lie, the last of each check."""
        return self._args.object_store.address(f"{REPORTS}/{self._model}/{name}")

    def _pod(self, check: Check, account: WorkloadIdentity) -> Pod:
        args = self._args
        store = args.object_store.environment(
            account, reads=self._reads(), writes=[self._reports()]
        )
        container = Container(
            name=check.job,
            image=image(args.cluster, args.jobs),
            resources=reading(args.jobs),
            command=[COMMAND, f"{FOLDER}/{FILE}", "--report-only"],
            environment={**store, **self._of_registry(), "HOME": "/tmp"},
            mounts={FOLDER: "told"},
        )
        return Pod(
            containers=[container],
            service_account=account.name,
            volumes={"told": {"configMap": {"name": called(self._model, check.job)}}},
            restart="Never",
            labels={**self._labels, **selector(checks_of(self._model))},
        )

    def _reads(self) -> list[str]:
        """What the blueprint has the checks read, each once."""
        checks = self._args.watch.checks
        own = [at for check in checks for at in (*check.reads.values(), *check.data.values())]
        return list(dict.fromkeys([*windows(self._args.model), *own]))

    def _of_registry(self) -> Environment:
        return self._registry.environment(Purpose.TRAINING) if self._registry else {}

    def _reached(self) -> Manifest:
        """Nothing comes in; out go questions to models, registry and store, and verdicts."""
        args, name = self._args, checks_of(self._model)
        known = [self._registry.endpoint] if self._registry else []
        gateway = [args.monitoring.pushgateway] if args.monitoring.pushgateway else []
        reached = [*known, args.object_store.endpoint, *gateway]
        egress = [*reached, *self._asked()]
        return manifests.network_policy(name, selector(name), egress=egress)

    def _asked(self) -> list[Endpoint]:
        """The models that checks ask, each once."""
        checks = self._args.watch.checks
        asked = dict.fromkeys(each for check in checks for each in check.asks.values())
        return [self._endpoint(name) for name in asked]


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
