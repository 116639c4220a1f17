"""The comment: one, ours, updated; and what is said where it cannot be written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.ci.conftest import variables
from tests.ci.forges import Forge

from modelyard.cli.ci import web
from modelyard.cli.ci.platform import Platform, marker
from modelyard.cli.ci.platforms import platform_of
from modelyard.cli.ci.web import Unposted, post

Served = tuple[str, Forge]
STRANGER: dict[str, Any] = {
    "user": {"login": "eve", "type": "User"},
    "author": {"id": 666},
}


def _theirs(forge: Served, body: str) -> dict[str, Any]:
    key = "content" if forge[0] == "azure" else "body"
    return {"id": 1 + len(forge[1].comments), key: body, **STRANGER}


def test_it_is_created_once_and_then_updated(forge: Served, platform: Platform) -> None:
    mark = marker(platform, "")
    assert post(platform.comments(), mark, f"{mark}\none") == "created"
    assert post(platform.comments(), mark, f"{mark}\ntwo") == "updated"
    assert forge[1].bodies() == [f"{mark}\ntwo"]


def test_it_is_found_among_many(forge: Served, platform: Platform) -> None:
    """GitHub's come two by two."""
    mark = marker(platform, "")
    forge[1].comments += [_theirs(forge, f"nice {n}") for n in range(5)]
    post(platform.comments(), mark, f"{mark}\none")
    post(platform.comments(), mark, f"{mark}\ntwo")
    assert len(forge[1].comments) == 6
    assert forge[1].bodies()[-1] == f"{mark}\ntwo"


def test_a_strangers_comment_with_our_marker_stays(forge: Served, platform: Platform) -> None:
    mark = marker(platform, "")
    forge[1].comments.append(_theirs(forge, f"{mark}\nlooks good"))
    assert post(platform.comments(), mark, f"{mark}\none") == "created"
    assert forge[1].bodies() == [f"{mark}\nlooks good", f"{mark}\none"]


def test_two_names_are_two_comments(forge: Served, platform: Platform) -> None:
    for name in ("models", "data", "models"):
        mark = marker(platform, name)
        post(platform.comments(), mark, f"{mark}\n{name}")
    assert len(forge[1].comments) == 2


def test_another_pipeline_is_another_writer(forge: Served, tmp_path: Path) -> None:
    found = variables(forge[0], forge[1].url, tmp_path)
    keys = {"github": "GITHUB_WORKFLOW", "gitlab": "CI_JOB_NAME", "azure": "BUILD_DEFINITIONNAME"}
    other = {**found, keys[forge[0]]: "other"}
    assert marker(platform_of(found), "") != marker(platform_of(other), "")


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_busy_server_is_asked_again(forge: Served, platform: Platform, status: int) -> None:
    busy = (status, {"message": "busy"}, {"Retry-After": "0"})
    forge[1].failing = {"GET": [busy, busy], "POST": [busy]}
    mark = marker(platform, "")
    assert post(platform.comments(), mark, mark) == "created"
    assert len(forge[1].comments) == 1


def test_what_a_broken_server_wrote_is_not_written_again(forge: Served, platform: Platform) -> None:
    forge[1].failing = {"POST": [(502, {}, {})]}
    forge[1].done_all_the_same = True
    mark = marker(platform, "")
    assert post(platform.comments(), mark, mark) == "updated"
    assert len(forge[1].comments) == 1


def test_who_is_told_to_come_back_later_does(forge: Served, platform: Platform) -> None:
    """GitHub's second limit is a 403 that says when."""
    limited = (403, {"message": "secondary rate limit"}, {"Retry-After": "0"})
    forge[1].failing = {"GET": [limited], "POST": [limited, limited]}
    assert post(platform.comments(), "<!-- m -->", "<!-- m -->") == "created"
    assert len(forge[1].comments) == 1


def test_where_there_is_nothing_to_say_none_is_written(forge: Served, platform: Platform) -> None:
    assert post(platform.comments(), "<!-- m -->", "<!-- m -->", create=False) == "not needed"
    assert forge[1].comments == []
    post(platform.comments(), "<!-- m -->", "<!-- m -->")
    assert post(platform.comments(), "<!-- m -->", "<!-- m --> x", create=False) == "updated"
    assert forge[1].bodies() == ["<!-- m --> x"]


def test_a_server_that_stays_away_is_given_up(forge: Served, platform: Platform) -> None:
    forge[1].failing = {"GET": [(503, {}, {})] * 100}
    with pytest.raises(Unposted, match="503"):
        post(platform.comments(), "<!-- m -->", "<!-- m -->")


def test_a_refusal_is_said_and_not_repeated(forge: Served, platform: Platform) -> None:
    refused = (403, {"message": "Resource not accessible by\x1b[31m integration"}, {})
    forge[1].failing = {"POST": [refused]}
    with pytest.raises(Unposted) as caught:
        post(platform.comments(), "<!-- m -->", "<!-- m -->")
    assert "403: Resource not accessible by" in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert forge[1].methods().count("POST") == 1


def test_a_wrong_token_is_a_refusal(forge: Served, platform: Platform) -> None:
    forge[1].token = (forge[1].token[0], "another")
    with pytest.raises(Unposted, match="401"):
        post(platform.comments(), "<!-- m -->", "<!-- m -->")


def test_the_token_is_sent_nowhere_else(forge: Served, platform: Platform) -> None:
    forge[1].failing = {"GET": [(302, {}, {"Location": "http://192.0.2.1/"})]}
    with pytest.raises(Unposted, match="points elsewhere"):
        post(platform.comments(), "<!-- m -->", "<!-- m -->")


def test_a_netrc_does_not_take_the_tokens_place(
    forge: Served, platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(netrc))
    assert post(platform.comments(), "<!-- m -->", "<!-- m -->") == "created"


@pytest.mark.parametrize("name", ["github", "gitlab", "azure"])
def test_without_a_token_it_says_which(name: str, tmp_path: Path) -> None:
    token = {"github": "GITHUB_TOKEN", "gitlab": "GITLAB_TOKEN", "azure": "SYSTEM_ACCESSTOKEN"}
    found = variables(name, "http://127.0.0.1:9", tmp_path)
    del found[token[name]]
    with pytest.raises(Unposted, match=token[name]):
        platform_of(found).comments()


def test_nobody_at_the_address_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "_TRIES", 2)
    platform = platform_of(variables("github", "http://127.0.0.1:9", tmp_path))
    with pytest.raises(Unposted, match="does not answer"):
        post(platform.comments(), "<!-- m -->", "<!-- m -->")


def test_azures_pipelines_of_other_repositories_do_not_comment(tmp_path: Path) -> None:
    found = variables("azure", "http://127.0.0.1:9", tmp_path)
    with pytest.raises(Unposted, match="Azure Repos"):
        platform_of({**found, "BUILD_REPOSITORY_PROVIDER": "GitHub"}).comments()


def test_a_person_whose_token_it_is_is_known_again(
    forge: Served, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On GitHub, a token of a person's writes no bot's comments."""
    if forge[0] != "github":
        return
    answer: Callable[..., Any] = forge[1].answer
    eve = {"login": "eve", "type": "User"}

    def as_eve(method: str, path: str, query: dict[str, str], body: Any) -> Any:
        if path == "/user":
            return 200, eve, {}
        status, content, headers = answer(method, path, query, body)
        if method == "POST":
            forge[1].comments[-1]["user"] = eve
        return status, content, headers

    monkeypatch.setattr(forge[1], "answer", as_eve)
    mark = marker(platform, "")
    assert post(platform.comments(), mark, mark) == "created"
    assert post(platform.comments(), mark, mark) == "updated"
    assert forge[1].comments[0]["user"] == eve
