"""Alerts of the catalog, made of what the plan knows of each model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from modelyard.blueprint.serve import Exposure, Mode
from modelyard.catalog.alerts import Group, alerts
from modelyard.catalog.servers import told
from modelyard.contracts.context import Purpose
from modelyard.workloads.serving.endpoints import service

if TYPE_CHECKING:
    from modelyard.blueprint.model import Model
    from modelyard.contracts.context import Context
    from modelyard.contracts.monitoring import MonitoringArgs
    from modelyard.objects.manifests import Manifest
    from modelyard.plan.serving import ModelPlan

GATEWAY = "envoy-gateway"
_GROUPS = {Mode.REALTIME: "model", Mode.EDGE: "edge"}
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


def platform_rules(args: MonitoringArgs, groups: Iterable[str]) -> list[Mapping[str, Any]]:
    """The rules of groups that are made once."""
    values, operators = platform_values(args), operators_of(args)
    labels = {"platform": args.context.scope, "team": args.context.tags.team}
    return [
        alert.rule(values, labels)
        for alert in alerts()
        if alert.group in groups and alert.applies(values, operators)
    ]


def model_rules(args: MonitoringArgs, model: Model, plan: ModelPlan) -> list[Mapping[str, Any]]:
    """The rules of one model: as many as its server's metrics and its targets allow."""
    group = _GROUPS.get(model.serve.mode)
    values, operators = model_values(args, model, plan), operators_of(args)
    labels = {
        "platform": args.context.scope,
        "model": model.name,
        "team": plan.tags.team,
        "owner": plan.tags.owner,
        "domain": plan.tags.domain,
        "compliance_class": plan.tags.compliance_class,
    }
    return [
        alert.rule(values, labels)
        for alert in alerts()
        if alert.group == group and alert.applies(values, operators)
    ]


def site_rules(args: MonitoringArgs) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    """The rules about each of the other sites that send their metrics here."""
    labels = {"platform": args.context.scope, "team": args.context.tags.team}
    for site in args.senders:
        values = {"site": site, "home": args.site_plan.name}
        yield site, [alert.rule(values, labels) for alert in alerts() if alert.group == "site"]


def rules_about(
    group: Group, context: Context, values: Mapping[str, str]
) -> list[Mapping[str, Any]]:
    """The rules of what is made once for something else than a model: a link, a copy."""
    labels = {"platform": context.scope, "team": context.tags.team}
    return [alert.rule(values, labels) for alert in alerts() if alert.group == group]


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
