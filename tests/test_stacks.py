"""The program that `pulumi up` runs, in the folder and with the configuration that it gives."""

from __future__ import annotations

import runpy
from pathlib import Path

import pulumi
import pytest

from modelyard.recorder import Graph, record

STACKS = Path(__file__).parents[1] / "stacks"


def run(blueprint: str, monkeypatch: pytest.MonkeyPatch) -> Graph:
    monkeypatch.chdir(STACKS)
    return record(
        lambda: runpy.run_path(str(STACKS), run_name="__main__") and None,
        project="modelyard",
        stack="quickstart",
        config={
            "modelyard:blueprint": blueprint,
            "pulumi:disable-default-providers": '["*"]',
        },
    )


def test_it_builds_the_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = run("blueprints/quickstart.yaml", monkeypatch)
    (platform,) = graph.of_type("modelyard:platform:Platform")
    assert platform.name == "quickstart"
    assert graph.of_type("kubernetes:apps/v1:Deployment")


def test_a_bad_blueprint_is_words_and_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(pulumi.RunError, match="the file is not there"):
        run("blueprints/missing.yaml", monkeypatch)
