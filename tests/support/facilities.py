"""What a site gives, recorded without the workloads that stand on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.support.parts import planned

from modelyard.plan.capability import Capability as C
from modelyard.plan.placement import Placement
from modelyard.plan.plan import Plan
from modelyard.platform import Platform
from modelyard.recorder import Graph, record
from modelyard.recorder.monitor import Mode

DENIED = {"pulumi:disable-default-providers": '["*"]'}
"""No provider but those made by a site, as in the shipped project."""

WORKLOADS = """
registry: {engine: mlflow}
features: {engine: feast, online: valkey}
monitoring: {retention: 15d}
budget: {monthly_usd: 1000, alert_at: [50%, 100%]}
models:
  - name: chat
    type: llm
    source: hf://Qwen/Qwen2.5-0.5B
    serve: {engine: vllm, concurrency: 4}
  - name: nightly
    type: llm
    source: hf://Qwen/Qwen2.5-0.5B
    serve: {engine: vllm, mode: batch, schedule: "0 2 * * *", input: "s3://in/a.jsonl", output: "s3://out/b.jsonl"}
"""
"""Asks for every facility that a blueprint does not name."""

GPUS = "gpus: {queue: true, nodes: [{name: l4, accelerator: l4, count: 3}]}"


class Facilities(Platform):
    """A platform with its sites and nothing on them."""

    def _stand(self, placement: Placement, implementation: str) -> None:
        if implementation.startswith("modelyard.sites."):
            super()._stand(placement, implementation)

    def part(self, capability: C) -> Any:
        """The component of a capability, on the only site."""
        return next(part for (_, has), part in self.standing.items() if has is capability)


def site(text: str, kind: str = "kubernetes", environment: str | None = None) -> Plan:
    """The plan of one site with these settings, and of workloads that use all of it."""
    return planned(f"sites: {{here: {{kind: {kind}, {text}}}}}\n{WORKLOADS}", environment)


def stood(
    plan: Plan,
    use: Callable[[Facilities], Any] = lambda platform: None,
    *,
    deployed: bool = True,
    config: Mapping[str, str] | None = None,
) -> tuple[Graph, Any]:
    """The graph of a plan's facilities, and what `use` made of them."""
    results: list[Any] = []
    graph = record(
        lambda: results.append(use(Facilities(plan))),
        project="modelyard",
        stack="test",
        config={**DENIED, **(config or {})},
        mode=Mode.UPDATE if deployed else Mode.PREVIEW,
    )
    return graph, results[0]
