"""`modelyard diff`: two files, two revisions, a state."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from tests.cli.conftest import QUICKSTART, Run
from tests.support import shipped

from modelyard.cli.options import REVIEWS
from modelyard.policies.organisation import FILE
from modelyard.program import plan_file, record_plan

OTHER = """\
modelyard: 1
name: quickstart
team: {owner: ml@example.com, domain: demo}
sites: {local: {kind: kubernetes}}
models:
  - {name: churn, type: predictive, source: "models:/churn@champion",
     serve: {replicas: {min: 2, max: 3}, env: {GREETING: "<b>*x*</b>"}}}
  - {name: upsell, type: predictive, source: "models:/upsell@champion"}
access: {viewers: [eve@example.com]}
"""
FORMS = ("text", *REVIEWS)


@pytest.fixture
def other(folder: Path) -> Path:
    (folder / "other.yaml").write_text(OTHER)
    return folder / "other.yaml"


def _git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=x", "-c", "user.email=x@example.com")
    command = ["git", *identity, "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(folder: Path) -> Path:
    """Two commits on `main`: the first blueprint, then a model more; the file as in the second."""
    _git(folder, "init", "--quiet", "--initial-branch=main")
    _git(folder, "add", "quickstart.yaml")
    _git(folder, "commit", "--quiet", "-m", "one")
    (folder / "quickstart.yaml").write_text(OTHER)
    _git(folder, "commit", "--quiet", "-am", "two")
    return folder


def _json(run: Run, *arguments: object) -> Any:
    result = run("diff", *arguments, "--format", "json")
    assert result.err == ""
    return json.loads(result.out)


def _sentences(found: Any) -> str:
    return "\n".join(str(each["sentence"]) for each in found["blueprint"])


def test_a_blueprint_with_itself_has_no_difference(run: Run) -> None:
    found = _json(run, "quickstart.yaml", "quickstart.yaml")
    assert (found["blueprint"], found["resources"], found["lost"]) == ([], [], [])
    result = run("diff", "quickstart.yaml", "quickstart.yaml")
    assert result.code == 0
    assert "the blueprint says the same" in result.out
    assert "nothing to change" in result.out


def test_it_is_said_in_the_words_of_the_blueprint(run: Run, other: Path) -> None:
    found = _json(run, "quickstart.yaml", other)
    said = _sentences(found)
    assert "model upsell comes: predictive, models:/upsell@champion" in said
    assert "eve@example.com becomes a viewer" in said
    paths = {each["path"]: (each["before"], each["after"]) for each in found["blueprint"]}
    assert paths["models[churn].serve.replicas.min"] == (1, 2)
    back = _sentences(_json(run, other, "quickstart.yaml"))
    assert "model upsell goes" in back
    assert "eve@example.com is a viewer no longer" in back


def test_resources_have_both_values_of_each_property(run: Run, other: Path) -> None:
    found = _json(run, "quickstart.yaml", other)
    by_name = {(each["kind"], each["name"]): each for each in found["resources"]}
    server = by_name["apps/v1:Deployment", "quickstart-serving-churn"]
    assert (server["verb"], server["replacement"]) == ("update", "no")
    edits = {edit["path"]: edit for edit in server["edits"]}
    assert any(path.endswith(".env[GREETING]") for path in edits)
    assert by_name["apps/v1:Deployment", "quickstart-serving-upsell"]["verb"] == "create"


def test_markup_stays_text(run: Run, other: Path) -> None:
    result = run("diff", "quickstart.yaml", other, "--format", "markdown")
    assert result.code == 0
    assert result.out.startswith("## Change of quickstart\n")
    assert r"\<b\>\*x\*\</b\>" in result.out
    assert "<b>" not in result.out


@pytest.mark.parametrize("form", FORMS)
def test_escape_sequences_in_names_do_nothing(run: Run, folder: Path, form: str) -> None:
    """A blueprint with some is refused; names of files and what is in a state are not ours."""
    name = "a\x1b]0;evil\x07.yaml"
    (folder / name).write_text(QUICKSTART)
    _exported(folder / "state.json", "quickstart.yaml", "hunter2")
    state = json.loads((folder / "state.json").read_text())
    extra = {"urn": "urn:pulumi:quickstart::modelyard::a:b/c:D::x\x1b[31m\n# y", "type": "a:b/c:D"}
    state["deployment"]["resources"].append({**extra, "custom": True, "protect": True})
    (folder / "state.json").write_text(json.dumps(state))
    result = run("diff", name, "--state", "state.json", "--format", form)
    assert result.code == 1, "it is protected and would go"
    assert not {"\x1b", "\x07"} & set(result.out)
    assert "evil" in result.out or form == "mermaid", "which names no file"
    assert "\n# y" not in result.out


@pytest.mark.parametrize("columns", [80, 120])
def test_no_line_is_wider_than_the_terminal(
    columns: int, run: Run, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    result = run("diff", "quickstart.yaml", other)
    assert [line for line in result.out.splitlines() if cell_len(line) > columns] == []


def test_the_working_tree_is_compared_with_head(run: Run, repository: Path) -> None:
    assert _json(run, "quickstart.yaml")["resources"] == []
    (repository / "quickstart.yaml").write_text(QUICKSTART)
    found = _json(run, "quickstart.yaml")
    assert "model upsell goes" in _sentences(found)
    assert found["before"] == "quickstart.yaml@HEAD"


def test_two_revisions_are_compared_without_the_working_tree(run: Run, repository: Path) -> None:
    (repository / "quickstart.yaml").write_text("nonsense")
    found = _json(run, "quickstart.yaml", "--from", "HEAD~1", "--to", "main")
    assert "model upsell comes" in _sentences(found)


def test_the_merge_base_leaves_out_what_others_did(run: Run, repository: Path) -> None:
    _git(repository, "checkout", "--quiet", "-b", "change", "HEAD~1")
    assert "upsell" in _sentences(_json(run, "quickstart.yaml", "--from", "main"))
    found = _json(run, "quickstart.yaml", "--from", "main", "--merge-base")
    assert found["blueprint"] == []


def test_a_new_blueprint_comes_as_a_whole(run: Run, repository: Path) -> None:
    (repository / "new.yaml").write_text(QUICKSTART)
    found = _json(run, "new.yaml")
    assert found["blueprint"] is None
    assert {each["verb"] for each in found["resources"]} == {"create"}
    assert "not there" in found["before"]


@pytest.mark.parametrize(
    "revision", ["nowhere", "--output=x", "-x", "a\nb", "HEAD:quickstart.yaml"]
)
def test_what_is_no_revision_is_refused(run: Run, repository: Path, revision: str) -> None:
    result = run("diff", "quickstart.yaml", f"--from={revision}")
    assert (result.code, result.out) == (2, "")
    assert "revision" in result.err
    assert sorted(p.name for p in repository.iterdir()) == [".git", "quickstart.yaml"]


def test_nothing_outside_of_the_repository_is_read(run: Run, repository: Path) -> None:
    (repository / "link.yaml").symlink_to("/etc/hostname")
    _git(repository, "add", "link.yaml")
    _git(repository, "commit", "--quiet", "-m", "link")
    assert run("diff", "link.yaml").code == 2
    (repository / "link.yaml").unlink()
    (repository / "link.yaml").write_text(QUICKSTART)
    result = run("diff", "link.yaml")
    assert result.code == 2
    assert "a link" in result.err


def test_without_a_repository_it_says_so(run: Run, folder: Path) -> None:
    result = run("diff", "quickstart.yaml")
    assert result.code == 2
    assert "no git repository" in result.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("quickstart.yaml", "quickstart.yaml", "quickstart.yaml"),
        ("quickstart.yaml", "quickstart.yaml", "--from", "main"),
        ("quickstart.yaml", "--from", "main", "--deployed"),
        ("quickstart.yaml", "--state", "x", "--stack", "y"),
    ],
)
def test_what_cannot_go_together_is_refused(run: Run, arguments: tuple[str, ...]) -> None:
    assert run("diff", *arguments).code == 2


def test_losing_data_is_exit_code_1(run: Run, folder: Path, other: Path) -> None:
    bare = QUICKSTART.replace(
        'models: [{name: churn, type: predictive, source: "models:/churn', "#"
    )
    (folder / "bare.yaml").write_text(bare)
    result = run("diff", "quickstart.yaml", "bare.yaml")
    assert result.code == 1
    assert result.out.index("What keeps data") < result.out.index("Blueprint")
    assert run("diff", "quickstart.yaml", "bare.yaml", "--allow-stateful").code == 0
    found = _json(run, "quickstart.yaml", "bare.yaml")
    lost = [each for each in found["resources"] if each["urn"] in found["lost"]]
    assert lost == found["resources"][: len(lost)]
    assert all(each["stateful"] and each["blast"] for each in lost)


def test_a_mandatory_policy_that_newly_fails_is_exit_code_1(
    run: Run, folder: Path, other: Path
) -> None:
    assert run("diff", "quickstart.yaml", other).code == 0
    Path(FILE).write_text("levels: {supply-image-digest: mandatory}\n")
    assert run("diff", "quickstart.yaml", "quickstart.yaml").code == 0, "it failed before"
    result = run("diff", "quickstart.yaml", other)
    assert result.code == 1
    assert "newly broken" in result.out
    found = _json(run, "quickstart.yaml", other)["policies"]
    assert {each["rule"] for each in found["failed"]} == {"supply-image-digest"}
    assert run("diff", other, "quickstart.yaml", "--allow-stateful").code == 0


def _exported(file: Path, blueprint: str, secret: str) -> None:
    """What the engine would keep of a blueprint, with a secret in the open that it must hide."""
    graph = record_plan(plan_file(blueprint).plan, deployed=True)
    sealed = {
        "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
        "plaintext": json.dumps(secret),
    }
    resources = [
        {
            "urn": each["urn"],
            "type": each["type"],
            "custom": each["custom"],
            "parent": each["parent"],
            "protect": each["protect"],
            "inputs": _sealed(each["inputs"], sealed),
        }
        for each in graph.to_json()["resources"]
    ]
    file.write_text(json.dumps({"version": 3, "deployment": {"resources": resources}}))


def _sealed(value: Any, sealed: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sealed(item, sealed) for key, item in value.items()}
    if isinstance(value, list):
        return [_sealed(item, sealed) for item in value]
    return sealed if value == "[secret]" else value


@pytest.mark.parametrize("form", FORMS)
def test_a_state_is_compared_and_its_secrets_stay_secret(
    run: Run, folder: Path, other: Path, form: str
) -> None:
    _exported(folder / "state.json", "quickstart.yaml", "hunter2")
    result = run("diff", other, "--state", "state.json", "--format", form)
    assert result.code == 0
    assert "hunter2" not in result.out + result.err
    assert "quickstart-serving-upsell" in result.out or form != "json"


def test_what_stands_as_planned_is_left_alone(run: Run, folder: Path) -> None:
    _exported(folder / "state.json", "quickstart.yaml", "hunter2")
    found = _json(run, "quickstart.yaml", "--state", "state.json")
    assert found["resources"] == []
    assert found["blueprint"] is None
    assert found["notes"]


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"deployment": 3}', '{"deployment": {"resources": [1]}}']
)
def test_what_is_no_state_is_refused(run: Run, folder: Path, content: str) -> None:
    (folder / "state.json").write_text(content)
    result = run("diff", "quickstart.yaml", "--state", "state.json")
    assert result.code == 2
    assert "pulumi stack export" in result.err


def test_a_network_that_moves_takes_all_in_it_along(run: Run, folder: Path) -> None:
    text = (shipped.FOLDER / "aws-finance.yaml").read_text(encoding="utf-8")
    assert "cidr: 10.20.0.0/16" in text
    (folder / "before.yaml").write_text(text)
    (folder / "after.yaml").write_text(text.replace("cidr: 10.20.0.0/16", "cidr: 10.21.0.0/16"))
    found = _json(run, "before.yaml", "after.yaml", "-e", "prod")
    verbs = {(each["kind"], each["name"]): each for each in found["resources"]}
    vpc = verbs["ec2/vpc:Vpc", "fraud-vpc"]
    assert [each["property"] for each in vpc["because"]] == ["cidrBlock"]
    assert len(vpc["blast"]["in_all"]) > 100
    assert verbs["eks/nodeGroup:NodeGroup", "fraud-cluster-system"]["verb"] == "replace"
    assert verbs["eks/cluster:Cluster", "fraud-cluster"]["replacement"] == "depends"
