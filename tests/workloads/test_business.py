"""Numbers of the business: shown, warned of where they leave their range, and never silent."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.support.heads import Head
from tests.support.kubernetes_schemas import crds_available, crds_reason, violations
from tests.support.parts import HEAD, objects, only, planned, recorded

from modelyard.plan.capability import Capability as C

QUERY = 'sum(increase(shop_sales_total{till=~"a$|b"}[1d]))'
BLUEPRINT = f"""
sites: {{core: {{kind: kubernetes}}}}
monitoring:
  scrape: [{{name: till, namespace: shop, pods: {{app: till}}, port: web, path: /numbers}}]
  business:
    - {{name: sales, title: Sales of a day, query: '{QUERY}', unit: usd, below: 1000, above: 90000}}
    - {{name: mood, query: avg(shop_mood)}}
models: []
"""
needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="needs promtool: install the package prometheus"
)
needs_crds = pytest.mark.skipif(not crds_available(), reason=crds_reason())


@cache
def made() -> list[Mapping[str, Any]]:
    return objects(recorded(only(planned(BLUEPRINT), C.MONITORING)), "PrometheusStack")


def named(kind: str, name: str) -> Mapping[str, Any]:
    (found,) = [o for o in made() if o["kind"] == kind and o["metadata"]["name"] == name]
    return found


def rules() -> list[Mapping[str, Any]]:
    (group,) = named("PrometheusRule", "business")["spec"]["groups"]
    return group["rules"]


def test_a_number_is_warned_of_at_its_limits_and_where_it_is_gone() -> None:
    assert [(rule["labels"]["kpi"], rule["alert"]) for rule in rules()] == [
        ("sales", "BusinessBelow"),
        ("sales", "BusinessAbove"),
        ("sales", "BusinessSilent"),
        ("mood", "BusinessSilent"),
    ]
    below = rules()[0]
    assert below["expr"] == f"({QUERY}) < 1000"
    assert below["annotations"]["summary"].startswith("Sales of a day is")


def test_a_panel_shows_the_number_between_its_limits() -> None:
    (text,) = named("ConfigMap", "dashboard-business")["data"].values()
    sales, mood = json.loads(text)["panels"]
    shown = {target["legendFormat"]: target["expr"] for target in sales["targets"]}
    assert shown == {
        "sales": QUERY,
        "not above": "vector(90000)",
        "not below": "vector(1000)",
    }
    assert sales["fieldConfig"]["defaults"] == {"unit": "currencyUSD"}, "it may be a loss"
    assert [target["expr"] for target in mood["targets"]] == ["avg(shop_mood)"]


def test_the_application_is_scraped_in_its_own_namespace() -> None:
    spec = named("PodMonitor", "application-till")["spec"]
    assert spec["namespaceSelector"] == {"matchNames": ["shop"]}
    assert spec["selector"] == {"matchLabels": {"app": "till"}}
    (endpoint,) = spec["podMetricsEndpoints"]
    assert (endpoint["port"], endpoint["path"]) == ("web", "/numbers")


@needs_crds
def test_its_objects_are_valid() -> None:
    assert [violations(o) for o in made()] == [[]] * len(made())


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("query: 'sum(rate(x[5m])'", "not PromQL: unclosed left parenthesis"),
        ("query: up, below: 2, above: 1", "cannot be at least 2 and at most 1"),
    ],
)
def test_what_prometheus_would_refuse_is_refused_before(wrong: str, told: str) -> None:
    text = (
        f"sites: {{core: {{kind: kubernetes}}}}\nmonitoring: {{business: [{{name: n, {wrong}}}]}}"
    )
    (finding,) = Head(HEAD).found(text)
    assert finding.path[:3] == ("monitoring", "business", 0)
    assert told in finding.what


@needs_promtool
def test_alerts_fire_on_values_and_on_silence(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(yaml.dump({"groups": [{"name": "x", "rules": rules()}]}))
    (tmp_path / "tests.yaml").write_text(
        yaml.dump(
            {
                "rule_files": ["rules.yaml"],
                "evaluation_interval": "5m",
                "tests": [_sold(0, "BusinessBelow"), _sold(100_000, "BusinessAbove"), _silent()],
            }
        )
    )
    command = ["promtool", "test", "rules", "tests.yaml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _sold(hourly: int, alert: str) -> Mapping[str, Any]:
    series = [
        {"series": 'shop_sales_total{till="a"}', "values": f"0+{hourly}x48"},
        {"series": "shop_mood", "values": "4x48"},
    ]
    return _case(series, "26h", {alert})


def _silent() -> Mapping[str, Any]:
    return _case([{"series": "other", "values": "1x48"}], "26h", {"BusinessSilent"})


def _case(series: list[Mapping[str, Any]], at: str, firing: set[str]) -> Mapping[str, Any]:
    """Alerts that have to fire at this time, and those that must not."""
    every = ("BusinessBelow", "BusinessAbove", "BusinessSilent")
    return {
        "interval": "1h",
        "input_series": series,
        "promql_expr_test": [
            {
                "expr": f'count(ALERTS{{alertname="{alert}",kpi="sales",alertstate="firing"}})',
                "eval_time": at,
                "exp_samples": [{"labels": "{}", "value": 1}] if alert in firing else [],
            }
            for alert in every
        ],
    }
