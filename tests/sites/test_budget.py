"""Quotas, and the alerts on what the month is on its way to cost."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.support.facilities import GPUS, site, stood

from modelyard.recorder import Graph
from modelyard.sites.kubernetes.budget import monthly_cost

QUOTA = "costs: {quota: {cpu: 8, memory: 32Gi, gpus: 2, storage: 1Ti}}"
needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="no promtool: install Debian's package prometheus"
)


def quotas(graph: Graph) -> dict[str, Any]:
    made = graph.of_type("kubernetes:core/v1:ResourceQuota")
    return {r.inputs["metadata"]["namespace"]: r.inputs["spec"]["hard"] for r in made}


def test_the_quota_holds_for_each_namespace() -> None:
    hard = quotas(stood(site(f"{QUOTA}, {GPUS}"))[0])
    assert (
        hard["yard-training"]
        == hard["yard-production"]
        == {
            "requests.cpu": "8",
            "requests.memory": "32Gi",
            "requests.storage": "1Ti",
            "requests.nvidia.com/gpu": "2",
            "services.loadbalancers": "0",
            "services.nodeports": "0",
        }
    )
    assert hard["yard-platform"]["requests.nvidia.com/gpu"] == "0"


def test_a_quota_of_gpus_counts_slices_where_they_are_cut() -> None:
    nodes = "nodes: [{name: a, accelerator: a100-80, count: 2}]"
    hard = quotas(stood(site(f"{QUOTA}, gpus: {{sharing: {{mig: 1g.10gb}}, {nodes}}}"))[0])
    assert hard["yard-training"]["requests.nvidia.com/mig-1g.10gb"] == "2"


def test_without_a_quota_nothing_but_exposure_is_limited() -> None:
    hard = quotas(stood(site(GPUS))[0])
    exposure = {"services.loadbalancers": "0", "services.nodeports": "0"}
    assert list(hard.values()) == [exposure] * 3


def rules() -> list[Any]:
    graph, _ = stood(site(GPUS))
    (made,) = graph.of_type("kubernetes:monitoring.coreos.com/v1:PrometheusRule")
    (group,) = made.inputs["spec"]["groups"]
    return group["rules"]


@pytest.fixture
def alerting(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The rules as they are where there is monitoring; its workload is not part of this test."""
    from types import SimpleNamespace

    from tests.support.facilities import Facilities

    from modelyard.plan.capability import Capability as C

    values = Facilities._values

    def with_monitoring(self: Facilities, placement: Any) -> Any:
        monitoring = SimpleNamespace(labels={"release": "prometheus"})
        return {**values(self, placement), C.MONITORING.field: monitoring}

    monkeypatch.setattr(Facilities, "_values", with_monitoring)
    return rules()


def test_every_share_of_the_budget_has_an_alert(alerting: list[Any]) -> None:
    shares = {rule["labels"]["share"]: rule["labels"]["severity"] for rule in alerting}
    assert shares == {"50%": "warning", "100%": "critical"}
    assert [rule["expr"].rpartition("> ")[2] for rule in alerting] == ["500.00", "1000.00"]


@needs_promtool
def test_prometheus_takes_the_rules(alerting: list[Any], tmp_path: Path) -> None:
    file = tmp_path / "rules.json"
    file.write_text(json.dumps({"groups": [{"name": "budget", "rules": alerting}]}))
    done = subprocess.run(["promtool", "check", "rules", file], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@needs_promtool
def test_the_projection_adds_up(tmp_path: Path) -> None:
    """Two cores at 3 cents, 4 GiB at half a cent, one GPU at 2 dollars, 100 GiB at 0.0001."""
    where = 'namespace="yard-training",node="n1"'
    series = {
        f'container_cpu_allocation{{{where},pod="a"}}': 1,
        f'container_cpu_allocation{{{where},pod="b"}}': 1,
        'container_cpu_allocation{namespace="other",node="n1",pod="c"}': 50,
        f"container_memory_allocation_bytes{{{where}}}": 4 * 2**30,
        f"container_gpu_allocation{{{where}}}": 1,
        'pod_pvc_allocation{namespace="yard-training",persistentvolume="v1"}': 100 * 2**30,
        'node_cpu_hourly_cost{node="n1"}': 0.03,
        'node_ram_hourly_cost{node="n1"}': 0.005,
        'node_gpu_hourly_cost{node="n1"}': 2,
        'pv_hourly_cost{persistentvolume="v1"}': 0.0001,
    }
    hourly = 2 * 0.03 + 4 * 0.005 + 2 + 100 * 0.0001
    test = {
        "interval": "10m",
        "input_series": [{"series": s, "values": f"{v}x300"} for s, v in series.items()],
        "promql_expr_test": [
            {
                "expr": f"round({monthly_cost(['yard-training', 'yard-production'])}, 0.01)",
                "eval_time": "26h",
                "exp_samples": [{"labels": "{}", "value": round(hourly * 730, 2)}],
            }
        ],
    }
    file = tmp_path / "test.json"
    file.write_text(json.dumps({"tests": [test]}))
    done = subprocess.run(["promtool", "test", "rules", file], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
