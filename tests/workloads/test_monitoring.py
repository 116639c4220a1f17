"""Monitoring: what is watched, warned of and shown, and of which metrics all that is made."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.support import shipped
from tests.support.kubernetes_schemas import crds_available, crds_reason, violations
from tests.support.parts import manifest, objects, only, planned, recorded

from modelyard.catalog.alerts import alerts
from modelyard.catalog.dashboards import dashboards
from modelyard.catalog.metrics import exporters
from modelyard.plan.capability import Capability as C
from modelyard.platform import Platform
from modelyard.recorder import record

BLUEPRINT = """
sites:
  core:
    kind: kubernetes
    ingress: {domain: ml.example.com}
    keys: {engine: cert-manager}
    database: {engine: cloudnative-pg}
    costs: {engine: opencost}
    gpus: {nodes: [{name: l40s, accelerator: l40s, per_node: 4, count: 4}]}
registry: {engine: mlflow}
pipelines: {engine: argo}
monitoring: {retention: 30d, storage: 100Gi, alert_to: "https://alerts.example.com/hook"}
models:
  - name: chat
    type: llm
    source: hf://meta-llama/Llama-3.1-8B-Instruct
    serve:
      engine: vllm
      replicas: {min: 1, max: 3}
      concurrency: 24
      target: {p95_ms: 2500, rps: 10, availability: 0.999}
    monitor:
      evaluation: {dataset: s3://questions/chat.jsonl, judge: draft}
      freshness: {at: s3://documents/manuals/, age: 12h}
      robustness: {}
  - name: draft
    type: llm
    source: hf://Qwen/Qwen2.5-0.5B
    serve: {engine: llama-cpp, target: {p95_ms: 900}}
  - name: churn
    type: predictive
    source: models:/churn@champion
    serve: {target: {p95_ms: 80}}
    monitor:
      bias: true
      pii: {entities: [EMAIL_ADDRESS]}
      parity: {batch: s3://rows/nightly/, key: id}
      every: 6h
      data:
        reference: s3://rows/reference/
        current: s3://rows/current/
        target: y
        prediction: p
        task: classification
        sensitive: [g]
        embedding: v
    retrain: {"on": [drift], image: "train:1", command: [train]}
  - name: fraud
    type: predictive
    source: models:/fraud@champion
    serve: {engine: mlflow, expose: gateway, target: {p95_ms: 80, rps: 400, availability: 0.99}}
  - name: vision
    type: predictive
    source: s3://models/vision
    serve: {engine: onnx-runtime, target: {p95_ms: 50}}
  - name: nightly
    type: predictive
    source: models:/nightly@champion
    serve: {mode: batch, input: "s3://in/a.parquet", output: "s3://out/"}
"""
ATTACHED = """
sites: {core: {kind: kubernetes}}
monitoring:
  attach:
    url: http://prometheus-operated.observability:9090
    namespace: observability
    labels: {team: sre}
models: []
"""
BARE = "sites: {core: {kind: kubernetes}}\nmonitoring: {}\nmodels: []\n"
needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="needs promtool: install the package prometheus"
)
needs_crds = pytest.mark.skipif(not crds_available(), reason=crds_reason())


@cache
def made(text: str = BLUEPRINT) -> list[Mapping[str, Any]]:
    name = "AttachedPrometheus" if "attach:" in text else "PrometheusStack"
    return objects(recorded(only(planned(text), C.MONITORING)), name)


def of_kind(kind: str, text: str = BLUEPRINT) -> dict[str, Mapping[str, Any]]:
    return {o["metadata"]["name"]: o for o in made(text) if o["kind"] == kind}


def rules(name: str, text: str = BLUEPRINT) -> dict[str, Mapping[str, Any]]:
    """The rules of one PrometheusRule by alert."""
    found = of_kind("PrometheusRule", text)
    groups = found[name]["spec"]["groups"] if name in found else []
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


@needs_crds
@pytest.mark.parametrize("text", [BLUEPRINT, ATTACHED, BARE])
def test_every_object_is_valid(text: str) -> None:
    assert [violations(o) for o in made(text)] == [[]] * len(made(text))


def test_a_preview_has_the_same_objects() -> None:
    plan = only(planned(BLUEPRINT), C.MONITORING)
    deployed, previewed = recorded(plan), recorded(plan, deployed=False)
    assert [r.urn for r in deployed] == [r.urn for r in previewed]


# What is warned of


def test_alerts_follow_from_targets_and_from_what_the_server_exports() -> None:
    chat = rules("model-chat")
    assert {
        "LatencyAboveTarget",
        "RequestsAboveTarget",
        "QueueGrowing",
        "KvCacheNearlyFull",
    } <= set(chat)
    assert {"ErrorBudgetBurnsFast", "ErrorBudgetBurnsSlowly", "ModelAtItsLargest"} <= set(chat)
    latency = chat["LatencyAboveTarget"]["expr"]
    assert (
        'vllm:e2e_request_latency_seconds_bucket{namespace="yard-production",service="chat"}'
        in latency
    )
    assert latency.endswith("> 2.5")
    assert chat["RequestsAboveTarget"]["expr"].endswith("> 10")
    assert "14.4 * 0.001" in chat["ErrorBudgetBurnsFast"]["expr"]
    assert chat["QueueGrowing"]["expr"].endswith("> 24")
    assert chat["ModelAtItsLargest"]["expr"].endswith(">= 3")


def test_no_alert_is_made_up_where_a_server_exports_nothing() -> None:
    # MLflow's server and llama.cpp tell no latency: a target of theirs raises no alert.
    assert set(rules("model-churn")) == {"ModelUnavailable", "ModelReplicasMissing"}
    assert "LatencyAboveTarget" not in rules("model-draft")
    assert "llamacpp:requests_deferred" in rules("model-draft")["QueueGrowing"]["expr"]


def test_what_is_exposed_is_seen_at_the_gateway() -> None:
    fraud = rules("model-fraud")
    route = 'envoy_cluster_name=~"httproute/yard-production/fraud/rule/.+"'
    assert route in fraud["LatencyAboveTarget"]["expr"]
    assert fraud["LatencyAboveTarget"]["expr"].endswith("/ 1000 > 0.08")
    assert route in fraud["ErrorBudgetBurnsFast"]["expr"]
    assert fraud["RequestsAboveTarget"]["expr"].endswith("> 400")


def test_without_a_target_for_availability_a_plain_share_of_errors_is_watched() -> None:
    vision = rules("model-vision")
    assert "nv_inference_request_failure" in vision["ErrorsHigh"]["expr"]
    assert "ErrorsHigh" not in rules("model-chat")


def test_batch_runs_have_no_alerts_of_their_own_but_failed_jobs_have_one() -> None:
    assert not rules("model-nightly")
    assert {"JobFailed", "ScheduleMissed"} <= set(rules("platform"))


def test_every_limit_has_an_alert_and_every_check_two_more() -> None:
    two = ["CheckUndecided", "CheckStale"]
    drift = ["DataDrift", "PredictionShift", "EmbeddingDrift"]
    assert list(rules("check-churn-drift")) == [*drift, *two]
    assert list(rules("check-churn-performance")) == ["PerformanceDrop", *two]
    assert list(rules("check-churn-bias")) == ["BiasBreached", *two]
    assert list(rules("check-churn-pii")) == ["PersonalDataFound", *two]
    assert list(rules("check-churn-parity")) == ["ParityBreached", *two]
    assert list(rules("check-chat-evaluate")) == ["EvaluationBreached", *two]
    assert list(rules("check-chat-freshness")) == ["DocumentsStale", *two]
    assert list(rules("check-chat-robustness")) == ["RobustnessBreached", *two]
    assert list(rules("training-churn")) == ["RetrainFailing"]
    labels = rules("check-churn-bias")["BiasBreached"]["labels"]
    assert (labels["model"], labels["check"]) == ("churn", "bias")


def test_no_alert_is_made_for_what_has_no_limit() -> None:
    text = BLUEPRINT.replace("        prediction: p\n", "").replace("        embedding: v\n", "")
    text = text.replace("      bias: true\n", "")
    assert list(rules("check-churn-drift", text)) == ["DataDrift", "CheckUndecided", "CheckStale"]
    assert not {*rules("check-churn-performance", text), *rules("check-churn-bias", text)}


def test_an_edge_model_is_missed_on_the_nodes_where_it_does_not_run() -> None:
    text = """
    sites: {plant: {kind: kubernetes, edge: true}}
    monitoring: {}
    models:
      - name: defects
        type: llm
        source: hf://Qwen/Qwen2.5-0.5B
        serve: {engine: llama-cpp, mode: edge, nodes: {line: a}}
    """
    (rule,) = rules("model-defects", text).values()
    assert "kube_daemonset_status_number_unavailable{" in rule["expr"]
    assert 'daemonset="defects"' in rule["expr"]


def test_alerts_of_an_operator_come_with_it() -> None:
    theirs = {a.id for a in alerts() if a.operators and a.group == "platform"}
    full = set(rules("platform"))
    assert {"DatabaseDown", "CertificateExpires", "WorkflowsFail"} <= theirs <= full
    assert not theirs & set(rules("platform", BARE))


def test_gpus_are_watched_where_there_are_any() -> None:
    assert set(rules("gpus")) == {"GpuSaturated", "GpuMemoryNearlyFull", "GpuError"}
    assert not rules("gpus", BARE)


def test_every_alert_says_whose_it_is_how_bad_and_what_to_do() -> None:
    every = [rule for name in of_kind("PrometheusRule") for rule in rules(name).values()]
    assert len(every) > 30
    for rule in every:
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert {"platform", "team"} <= rule["labels"].keys()
        assert all(rule["annotations"][key] for key in ("summary", "description", "runbook"))
        assert "${" not in json.dumps(rule)
    assert rules("model-chat")["ModelUnavailable"]["labels"]["owner"] == "ml@example.com"


# Metrics


_WORDS = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_NOT_METRICS = {"and", "or", "unless", "on", "ignoring", "by", "without", "offset", "group_left"}
_SUFFIXES = ("_bucket", "_count", "_sum", "_total")


def metrics(expression: str) -> set[str]:
    """Names of the metrics in PromQL: words that are neither functions nor labels."""
    names = set(re.findall(r'__name__=~"([^"]+)"', expression))
    spelled = {f"{m}{tail}" for n in names for m, tail in _alternatives(n)}
    bare = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^]]*\]', " ", expression)
    bare = re.sub(r"\b(by|without|on|ignoring|group_left|group_right) *\([^)]*\)", " ", bare)
    words = {
        w.group() for w in _WORDS.finditer(bare) if not bare[w.end() :].lstrip().startswith("(")
    }
    units = {w for w in words if re.fullmatch(r"[smhdwy]", w)}
    return spelled | words - _NOT_METRICS - units


def _alternatives(pattern: str) -> Iterator[tuple[str, str]]:
    head, _, rest = pattern.partition("(")
    for tail in rest.rstrip(")").split("|"):
        yield head, tail


def test_names_are_told_from_functions_and_labels() -> None:
    expression = (
        'sum by (le, x) (rate(a:b_total{c="d"}[5m])) / on (e) f unless vector(0) > 2 * g offset 1h'
    )
    assert metrics(expression) == {"a:b_total", "f", "g"}


def known(name: str) -> bool:
    names = {each for exporter in exporters().values() for each in exporter.names}
    return name in names or any(name.removesuffix(suffix) in names for suffix in _SUFFIXES)


def expressions() -> Iterator[tuple[str, str]]:
    for name in of_kind("PrometheusRule"):
        yield from ((f"{name}/{alert}", rule["expr"]) for alert, rule in rules(name).items())
    for board in boards().values():
        for panel in board["panels"]:
            for target in panel["targets"]:
                yield f"{board['uid']}/{panel['title']}", target["expr"]


def test_only_metrics_of_the_catalog_are_used_and_all_of_them() -> None:
    used: set[str] = set()
    for where, expression in expressions():
        names = metrics(expression)
        assert names, where
        assert all(known(name) for name in names), (where, names)
        used |= names
    stems = used | {name.removesuffix(suffix) for name in used for suffix in _SUFFIXES}
    listed = {name for exporter in exporters().values() for name in exporter.names}
    # Their rules need an edge model, a link by certificate or a copy of the registry.
    elsewhere = {
        "kube_cronjob_created",
        "kube_cronjob_status_last_successful_time",
        "kube_daemonset_status_number_unavailable",
        *exporters()["envoy"].names,
    }
    assert listed - stems <= elsewhere


def test_vllm_metrics_that_are_gone_are_not_used() -> None:
    text = " ".join(expression for _, expression in expressions())
    assert "gpu_cache_usage_perc" not in text
    assert "vllm:time_per_output_token_seconds" not in text


# What is scraped


def test_exporters_are_scraped_where_their_operator_runs() -> None:
    monitors = of_kind("PodMonitor")
    assert set(monitors) == {"dcgm", "dcgm-1", "cert-manager", "cloudnative-pg", "envoy-gateway"}
    assert not of_kind("PodMonitor", BARE)
    for name in ("dcgm", "dcgm-1", "cert-manager"):
        assert monitors[name]["spec"]["podMetricsEndpoints"][0]["honorLabels"] is True
    assert all(
        m["metadata"]["labels"]["release"] == "kube-prometheus-stack" for m in monitors.values()
    )


def test_prometheus_is_let_in_to_the_database_and_the_gateway_and_nowhere_else() -> None:
    policies = of_kind("NetworkPolicy")
    assert set(policies) == {"cloudnative-pg-metrics", "pushgateway"}
    policy = policies["cloudnative-pg-metrics"]
    assert policy["spec"]["podSelector"] == {"matchLabels": {"cnpg.io/podRole": "instance"}}
    (rule,) = policy["spec"]["ingress"]
    assert rule["ports"] == [{"port": 9187, "protocol": "TCP"}]
    (peer,) = rule["from"]
    assert peer["namespaceSelector"] == {
        "matchLabels": {"kubernetes.io/metadata.name": "monitoring"}
    }
    assert peer["podSelector"] == {"matchLabels": {"app.kubernetes.io/name": "prometheus"}}


def test_jobs_push_to_a_gateway_whose_labels_are_theirs() -> None:
    [monitor] = of_kind("ServiceMonitor").values()
    assert monitor["spec"]["endpoints"] == [
        {"port": "http", "path": "/metrics", "interval": "30s", "honorLabels": True}
    ]
    [rule] = of_kind("NetworkPolicy")["pushgateway"]["spec"]["ingress"]
    *jobs, prometheus = rule["from"]
    assert [peer["namespaceSelector"]["matchLabels"] for peer in jobs] == [
        {"kubernetes.io/metadata.name": "yard-training"},
        {"kubernetes.io/metadata.name": "yard-production"},
    ]
    check = {"app.kubernetes.io/component": "model-check"}
    assert all(peer["podSelector"] == {"matchLabels": check} for peer in jobs)
    assert prometheus["namespaceSelector"]["matchLabels"] == {
        "kubernetes.io/metadata.name": "monitoring"
    }


def test_there_is_no_gateway_where_nothing_is_pushed() -> None:
    assert "pushgateway" not in of_kind("Deployment", BARE)
    assert "pushgateway" in of_kind("Deployment")


def test_gpus_that_somebody_else_looks_after_are_scraped_too() -> None:
    nodes = "{engine: attach, nodes: [{name: l40s, accelerator: l40s}]}"
    text = BARE.replace("{kind: kubernetes}", f"{{kind: kubernetes, gpus: {nodes}}}")
    assert {"dcgm", "dcgm-1"} <= set(of_kind("PodMonitor", text))


def test_an_attached_prometheus_finds_everything_by_its_labels() -> None:
    found = {**of_kind("PrometheusRule", ATTACHED), **of_kind("PodMonitor", ATTACHED)}
    assert found
    assert all(o["metadata"]["labels"]["team"] == "sre" for o in found.values())


def test_settings_of_the_stack_reach_its_chart() -> None:
    graph = recorded(only(planned(BLUEPRINT), C.MONITORING))
    (release,) = [
        r.inputs["values"]
        for r in graph.of_type("kubernetes:helm.sh/v3:Release")
        if r.inputs["name"] == "kube-prometheus-stack"
    ]
    spec = release["prometheus"]["prometheusSpec"]
    assert spec["retention"] == "30d"
    claim = spec["storageSpec"]["volumeClaimTemplate"]["spec"]
    assert claim["resources"]["requests"]["storage"] == "100Gi"
    (webhook,) = release["alertmanager"]["config"]["receivers"][1]["webhook_configs"]
    assert webhook == {"url": "https://alerts.example.com/hook"}


def test_a_secret_webhook_is_mounted_and_never_written_out() -> None:
    text = BLUEPRINT.replace("https://alerts.example.com/hook", "secret://alerts/hook")
    graph = recorded(only(planned(text), C.MONITORING))
    (release,) = [
        r.inputs["values"]["alertmanager"]
        for r in graph.of_type("kubernetes:helm.sh/v3:Release")
        if r.inputs["name"] == "kube-prometheus-stack"
    ]
    (secret,) = release["alertmanagerSpec"]["secrets"]
    (webhook,) = release["config"]["receivers"][1]["webhook_configs"]
    assert webhook == {"url_file": f"/etc/alertmanager/secrets/{secret}/hook"}


@pytest.mark.parametrize(
    ("text", "url", "namespace"),
    [
        (BARE, "http://kube-prometheus-stack-prometheus.monitoring.svc:9090", "monitoring"),
        (ATTACHED, "http://prometheus-operated.observability:9090", "observability"),
    ],
)
def test_made_and_attached_give_the_same(text: str, url: str, namespace: str) -> None:
    plan, kept = only(planned(text), C.MONITORING), []
    record(lambda: kept.append(Platform(plan)), project="modelyard", stack="test")
    monitoring = kept[0].standing["core", C.MONITORING]
    assert monitoring.prometheus.url == url
    assert monitoring.prometheus.peer == monitoring.scraper
    assert monitoring.scraper.namespace == namespace
    assert monitoring.labels


@pytest.mark.parametrize("case", shipped.cases(), ids=str)
def test_every_service_monitor_finds_one_service_with_its_port(case: shipped.Case) -> None:
    made = [(resource.provider, manifest(resource)) for resource in shipped.recorded(case)]
    services = [(where, item) for where, item in made if item.get("kind") == "Service"]
    for cluster, monitor in made:
        if monitor.get("kind") == "ServiceMonitor":
            beside = [service for where, service in services if where == cluster]
            (found,) = [service for service in beside if _selects(monitor, service)]
            ports = {port["name"] for port in found["spec"]["ports"]}
            assert {endpoint["port"] for endpoint in monitor["spec"]["endpoints"]} <= ports


def _selects(monitor: Mapping[str, Any], service: Mapping[str, Any]) -> bool:
    near = monitor["metadata"]["namespace"] == service["metadata"]["namespace"]
    wanted = monitor["spec"]["selector"]["matchLabels"]
    return near and wanted.items() <= service["metadata"]["labels"].items()


# What is shown


def boards(text: str = BLUEPRINT) -> dict[str, Mapping[str, Any]]:
    """The dashboards as Grafana would load them."""
    found = {
        name: o
        for name, o in of_kind("ConfigMap", text).items()
        if o["metadata"]["labels"].get("grafana_dashboard") == "1"
    }
    return {name: json.loads(next(iter(o["data"].values()))) for name, o in found.items()}


def test_each_dashboard_is_shown_where_it_has_something_to_show() -> None:
    assert set(boards()) == {f"dashboard-{name}" for name in dashboards()}
    assert set(boards(BARE)) == {"dashboard-platform", "dashboard-llm", "dashboard-predictive"}


@pytest.mark.parametrize("name", sorted(dashboards()))
def test_panels_do_not_overlap_and_all_ask_something(name: str) -> None:
    board = boards()[f"dashboard-{name}"]
    assert board["uid"] == f"yard-{name}"
    cells = [cell for panel in board["panels"] for cell in _cells(panel["gridPos"])]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    for panel in board["panels"]:
        references = [target["refId"] for target in panel["targets"]]
        assert references
        assert len(references) == len(set(references))
        assert all("${" not in target["expr"] for target in panel["targets"])


def _cells(place: Mapping[str, int]) -> Iterator[tuple[int, int]]:
    for x in range(place["x"], place["x"] + place["w"]):
        yield from ((x, y) for y in range(place["y"], place["y"] + place["h"]))


def test_a_dashboard_of_a_long_name_keeps_a_legal_uid() -> None:
    text = BARE + "name: a-platform-of-quite-name\n"
    plan = only(planned(text, "pre-production"), C.MONITORING)
    maps = [o for o in objects(recorded(plan), "PrometheusStack") if o["kind"] == "ConfigMap"]
    uids = [json.loads(next(iter(o["data"].values())))["uid"] for o in maps]
    assert all(0 < len(uid) <= 40 and not uid.startswith("-") for uid in uids)
    assert len(set(uids)) == len(uids) == 3


# Prometheus's own opinion


def promtool(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["promtool", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def write_rules(folder: Path, groups: Iterable[Any]) -> None:
    (folder / "rules.yaml").write_text(yaml.safe_dump({"groups": list(groups)}), encoding="utf-8")


def every_group() -> list[Any]:
    return [group for o in of_kind("PrometheusRule").values() for group in o["spec"]["groups"]]


@needs_promtool
def test_prometheus_takes_every_rule(tmp_path: Path) -> None:
    write_rules(tmp_path, every_group())
    checked = promtool(tmp_path, "check", "rules", "rules.yaml")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "SUCCESS" in checked.stdout


@needs_promtool
def test_prometheus_takes_every_query_of_a_dashboard(tmp_path: Path) -> None:
    queries = [
        e.replace("$__rate_interval", "5m")
        for where, e in expressions()
        if where.startswith("yard-")
    ]
    assert len(queries) > 40
    recordings = [{"record": f"panel:{i}", "expr": query} for i, query in enumerate(queries)]
    write_rules(tmp_path, [{"name": "panels", "rules": recordings}])
    checked = promtool(tmp_path, "check", "rules", "rules.yaml")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def cases() -> list[Mapping[str, Any]]:
    path = Path(__file__).with_name("alerts_fire.yaml")
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@needs_promtool
@pytest.mark.parametrize("case", cases(), ids=lambda case: case["name"])
def test_alerts_fire_when_they_should(case: Mapping[str, Any], tmp_path: Path) -> None:
    """Each case: series, a time, and which alerts of one rule group fire then, by severity."""
    group = next(g for g in every_group() if g["name"] == f"yard-{case['group']}")
    write_rules(tmp_path, [group])
    watched = {*case.get("fire", []), *case.get("silent", [])}
    assert watched <= {rule["alert"] for rule in group["rules"]}
    count = 'count by (alertname) (ALERTS{{alertstate="firing",alertname="{}"}})'
    asked = [
        {"expr": count.format(alert), "eval_time": case["at"], "exp_samples": _one(alert, case)}
        for alert in sorted(watched)
    ]
    unit = {"interval": "1m", "input_series": case["series"], "promql_expr_test": asked}
    test = {"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": [unit]}
    (tmp_path / "test.yaml").write_text(yaml.safe_dump(test), encoding="utf-8")
    tested = promtool(tmp_path, "test", "rules", "test.yaml")
    assert tested.returncode == 0, tested.stdout + tested.stderr


def _one(alert: str, case: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    fires = alert in case.get("fire", [])
    return [{"labels": f'{{alertname="{alert}"}}', "value": 1}] if fires else []
