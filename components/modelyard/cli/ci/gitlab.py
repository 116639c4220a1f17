"""GitLab CI.

Variables: https://docs.gitlab.com/ci/variables/predefined_variables/; comments:
https://docs.gitlab.com/api/notes/; annotations: https://docs.gitlab.com/ci/testing/code_quality/.
2026-11-26.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from modelyard.cli.ci.annotation import Annotation, Level
from modelyard.cli.ci.platform import NO_COMMIT, branch, plain_lines
from modelyard.cli.ci.web import Api, Unposted

QUALITY = "gl-code-quality-report.json"
_SEVERITY = {Level.ERROR: "major", Level.WARNING: "minor"}


@dataclass(frozen=True)
class GitLab:
    """A job of a pipeline."""

    variables: Mapping[str, str]
    name = "GitLab CI"
    limit = 1_000_000
    summary_limit = 1_000_000
    deepen = "set the variable `GIT_DEPTH: 0`"

    @classmethod
    def runs(cls, variables: Mapping[str, str]) -> bool:
        return variables.get("GITLAB_CI") == "true"

    @property
    def change(self) -> str:
        return self.variables.get("CI_MERGE_REQUEST_IID", "")

    @property
    def writer(self) -> str:
        return "\n".join(self.variables.get(key, "") for key in ("CI_PROJECT_PATH", "CI_JOB_NAME"))

    @property
    def page(self) -> str:
        job = self.variables.get("CI_JOB_URL")
        return f"{job}/artifacts/browse" if job else ""

    def bases(self) -> Iterator[str]:
        asked = self.variables.get
        yield from branch(asked("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"))
        found = (asked("CI_MERGE_REQUEST_DIFF_BASE_SHA"), asked("CI_COMMIT_BEFORE_SHA"))
        yield from (each for each in found if each and each != NO_COMMIT)
        if not self.change and asked("CI_COMMIT_BRANCH") != asked("CI_DEFAULT_BRANCH"):
            yield from branch(asked("CI_DEFAULT_BRANCH"))

    def lines(self, annotations: Iterable[Annotation]) -> Iterator[str]:
        return plain_lines(annotations)

    def files(self, annotations: Iterable[Annotation]) -> Mapping[str, str]:
        return {QUALITY: json.dumps([_issue(each) for each in annotations], indent=2)}

    def summarise(self, file: Path) -> Iterator[str]:
        """GitLab has no page for it; the report is an artifact."""
        yield from ()

    def comments(self) -> Notes:
        """A job's own token may not write notes (gitlab-org/gitlab#464591)."""
        token = self.variables.get("GITLAB_TOKEN")
        if not token:
            raise Unposted(
                "there is no GITLAB_TOKEN: a job's own token may not comment, a project's access "
                "token with the scope `api` may"
            )
        project = self.variables.get("CI_MERGE_REQUEST_PROJECT_ID")
        project = project or self.variables.get("CI_PROJECT_ID", "")
        api = Api(self.variables.get("CI_API_V4_URL", ""), {"PRIVATE-TOKEN": token})
        return Notes(api, project, self.change)


@dataclass(frozen=True)
class Notes:
    """The notes of a merge request."""

    api: Api
    project: str
    number: str

    @property
    def _path(self) -> str:
        return f"projects/{self.project}/merge_requests/{self.number}/notes"

    def find(self, marker: str) -> str | None:
        for each in self.api.pages(self._path, per_page="100", sort="asc"):
            if str(each.get("body") or "").startswith(marker) and self._ours(each):
                return str(each["id"])
        return None

    def create(self, body: str) -> None:
        self.api.send("POST", self._path, {"body": body})

    def update(self, id: str, body: str) -> None:
        self.api.send("PUT", f"{self._path}/{id}", {"body": body})

    def _ours(self, note: Mapping[str, Any]) -> bool:
        return (note.get("author") or {}).get("id") == self._me

    @cached_property
    def _me(self) -> int:
        return int(self.api.get("user")["id"])


def _issue(each: Annotation) -> Mapping[str, Any]:
    """The same finding has the same fingerprint on both branches, wherever its line has gone."""
    known = hashlib.sha256("\n".join((each.path, each.rule, each.text)).encode()).hexdigest()
    return {
        "description": each.text,
        "check_name": each.rule,
        "fingerprint": known,
        "severity": _SEVERITY[each.level],
        "location": {"path": each.path, "lines": {"begin": each.line}},
    }
