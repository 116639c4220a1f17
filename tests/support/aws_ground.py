"""The ground of an AWS site, recorded without what stands on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.support.facilities import Facilities, stood
from tests.support.parts import planned

from modelyard.plan.capability import Capability as C
from modelyard.plan.plan import Plan
from modelyard.recorder import Graph

ACCOUNT = "123456789012"
REGION = "eu-west-1"
GROUND = {C.ACCOUNT, C.VPC, C.KMS}
CLUSTER = {*GROUND, C.CLUSTER, C.IDENTITY}

MODELS = """
registry: {engine: mlflow}
models:
  - name: nightly
    type: llm
    source: hf://Qwen/Qwen2.5-0.5B
    serve: {engine: vllm, mode: batch, schedule: "0 2 * * *", input: "s3://in/a.jsonl", output: "s3://out/b.jsonl"}
"""


def planned_here(text: str = "", more: str = "") -> Plan:
    """The plan of one AWS site with these settings; `more` are further sections."""
    given = f", {text}" if text else ""
    site = f"{{kind: aws, region: {REGION}, account: '{ACCOUNT}'{given}}}"
    return planned(f"sites: {{here: {site}}}\n{more}\n{MODELS}")


def ground(
    *capabilities: C,
    text: str = "",
    more: str = "",
    use: Callable[[Facilities], Any] = lambda platform: None,
    deployed: bool = False,
) -> tuple[Graph, Any]:
    """The graph of these capabilities alone, and what `use` made of them.

    As a preview by default: there an ARN is `${name.arn}`, so that policies can be read.
    """
    plan = planned_here(text, more)
    chosen = tuple(p for p in plan.capabilities if p.capability in capabilities)
    assert {p.capability for p in chosen} == set(capabilities)
    return stood(replace(plan, capabilities=chosen), use, deployed=deployed)
