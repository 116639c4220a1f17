"""Pipelines of models as files: the field's order, real tools, and what they are told."""

from __future__ import annotations

import json
import subprocess
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.support import shipped

from modelyard.review.pipeline.files import pipeline_files, pipelined
from modelyard.review.pipeline.stages import ORDER
from modelyard_jobs.config import Config

FIELD = [
    *("commit", "sast", "data-validation", "training", "artifact-scan", "bias", "staging"),
    *("penetration-tests", "production-gate", "audit-log"),
]
"""As the field has it."""
TOOLS = {
    "commit": "detect-secrets-hook",
    "sast": "bandit",
    "data-validation": "modelyard-job /out/validate-data.json",
    "artifact-scan": "modelyard-job /out/scan-artifact.json",
    "bias": "modelyard-job /out/bias.json",
    "production-gate": "modelyard promote",
    "audit-log": "modelyard-job /out/audit.json",
}


def models() -> list[tuple[shipped.Case, str]]:
    """Of every blueprint, in one of its environments."""
    once = {case.file: case for case in shipped.cases()}
    return [
        (case, name) for case in once.values() for name in pipelined(shipped.planned(case).plan)
    ]


@cache
def files(case: shipped.Case, name: str, host: str) -> dict[str, str]:
    plan, graph = shipped.planned(case).plan, shipped.recorded(case)
    return dict(pipeline_files(plan, graph, name, host, blueprint=f"blueprints/{case.file}"))


EVERY = [pytest.param(case, name, id=f"{case}-{name}") for case, name in models()]
every = pytest.mark.parametrize(("case", "name"), EVERY)


def scripts(found: dict[str, str], name: str) -> dict[str, str]:
    """By stage, in the order in which they are written."""
    start = f".modelyard/{name}/"
    return {
        path.removeprefix(start)[3:-3]: text
        for path, text in found.items()
        if path.startswith(start) and path.endswith(".sh")
    }


def test_there_are_models_with_a_pipeline() -> None:
    assert len(EVERY) > 10


def test_the_order_is_the_fields() -> None:
    assert list(ORDER) == FIELD


@every
def test_github_runs_the_stages_in_order(case: shipped.Case, name: str) -> None:
    found = files(case, name, "github")
    workflow = yaml.safe_load(found[f".github/workflows/{name}.yaml"])
    steps = workflow["jobs"]["pipeline"]["steps"]
    ran = [step["name"] for step in steps if "run" in step]
    assert ran == FIELD
    called = [step["run"].removeprefix("sh ") for step in steps if "run" in step]
    assert set(called) <= set(found)
    assert workflow["permissions"] == {"contents": "read"}
    for step in steps:
        assert "uses" not in step or len(step["uses"].partition("@")[2]) == 40


@every
def test_gitlab_runs_the_stages_in_order(case: shipped.Case, name: str) -> None:
    found = files(case, name, "gitlab")
    content = yaml.safe_load(found[f".gitlab/{name}.yml"])
    assert content["stages"] == FIELD
    jobs = {key: job for key, job in content.items() if key.startswith(f"{name}-")}
    assert [job["stage"] for job in jobs.values()] == FIELD
    assert {job["script"][0].removeprefix("sh ") for job in jobs.values()} <= set(found)


@every
def test_each_stage_calls_its_tool_and_fails_with_it(case: shipped.Case, name: str) -> None:
    found = scripts(files(case, name, "github"), name)
    assert list(found) == FIELD
    for stage, text in found.items():
        assert "set -eu" in text
        assert TOOLS.get(stage, "") in text
    plan = shipped.planned(case).plan.blueprint.model(name)
    tool = "garak" if plan.type == "llm" else "modelyard-job /out/robustness.json"
    assert tool in found["penetration-tests"]
    assert ("kubectl create" in found["training"]) is (plan.retrain is not None)


@every
def test_scripts_are_what_a_shell_reads(case: shipped.Case, name: str) -> None:
    text = "\n".join(scripts(files(case, name, "github"), name).values())
    done = subprocess.run(["sh", "-n"], input=text, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@every
def test_jobs_take_what_they_are_told(case: shipped.Case, name: str) -> None:
    found = files(case, name, "github")
    documents = [text for path, text in found.items() if path.endswith(".json")]
    model = shipped.planned(case).plan.blueprint.model(name)
    assert len(documents) == 5 + ("pii" in model.promote.checks)
    for text in documents:
        config = Config.model_validate(json.loads(text))
        module = f"modelyard_jobs.{config.job.replace('-', '_')}"
        if find_spec(module) is not None:
            import_module(module).Settings.model_validate(config.settings)
        assert "{{" not in text
        assert "/etc/modelyard" not in text


@every
def test_they_fit_the_schemas_of_those_who_run_them(case: shipped.Case, name: str) -> None:
    builtin = pytest.importorskip("check_jsonschema", reason="needs the package check-jsonschema")
    from jsonschema import validators

    folder = Path(builtin.__file__).parent / "builtin_schemas" / "vendor"
    for host, schema in (("github", "github-workflows"), ("gitlab", "gitlab-ci")):
        path, text = next(iter(files(case, name, host).items()))
        # YAML 1.1 takes `on` for a truth; GitHub does not.
        content: Any = yaml.safe_load(text.replace("\non:", '\n"on":'))
        known = json.loads((folder / f"{schema}.json").read_text(encoding="utf-8"))
        assert not list(validators.validator_for(known)(known).iter_errors(content)), path


def test_data_are_looked_through_where_a_candidate_is_held_to_it() -> None:
    [case] = [case for case in shipped.cases() if case.file == "healthcare.yaml"]
    found = scripts(files(case, "readmission", "github"), "readmission")
    at = [found["data-validation"].index(f"modelyard-job /out/{job}.json")
          for job in ("validate-data", "pii")]  # fmt: skip
    assert at == sorted(at)
    for stage in ("data-validation", "penetration-tests"):
        last = found[stage].splitlines()[-1]
        assert last.startswith("docker run")
        assert "--report-only" not in last


def test_training_proposes_nothing_before_all_is_looked_at() -> None:
    """The platform's own template has a way in that ends before it proposes."""
    [case] = [case for case in shipped.cases() if str(case) == "finance-prod"]
    train = yaml.safe_load(
        files(case, "fraud-scorer", "github")[".modelyard/fraud-scorer/train.yaml"]
    )
    named = train["spec"]["workflowTemplateRef"]["name"]
    [template] = [
        r.inputs["spec"]
        for r in shipped.recorded(case).of_type("kubernetes:argoproj.io/v1alpha1:WorkflowTemplate")
        if r.inputs["metadata"]["name"] == named
    ]
    steps = {
        each["name"]: [step["name"] for [step] in each["steps"]]
        for each in template["templates"]
        if "steps" in each
    }
    assert steps["run"] == [*steps[train["spec"]["entrypoint"]], "propose"]
