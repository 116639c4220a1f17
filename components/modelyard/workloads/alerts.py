"""Alerts of the catalog, made of what the plan knows of each model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from modelyard.blueprint.serve import Exposure, Mode
from modelyard.catalog.alerts import Group, alerts
from modelyard.catalog.servers import told
from modelyard.contracts.context import Purpose
from modelyard.workloads.serving.endpoints import service

if TYPE_CHECKING:
    from modelyard.blueprint.business import Kpi
    from modelyard.blueprint.model import Model
    from modelyard.contracts.context import Context
    from modelyard.contracts.monitoring import MonitoringArgs
    from modelyard.objects.manifests import Manifest
    from modelyard.plan.check import Check
    from modelyard.plan.serving import ModelPlan
    from modelyard.plan.watch import Watch

GATEWAY = "envoy-gateway"
_GROUPS: Mapping[Mode, Group] = {Mode.REALTIME: "model", Mode.EDGE: "edge"}
_MEASURES: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "drift": {
        "data_drift": ("psi", "psi|ks|drifted_share"),
        "prediction_shift": ("prediction_shift", "prediction_shift"),
        "embedding_drift": ("embedding", "embedding"),
    },
    "performance": {"performance": ("", ".+")},
    "bias": {"bias": ("", ".+")},
    "evaluate": {"evaluation": ("", ".+")},
    "freshness": {"freshness": ("age", "age")},
    "pii": {"personal_data": ("personal_data", "personal_data")},
    "robustness": {"robustness": ("", ".+")},
    "parity": {"parity": ("differing", "differing")},
}
"""What alerts call the series of a check's measures: which limit there has to be, and the names of
the measures.
"""
_LATE = timedelta(hours=1)
"""How late a run may end for what the last one found to count still."""
_SEQUENCES = "16"
"""Requests that one server works on at a time where the plan does not say."""


def platform_values(args: MonitoringArgs) -> Mapping[str, str]:
    """What expressions about the whole platform are filled in with."""
    namespaces = args.identity.namespaces
    return {
        "platform": args.context.scope,
        "namespaces": "|".join(namespace.name for namespace in namespaces.values()),
        "platform_namespace": namespaces[Purpose.PLATFORM].name,
        "production_namespace": namespaces[Purpose.PRODUCTION].name,
    }


def platform_rules(args: MonitoringArgs, group: Group) -> list[Mapping[str, Any]]:
    """The rules of a group that are made once."""
    return _made(args, group, platform_values(args), _ours(args.context))


def model_rules(args: MonitoringArgs, model: Model, plan: ModelPlan) -> list[Mapping[str, Any]]:
    """The rules of one model: as many as its server's metrics and its targets allow."""
    group = _GROUPS.get(model.serve.mode)
    return _made(args, group, model_values(args, model, plan), _whose(args, plan))


def check_rules(
    args: MonitoringArgs, watch: Watch
) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    """The rules about each check of one model, as many as it has limits, and about its training."""
    plan = next(plan for model, plan in args.models if model.name == watch.model)
    labels = _whose(args, plan)
    for check in watch.checks:
        values = check_values(args, watch, check)
        rules = _made(args, "check", values, {**labels, "check": check.job})
        yield f"check-{watch.model}-{check.job}", rules
    if watch.on and not watch.outside:
        yield f"training-{watch.model}", _made(args, "training", _training(watch), labels)


def _made(
    args: MonitoringArgs, group: Group | None, values: Mapping[str, str], labels: Mapping[str, str]
) -> list[Mapping[str, Any]]:
    """The rules of a group that can be made of these values."""
    operators = operators_of(args)
    return [
        alert.rule(values, labels)
        for alert in alerts()
        if alert.group == group and alert.applies(values, operators)
    ]


def _ours(context: Context) -> Mapping[str, str]:
    """Labels of an alert that is about no model."""
    return {"platform": context.scope, "team": context.tags.team}


def _whose(args: MonitoringArgs, plan: ModelPlan) -> Mapping[str, str]:
    """Labels by which an alert finds those whom it concerns."""
    return {
        "platform": args.context.scope,
        "model": plan.name,
        "team": plan.tags.team,
        "owner": plan.tags.owner,
        "domain": plan.tags.domain,
        "compliance_class": plan.tags.compliance_class,
    }


def check_values(args: MonitoringArgs, watch: Watch, check: Check) -> Mapping[str, str]:
    """What is known of a check: how its series are found, how old they may be, its limits."""
    namespaces = args.identity.namespaces
    series = f'namespace="{namespaces[Purpose.PLATFORM].name}",model="{watch.model}"'
    series += f',check="{check.job}"'
    held = [each for each in watch.limits if each.check == check.job]
    limits = {each.measure: each.bound.removeprefix("<= ") for each in held}
    measured = {
        value: names
        for value, (needed, names) in _MEASURES.get(check.job, {}).items()
        if needed in limits or not needed
    }
    return {
        "model": watch.model,
        "check": check.job,
        "training_namespace": namespaces[Purpose.TRAINING].name,
        "cronjob": f"{watch.model}-{check.job}",
        "series": series,
        "two_periods": _minutes(2 * watch.every),
        "two_periods_seconds": f"{2 * watch.every.total_seconds():g}",
        "kept": _minutes(2 * watch.every + _LATE),
        **{value: f'{series},measure=~"{names}"' for value, names in measured.items()},
        **{f"{name}_limit": at for name, at in limits.items() if name.isidentifier()},
    }


def _minutes(length: timedelta) -> str:
    return f"{int(length.total_seconds()) // 60}m"


def _training(watch: Watch) -> Mapping[str, str]:
    return {"model": watch.model, "training_series": f'model="{watch.model}"'}


def site_rules(args: MonitoringArgs) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    """The rules about each of the other sites that send their metrics here."""
    for site in args.senders:
        values = {"site": site, "home": args.site_plan.name}
        yield site, rules_about("site", args.context, values)


def business_rules(args: MonitoringArgs) -> list[Mapping[str, Any]]:
    """The rules about the numbers that the models are there for."""
    return [
        rule
        for kpi in args.settings.business
        for rule in _made(args, "business", _of_kpi(kpi), {**_ours(args.context), "kpi": kpi.name})
    ]


def _of_kpi(kpi: Kpi) -> Mapping[str, str]:
    bounds = {"above": kpi.above, "below": kpi.below}
    known = {"kpi": kpi.title or kpi.name, "query": kpi.query.strip()}
    return known | {key: f"{bound:g}" for key, bound in bounds.items() if bound is not None}


def rules_about(
    group: Group, context: Context, values: Mapping[str, str]
) -> list[Mapping[str, Any]]:
    """The rules of what is made once for something else than a model: a link, a copy."""
    return [alert.rule(values, _ours(context)) for alert in alerts() if alert.group == group]


def model_values(args: MonitoringArgs, model: Model, plan: ModelPlan) -> Mapping[str, str]:
    """What is known of a model: where it runs, what its server tells, what it is to hold."""
    namespace = args.identity.namespaces[Purpose.PRODUCTION].name
    series = f'namespace="{namespace}",service="{service(model, plan.engine)}"'
    route = f'envoy_cluster_name=~"httproute/{namespace}/{model.name}/rule/.+"'
    exposed = model.serve.expose is Exposure.GATEWAY and GATEWAY in operators_of(args)
    metrics = told(plan.engine, plan.type, model.source, at_gateway=exposed)
    known = {"model": model.name, "namespace": namespace, "workload": workload_of(plan)}
    return {**known, **metrics.at(series, route), **dict(_limits(model, plan))}


def _limits(model: Model, plan: ModelPlan) -> Iterator[tuple[str, str]]:
    """Targets of the blueprint and limits of the plan, as numbers in PromQL."""
    target = model.serve.target
    yield "queue_limit", str(plan.concurrency or _SEQUENCES)
    if target.p95_ms is not None:
        yield "p95_target", f"{target.p95_ms / 1000:g}"
    if target.rps is not None:
        yield "rps", str(target.rps)
    if target.availability is not None:
        yield "error_budget", f"{1 - target.availability:.6g}"
    if model.serve.replicas.scales:
        yield "maximum", str(plan.replicas[1])


def workload_of(plan: ModelPlan) -> str:
    """The Deployment, StatefulSet or DaemonSet of a model; KServe names those it makes."""
    if plan.engine != "kserve":
        return plan.name
    return f"{plan.name}-kserve" if plan.type == "llm" else f"{plan.name}-predictor"


def operators_of(args: MonitoringArgs) -> tuple[str, ...]:
    """Every operator of the cluster, ours or not."""
    return (*args.site_plan.operators, *args.site_plan.attached_operators)


def prometheus_rule(
    name: str, group: str, rules: list[Mapping[str, Any]], labels: Mapping[str, str]
) -> Manifest:
    """Rules in one group; Prometheus finds them by the labels."""
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": name, "labels": dict(labels)},
        "spec": {"groups": [{"name": group, "rules": rules}]},
    }
