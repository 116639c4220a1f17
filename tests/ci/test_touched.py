"""Which blueprints a change touches, and why; and where it starts from."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tests.ci.conftest import Repo, blueprint, variables

import modelyard
from modelyard.blueprint.errors import NotReadyError
from modelyard.cli.ci.changes import Change, FileChange, change_of
from modelyard.cli.ci.platforms import platform_of
from modelyard.cli.ci.touched import Causes, Scope, Touched, touched
from modelyard.cli.revision import Repository

PLAIN = platform_of({})
POLICIES = "modelyard.policies.yaml"


def _touched(*under: str, policies: str | None = None, everything: bool = False) -> list[Touched]:
    repository = Repository.of(Path("."))
    scope = Scope(repository, under, policies)
    return touched(scope, change_of(repository, PLAIN, "main"), everything)


def _reasons(*under: str, policies: str | None = None) -> dict[str, tuple[str, ...]]:
    return {each.path: each.reasons for each in _touched(*under, policies=policies)}


def test_a_change_of_something_else_touches_none(repo: Repo) -> None:
    repo.write("values.yaml", "replicas: 2\n")
    repo.write("README.md", "modelyard: 1\n")
    repo.commit()
    assert _touched() == []


def test_itself(repo: Repo) -> None:
    repo.write("teams/a/one.yaml", blueprint("one", "# more"))
    repo.write("teams/a/new.yaml", blueprint("new"))
    repo.git("mv", "teams/b/two.yaml", "teams/a/moved.yaml")
    repo.git("rm", "--quiet", "teams/b/three.yaml")
    repo.commit()
    assert _touched() == [
        Touched("teams/a/moved.yaml", "teams/b/two.yaml", ("moved from teams/b/two.yaml",)),
        Touched("teams/a/new.yaml", None, ("new",)),
        Touched("teams/a/one.yaml", "teams/a/one.yaml", ("changed",)),
        Touched("teams/b/three.yaml", "teams/b/three.yaml", ("removed",), gone=True),
    ]


def test_names_with_all_that_a_name_can_have(repo: Repo) -> None:
    name = 'teams/a/é "x"\n*.yaml'
    repo.write(name, blueprint("odd"))
    repo.commit()
    assert _reasons() == {name: ("new",)}


def test_what_others_did_meanwhile_is_not_this_change(repo: Repo) -> None:
    repo.write("teams/a/one.yaml", blueprint("one", "# more"))
    repo.commit()
    repo.git("checkout", "--quiet", "main")
    repo.write("teams/b/two.yaml", blueprint("two", "# more"))
    repo.commit()
    repo.git("checkout", "--quiet", "change")
    assert list(_reasons()) == ["teams/a/one.yaml"]


def test_policies_touch_what_is_below_them(repo: Repo) -> None:
    repo.write(f"teams/b/{POLICIES}", "levels: {}\n")
    repo.commit()
    reason = (f"policies in teams/b/{POLICIES}",)
    assert _reasons() == {"teams/b/three.yaml": reason, "teams/b/two.yaml": reason}
    repo.write(POLICIES, "levels: {}\n")
    repo.commit()
    assert _reasons()["teams/a/one.yaml"] == (f"policies in {POLICIES}",)
    assert len(_reasons()["teams/b/two.yaml"]) == 2


def test_policies_that_are_given_touch_all(repo: Repo) -> None:
    repo.write("org/rules.yaml", "levels: {}\n")
    repo.write(f"teams/b/{POLICIES}", "levels: {}\n")
    repo.commit()
    found = _reasons(policies="org/rules.yaml")
    assert set(found.values()) == {("policies in org/rules.yaml",)}
    assert len(found) == 3


@pytest.mark.parametrize(
    "path", ["requirements.txt", "uv.lock", "pyproject.toml", "stacks/__main__.py", "Pulumi.yaml"]
)
def test_code_touches_all(repo: Repo, path: str) -> None:
    repo.write(path, "# other\n")
    repo.commit()
    found = _reasons()
    assert len(found) == 3
    assert set(found.values()) == {(f"code: {path}",)}


def test_a_preset_touches_those_that_name_it(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    package = repo.root / "components" / "modelyard"
    monkeypatch.setattr(modelyard, "__file__", str(package / "__init__.py"))
    preset = "components/modelyard/blueprint/presets/small-team.yaml"
    repo.write(preset, "registry: {}\n")
    repo.commit()
    assert _reasons() == {"teams/b/three.yaml": ("preset small-team",)}
    assert _package() == "components/modelyard"
    repo.write("components/modelyard/catalog/prices.csv", "x\n")
    repo.commit()
    assert _reasons()["teams/a/one.yaml"] == ("code: components/modelyard/catalog/prices.csv",)


def _package() -> str | None:
    repository = Repository.of(Path("."))
    change = change_of(repository, PLAIN, "main")
    return Causes(Scope(repository, (), None), change).package


def test_a_package_from_elsewhere_is_no_code_of_the_repository(repo: Repo) -> None:
    repo.write("requirements.txt", "modelyard==0.2.0\n")
    repo.commit()
    assert _package() is None


def test_files_and_folders_narrow_it(repo: Repo) -> None:
    repo.write("requirements.txt", "x\n")
    repo.write("teams/bb/four.yaml", blueprint("four"))
    repo.commit()
    assert list(_reasons("teams/b")) == ["teams/b/three.yaml", "teams/b/two.yaml"]
    assert list(_reasons("teams/a/one.yaml")) == ["teams/a/one.yaml"]
    assert len(_touched(".")) == 4


def test_all_are_looked_at_if_asked(repo: Repo) -> None:
    repo.commit()
    found = _touched(everything=True)
    assert [each.reasons for each in found] == [("asked for",)] * 3
    assert {each.was for each in found} == {each.path for each in found}


@pytest.mark.parametrize(
    "text",
    ['"modelyard": 1\nname: x\n', '{"modelyar\\x64": 1, name: x}\n', "{modelyard: 1, name: x}\n"],
    ids=["quoted", "escaped", "flow"],
)
def test_no_spelling_of_the_key_escapes(repo: Repo, text: str) -> None:
    repo.write("teams/a/sly.yaml", text)
    repo.commit()
    assert list(_reasons()) == ["teams/a/sly.yaml"]


def test_links_to_elsewhere_are_not_followed(repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "outside.yaml").write_text(blueprint("outside"))
    (repo.root / "teams/a/link.yaml").symlink_to(tmp_path / "outside.yaml")
    (repo.root / "teams/a/zero.yaml").symlink_to("/dev/zero")
    repo.commit()
    assert _touched() == []


def test_a_blueprint_does_not_escape_by_becoming_a_link(repo: Repo) -> None:
    """Inside of its folder it is followed where it is deployed, so it is reviewed."""
    (repo.root / "teams/b/two.yaml").unlink()
    (repo.root / "teams/b/two.yaml").symlink_to("three.yaml")
    repo.commit()
    assert list(_reasons()) == ["teams/b/two.yaml"]


def test_a_detached_head_is_compared_all_the_same(repo: Repo) -> None:
    repo.write("teams/a/one.yaml", blueprint("one", "# more"))
    commit = repo.commit()
    repo.git("checkout", "--quiet", commit)
    assert list(_reasons()) == ["teams/a/one.yaml"]


@pytest.mark.parametrize(
    ("name", "then"),
    [("github", "fetch-depth: 0"), ("gitlab", "GIT_DEPTH: 0"), ("azure", "fetchDepth: 0")],
)
def test_a_shallow_clone_says_what_to_do(
    name: str, then: str, repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write("teams/a/one.yaml", blueprint("one", "# more"))
    repo.commit()
    platform = platform_of(variables(name, "http://127.0.0.1:9", tmp_path))
    url = f"file://{repo.root}"
    for number, both in enumerate(("--single-branch", "--no-single-branch")):
        clone = tmp_path / f"clone-{number}"
        command = ["git", "clone", "--quiet", "--depth=1", both, "--branch=change", url, clone]
        subprocess.run(command, check=True)
        monkeypatch.chdir(clone)
        with pytest.raises(NotReadyError) as caught:
            change_of(Repository.of(Path(".")), platform, None)
        assert then in str(caught.value)
        assert ("shallow" if number else "is in this clone") in str(caught.value)


def test_histories_that_never_met_say_so(repo: Repo) -> None:
    repo.git("checkout", "--quiet", "--orphan", "apart")
    repo.commit()
    with pytest.raises(NotReadyError, match="their histories are apart"):
        change_of(Repository.of(Path(".")), PLAIN, "main")


def test_a_base_that_is_not_known_says_so(repo: Repo) -> None:
    with pytest.raises(NotReadyError, match="nowhere is in this clone"):
        change_of(Repository.of(Path(".")), PLAIN, "nowhere")
    with pytest.raises(NotReadyError, match="give --base"):
        change_of(Repository.of(Path(".")), platform_of({}, "azure"), None)


def test_the_base_is_the_last_commit_in_common(repo: Repo) -> None:
    base = repo.git("rev-parse", "main")
    repo.write("values.yaml", "x: 1\n")
    repo.commit()
    found = change_of(Repository.of(Path(".")), PLAIN, "main")
    assert found == Change(base, "main", (FileChange("values.yaml", "values.yaml"),))
