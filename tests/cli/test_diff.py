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
SHIFTS = ("exposure", "access", "data", "supply", "controls")
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
    columns: int, run: Run, other: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    public = ("198.51.100.0/24, 203.0.113.0/24", "0.0.0.0/0")
    for files in (("quickstart.yaml", other), (*_aws_finance(folder, public), "-e", "prod")):
        result = run("diff", *files)
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


def _aws_finance(folder: Path, *changes: tuple[str, str]) -> tuple[str, str]:
    """The shipped blueprint before, and after its text is changed in these places."""
    text = (shipped.FOLDER / "aws-finance.yaml").read_text(encoding="utf-8")
    (folder / "before.yaml").write_text(text)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / "after.yaml").write_text(text)
    return "before.yaml", "after.yaml"


def test_what_may_lose_data_is_said_and_strict_fails(run: Run, folder: Path) -> None:
    public = "endpoint: restricted, allow: [203.0.113.0/24]"
    files = _aws_finance(folder, ("endpoint: private", public))
    result = run("diff", *files, "-e", "prod")
    assert result.code == 0
    assert "1 may be replaced" in result.out
    assert run("diff", *files, "-e", "prod", "--strict").code == 1
    assert run("diff", *files, "-e", "prod", "--strict", "--allow-stateful").code == 0
    found = _json(run, *files, "-e", "prod")
    assert len(found["in_doubt"]) == 1
    assert found["lost"] == []


def test_where_nobody_knows_whether_data_stay_it_fails(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as what a package of somebody else makes: to fall silent would be to promise."""
    public = "endpoint: restricted, allow: [203.0.113.0/24]"
    files = _aws_finance(folder, ("endpoint: private", public))
    monkeypatch.setattr("modelyard.review.replacing.known", lambda _: None)
    result = run("diff", *files, "-e", "prod")
    assert result.code == 1
    assert "may be replaced: not known" in " ".join(result.out.split())
    assert run("diff", *files, "-e", "prod", "--allow-stateful").code == 0


def test_what_gets_looser_stands_before_the_rest(run: Run, folder: Path) -> None:
    files = _aws_finance(
        folder,
        ("198.51.100.0/24, 203.0.113.0/24", "0.0.0.0/0"),
        ("lock_days: 365", "lock_days: 30"),
        ("developers: [group:risk-ml]", "developers: [group:risk-ml, group:contractors]"),
        ("Qwen3-Embedding-0.6B", "Qwen3-Embedding-4B"),
        ("\naccess:", "\ncompliance: [soc2]\naccess:"),
    )
    result = run("diff", *files, "-e", "prod", "--allow-stateful")
    heads = ["What gets looser", "Blueprint", "What else changes for review", "Changes"]
    assert sorted(heads, key=result.out.index) == heads
    found = _json(run, *files, "-e", "prod")
    looser = {key: [e for e in found[key] if e["looser"]] for key in SHIFTS}
    assert all("internet" in each["after"]["from"] for each in looser["exposure"])
    assert len(looser["exposure"]) >= 5
    assert {each["after"]["subject"] for each in looser["access"]} == {"group contractors"}
    assert "locked for 30 days" in looser["data"][0]["after"]["kept"]
    assert {each["before"].popitem()[0] for each in looser["controls"]} == {"pci-dss", "eu-ai-act"}
    assert [each["after"]["version"] for each in found["supply"]] == [
        "hf://Qwen/Qwen3-Embedding-4B"
    ]


def test_the_way_back_makes_nothing_looser(run: Run, folder: Path) -> None:
    before, after = _aws_finance(folder, ("198.51.100.0/24, 203.0.113.0/24", "0.0.0.0/0"))
    found = _json(run, after, before, "-e", "prod")
    assert found["exposure"]
    assert not [each for key in SHIFTS for each in found[key] if each["looser"]]
    assert "What gets looser" not in run("diff", after, before, "-e", "prod").out


def test_where_there_was_nothing_nothing_gets_looser(run: Run, repository: Path) -> None:
    (repository / "new.yaml").write_text(OTHER)
    found = _json(run, "new.yaml")
    assert {each["change"] for each in found["access"]} == {"comes"}
    assert not [each for key in SHIFTS for each in found[key] or [] if each["looser"]]
    assert found["controls"] is None


def test_of_a_state_it_says_what_is_not_compared(run: Run, folder: Path) -> None:
    _exported(folder / "state.json", "quickstart.yaml", "hunter2")
    found = _json(run, "quickstart.yaml", "--state", "state.json")
    assert [found[key] for key in SHIFTS] == [None, None, None, None, []]
    said = " ".join(run("diff", "quickstart.yaml", "--state", "state.json").out.split())
    assert "exposure, access, data and supply are not compared" in said


def test_what_drives_the_cost_is_named(run: Run, folder: Path) -> None:
    files = _aws_finance(folder, ("Qwen3-Embedding-0.6B", "Qwen3-Embedding-4B"))
    found = _json(run, *files, "-e", "prod")["cost"]
    assert {each["of"] for each in found["drivers"]} == {"g6.xlarge", "g6e.xlarge"}
    moved = [abs(each["after"]["maximum"] - each["before"]["maximum"]) for each in found["drivers"]]
    assert moved == sorted(moved, reverse=True)
    assert "driver g6e.xlarge" in run("diff", *files, "-e", "prod").out


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


def test_rules_that_change_with_the_blueprint_are_noted(run: Run, repository: Path) -> None:
    Path(FILE).write_text("levels: {supply-image-digest: mandatory}\n")
    _git(repository, "add", FILE)
    _git(repository, "commit", "--quiet", "-m", "rules")
    assert _rules_noted(run) == []
    (note,) = _rules_noted(run, "--from", "HEAD~1", "--to", "HEAD")
    assert note.startswith(f"{FILE} is not what it was")
    Path(FILE).unlink()
    assert len(_rules_noted(run)) == 1
    Path("acme.yaml").write_text("{}\n")
    assert _rules_noted(run, "--policies", "acme.yaml") == []


def _rules_noted(run: Run, *arguments: object) -> list[str]:
    found = _json(run, "quickstart.yaml", *arguments)
    return [note for note in found["notes"] if "by its own rules" in note]


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
    files = _aws_finance(folder, ("cidr: 10.20.0.0/16", "cidr: 10.21.0.0/16"))
    found = _json(run, *files, "-e", "prod")
    verbs = {(each["kind"], each["name"]): each for each in found["resources"]}
    vpc = verbs["ec2/vpc:Vpc", "fraud-vpc"]
    assert [each["property"] for each in vpc["because"]] == ["cidrBlock"]
    assert len(vpc["blast"]["in_all"]) > 100
    assert verbs["eks/nodeGroup:NodeGroup", "fraud-cluster-system"]["verb"] == "replace"
    assert verbs["eks/cluster:Cluster", "fraud-cluster"]["replacement"] == "depends"


def test_outside_of_a_repository_each_command_has_a_way_on(run: Run) -> None:
    result = run("ci")
    assert result.code == 2
    assert "is in no git repository" in result.err
    assert "Next: run it inside of one; `diff` also takes two blueprints" in result.err
