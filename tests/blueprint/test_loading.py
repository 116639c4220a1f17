"""From a file to a blueprint: what every mistake is called, and where it is said to stand."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import pytest

from modelyard.blueprint.errors import BlueprintError, Problem, Severity
from modelyard.blueprint.loading import Loaded, load, load_all
from modelyard.blueprint.loading.assembling import presets

JARGON = ("Traceback", "Input should", "type=", "pydantic", "Value error", "valid dictionary")
HEAD = """\
modelyard: 1
name: fraud
team: {owner: risk-ml@acme.example, domain: payments}
sites: {local: {kind: kubernetes}}
"""
MODEL = "{name: scorer, type: predictive, source: 'models:/scorer@champion'}"


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def write(text: str, head: str = HEAD) -> Path:
        path = tmp_path / "b.yaml"
        path.write_text(head + textwrap.dedent(text))
        return path

    return write


def all_problems(path: Path) -> tuple[Problem, ...]:
    with pytest.raises(BlueprintError) as caught:
        load_all(path)
    assert caught.value.exit_code == 2
    for problem in caught.value.problems:
        assert problem.where
        assert problem.next
        assert not any(word in problem.what for word in JARGON)
    return caught.value.problems


def only(path: Path) -> Problem:
    [problem] = all_problems(path)
    return problem


def line(problem: Problem) -> int:
    assert problem.where
    return problem.where.line


def test_a_blueprint_that_holds(write: Any) -> None:
    loaded = load(write(f"models: [{MODEL}]\n"))
    assert isinstance(loaded, Loaded)
    assert loaded.blueprint.model("scorer").source == "models:/scorer@champion"
    assert loaded.document.locate(("models", "scorer", "type")).line == 5
    assert loaded.warnings == ()


def test_the_message_as_a_whole(write: Any) -> None:
    path = write("models:\n  - name: scorer\n    type: llm\n    source: hf://a/b\n"
                 "    serve: {engine: vlm}\n")  # fmt: skip
    text = str(only(path))
    assert text.startswith(f"{path}:9:21: models[scorer].serve.engine: 'vlm' is not a serving eng")
    assert "; allowed: vllm, " in text
    assert text.endswith("; did you mean 'vllm'? Next: correct it")


def test_all_at_once_in_the_order_of_the_file(write: Any) -> None:
    found = all_problems(
        write("""\
        data: {classification: secret}
        modles: []
        models:
          - {name: Scorer One, type: predictiv, source: nowhere}
        budget: {monthly_usd: lots}
        """)
    )
    assert [(line(each), each.path) for each in found] == [
        (5, "data.classification"),
        (6, "modles"),
        (8, "models[Scorer One].name"),
        (8, "models[Scorer One].type"),
        (8, "models[Scorer One].source"),
        (9, "budget.monthly_usd"),
    ]
    assert [each.nearest for each in found][1:4] == ["models", "scorer-one", "predictive"]
    assert "hf://" in found[4].allowed


@pytest.mark.parametrize(
    ("section", "path", "what", "then"),
    [
        ("wat: 1", "wat", "unknown key 'wat'", "remove it"),
        ("quantization: fp8", "quantization", "unknown key", "remove it"),
        ("data: {pii: perhaps}", "data.pii", "'perhaps' is text, where true or false", "true"),
        ("compliance: soc2", "compliance", "'soc2' is text, where a list", "[soc2]"),
        ("budget: 100", "budget", "'100' is a number, where a map", "monthly_usd"),
        ("budget: {monthly_usd: 0}", "budget.monthly_usd", "'0' is not above 0", "change"),
        ("budget: {alert_at: [50%]}", "budget.monthly_usd", "'monthly_usd' is missing", "add `mo"),
        ("budget: {monthly_usd: }", "budget.monthly_usd", "'monthly_usd' has no value", "give"),
        ("data: {residency: [1.30]}", "data.residency[0]", "'1.30' is a number", '"1.30"'),
        ("monitoring: {retention: 1.30}", "monitoring.retention", "1.30 is not a dur", "unit"),
        ("budget: {monthly_usd: 1, alert_at: [5]}", "budget.alert_at[0]", "not a perc", "unit"),
        ("links: [{from: local, to: x, via: vpn}]", "links[0].to", "no site named 'x'", "name a"),
        ("links: [{to: local, via: vpn}]", "links[0].from", "'from' is missing", "add `from"),
        ("access: {admins: [x]}", "access.admins[0]", "'x' is not valid for 'admins'", "write"),
    ],
)
def test_single_mistakes(write: Any, section: str, path: str, what: str, then: str) -> None:
    problem = only(write(f"{section}\n"))
    assert (problem.path, line(problem)) == (path, 5)
    assert what in problem.what
    assert then in problem.next


def test_a_key_in_the_wrong_section_is_sent_home(write: Any) -> None:
    model = "{name: a, type: llm, source: 'hf://a/b', context: 1}"
    found = all_problems(write(f"models: [{model}]\n"))
    assert [each.next for each in found] == ["move it under 'shape' or 'serve'"]


@pytest.mark.parametrize(
    ("site", "path", "what", "close"),
    [
        ("{kind: kubernets}", "sites.a.kind", "'kubernets' is not one of", "kubernetes"),
        ("{region: x}", "sites.a.kind", "the key 'kind' is missing", None),
        ("{kind: }", "sites.a.kind", "the key 'kind' is missing", None),
        ("none", "sites.a", "'none' is text, where a map", None),
        ("{kind: onprem, regin: x}", "sites.a.regin", "unknown key", None),
        ("{kind: kubernetes, operators: {kedaa: attach}}", "sites.a.operators.kedaa", "not an op",
         "keda"),
        ("{kind: kubernetes, cluster: {version: 1.30}}", "sites.a.cluster.version", "'1.30' is a",
         None),
    ],
)  # fmt: skip
def test_sites_of_several_kinds(
    write: Any, site: str, path: str, what: str, close: str | None
) -> None:
    head = HEAD.replace("sites: {local: {kind: kubernetes}}\n", "")
    problem = only(write(f"sites:\n  a: {site}\n", head))
    assert (problem.path, line(problem), problem.nearest) == (path, 5, close)
    assert what in problem.what
    if path.endswith("kind"):
        assert problem.allowed == ("aws", "gcp", "kubernetes", "onprem")


@pytest.mark.parametrize("written", ["", "modelyard: 2", "modelyard: '1'", "modelyard: true"])
def test_the_version(write: Any, written: str) -> None:
    problem = only(write("", HEAD.replace("modelyard: 1", written)))
    assert problem.path == "modelyard"
    assert problem.allowed == ("1",)
    assert "`modelyard: 1`" in problem.next


def test_nothing_else_is_said_of_another_version(write: Any) -> None:
    only(write("unheard_of: 1\n", HEAD.replace("modelyard: 1", "modelyard: 2")))


def test_a_missing_version_does_not_hide_the_rest(write: Any) -> None:
    found = all_problems(write("wat: 1\n", HEAD.replace("modelyard: 1\n", "")))
    assert [each.path for each in found] == ["modelyard", "wat"]


def test_presets_lie_under_the_blueprint(write: Any) -> None:
    loaded = load(write("preset: retail\n"))
    assert str(loaded.blueprint.preset) == "retail"
    assert loaded.document.locate(("registry", "engine")).file == "presets/retail.yaml"
    assert loaded.document.locate(("team",)).file.endswith("b.yaml")


def test_an_empty_value_removes_what_the_preset_has(write: Any) -> None:
    assert load(write("preset: retail\n")).blueprint.registry is not None
    assert load(write("preset: retail\nregistry:\n")).blueprint.registry is None


def test_an_unknown_preset(write: Any) -> None:
    problem = only(write("preset: finence\n"))
    assert (line(problem), problem.nearest) == (5, "finance")
    assert problem.allowed == presets()
    assert "finance" in problem.allowed


ENVIRONMENTS = f"""\
models: [{MODEL}]
environments:
  dev: {{models: [{{name: scorer, serve: {{replicas: {{min: 1, max: 2}}}}}}]}}
  prod:
    models:
      - name: scorer
        serve: {{replicas: {{min: 3, max: 9}}}}
"""


def test_environments_lie_over_the_blueprint(write: Any) -> None:
    path = write(ENVIRONMENTS)
    assert load(path).blueprint.model("scorer").serve.replicas.max == 1
    prod = load(path, "prod")
    assert prod.blueprint.model("scorer").serve.replicas.max == 9
    assert prod.blueprint.model("scorer").source == "models:/scorer@champion"
    assert prod.document.locate(("models", "scorer", "serve", "replicas", "max")).line == 11
    assert prod.document.locate(("models", "scorer", "source")).line == 5
    assert [each.environment for each in load_all(path)] == [None, "dev", "prod"]


def test_an_unknown_environment(write: Any) -> None:
    with pytest.raises(BlueprintError) as caught:
        load(write(ENVIRONMENTS), "prd")
    [problem] = caught.value.problems
    assert (problem.nearest, problem.allowed, line(problem)) == ("prod", ("dev", "prod"), 6)


def test_an_environment_where_there_are_none(write: Any) -> None:
    with pytest.raises(BlueprintError, match="environments"):
        load(write(""), "prod")


def test_a_bad_overlay_is_found_without_being_asked_for(write: Any) -> None:
    path = write(ENVIRONMENTS.replace("replicas: {min: 3, max: 9}", "engine: kservee"))
    load(path)
    problem = only(path)
    assert (line(problem), problem.nearest) == (11, "kserve")
    assert "in environment 'prod'" in problem.what


def test_what_is_wrong_everywhere_is_said_once(write: Any) -> None:
    problem = only(write(ENVIRONMENTS + "wat: 1\n"))
    assert "environment" not in problem.what


@pytest.mark.parametrize("key", ["modelyard: 1", "preset: retail", "environments: {}"])
def test_what_an_overlay_may_not_have(write: Any, key: str) -> None:
    problem = only(write(f"environments:\n  dev: {{{key}}}\n"))
    assert line(problem) == 6
    assert problem.path == f"environments.dev.{key.split(':')[0]}"


def test_defaults_lie_under_each_model(write: Any) -> None:
    loaded = load(
        write(f"""\
        defaults: {{serve: {{replicas: {{min: 2, max: 4}}}}}}
        models:
          - {MODEL}
          - {MODEL.replace("name: scorer", "name: other, serve: {replicas: {max: 8}}")}
        """)
    )
    assert [model.serve.replicas.max for model in loaded.blueprint.models] == [4, 8]
    assert loaded.document.locate(("models", 0, "serve", "replicas", "min")).line == 5


def test_what_is_wrong_with_defaults_is_said_once_and_there(write: Any) -> None:
    problem = only(
        write(f"""\
        defaults: {{serve: {{engine: kservee}}}}
        models:
          - {MODEL}
          - {MODEL.replace("scorer", "other")}
        """)
    )
    assert (problem.path, line(problem)) == ("defaults.serve.engine", 5)


def test_defaults_without_a_model_warn(write: Any) -> None:
    [warning] = load(write("defaults: {domain: payments}\n")).warnings
    assert warning.severity is Severity.WARNING
    assert warning.path == "defaults"


def test_names_that_are_there_twice(write: Any) -> None:
    found = all_problems(write(f"models:\n  - {MODEL}\n  - {MODEL}\n"))
    assert [line(each) for each in found if "on line 6" in each.what] == [7]


def test_references_into_nothing_and_circles(write: Any) -> None:
    one = MODEL.replace("scorer", "one").replace("}", ", on: locl, depends_on: [two]}")
    two = MODEL.replace("scorer", "two").replace("}", ", depends_on: [one, twoo]}")
    found = all_problems(write(f"models:\n  - {one}\n  - {two}\n"))
    assert {each.nearest for each in found} >= {"local", "two"}
    assert any("circle" in each.what for each in found)
