"""The JSON Schema beside the blueprints: current, complete, and of one mind with `check`."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.support import shipped

from modelyard.blueprint.errors import BlueprintError
from modelyard.blueprint.loading.document import parse, read
from modelyard.blueprint.schema import text
from modelyard.program import check_file

HEAD = """\
modelyard: 1
name: fraud
team: {owner: risk-ml@acme.example, domain: payments}
sites: {local: {kind: kubernetes}}
"""
MODEL = "name: scorer, type: predictive, source: 'models:/scorer@champion'"


@cache
def validator() -> Any:
    return jsonschema.Draft202012Validator(json.loads(shipped.SCHEMA.read_text(encoding="utf-8")))


def complaints(data: Any) -> list[str]:
    return [f"{error.json_path}: {error.message[:200]}" for error in validator().iter_errors(data)]


def test_the_schema_is_current() -> None:
    kept = shipped.SCHEMA.read_text(encoding="utf-8")
    assert kept == text(), "run `make schema`"


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(validator().schema)


@pytest.mark.parametrize("path", shipped.files(), ids=lambda path: path.stem)
def test_each_shipped_file_is_valid_as_written(path: Path) -> None:
    assert complaints(read(path).data) == []


@pytest.mark.parametrize("path", shipped.files(), ids=lambda path: path.stem)
def test_editors_are_told_of_the_schema(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first == f"# yaml-language-server: $schema={shipped.SCHEMA.name}"


@pytest.mark.parametrize("case", shipped.cases(), ids=str)
def test_each_environment_is_valid_as_merged(case: shipped.Case) -> None:
    assert complaints(shipped.loaded(case).document.data) == []


BROKEN = {
    "unknown key": "replicas: 3",
    "unknown choice": "data: {classification: secret}",
    "wrong kind": "budget: 3000",
    "text for a number": "budget: {monthly_usd: '3000'}",
    "quantity without unit": f"models: [{{{MODEL}, serve: {{cache: 40}}}}]",
    "quantity in a wrong unit": f"models: [{{{MODEL}, serve: {{cache: 40GB}}}}]",
    "bound without comparison": f"models: [{{{MODEL}, promote: {{benchmark: {{auc: 0.9}}}}}}]",
    "missing key": "models: [{name: scorer, type: predictive}]",
    "name with capitals": "models: [{name: Scorer, type: predictive, source: 'models:/s@c'}]",
    "number out of range": "sites: {a: {kind: kubernetes, database: {instances: 12}}}",
    "unknown kind of site": "sites: {a: {kind: azure}}",
    "key of another kind": "sites: {a: {kind: kubernetes, load_balancer: {engine: metallb}}}",
    "truth for a number": f"models: [{{{MODEL}, serve: {{replicas: {{min: true}}}}}}]",
    "plain secret": "sites: {a: {kind: kubernetes, cache: {attach: {host: h, secret: s}}}}",
    "percentage as a number": "budget: {monthly_usd: 100, alert_at: [0.5]}",
    "environment that is no map": "environments: {dev: 3}",
}


@pytest.mark.parametrize("case", BROKEN)
def test_editor_and_check_refuse_alike(case: str, tmp_path: Path) -> None:
    key = BROKEN[case].partition(":")[0]
    head = "".join(line for line in HEAD.splitlines(True) if not line.startswith(f"{key}:"))
    content = f"{head}{BROKEN[case]}\n"
    (tmp_path / "b.yaml").write_text(content)
    with pytest.raises(BlueprintError):
        check_file(tmp_path / "b.yaml")
    assert complaints(parse(content).data)


def test_every_section_is_described() -> None:
    """Editors show the docstring of a section where its keys are completed."""
    definitions = validator().schema["$defs"].items()
    assert [n for n, d in definitions if "properties" in d and not d.get("description")] == []
