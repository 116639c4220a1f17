"""GitHub Actions.

Variables: https://docs.github.com/en/actions/reference/workflows-and-actions/variables; comments:
https://docs.github.com/en/rest/issues/comments; annotations:
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands. 2026-11-26.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from modelyard.cli.ci.annotation import Annotation
from modelyard.cli.ci.platform import NO_COMMIT, branch
from modelyard.cli.ci.web import Api, Unposted


@dataclass(frozen=True)
class GitHub:
    """A job of a workflow."""

    variables: Mapping[str, str]
    name = "GitHub Actions"
    limit = 65_536
    summary_limit = 1_048_576
    deepen = "give actions/checkout `fetch-depth: 0`"

    @classmethod
    def runs(cls, variables: Mapping[str, str]) -> bool:
        return variables.get("GITHUB_ACTIONS") == "true"

    @cached_property
    def event(self) -> Mapping[str, Any]:
        """What began the run; nothing where that cannot be read."""
        try:
            content = Path(self.variables["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8")
            found = json.loads(content)
        except (KeyError, OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def change(self) -> str:
        return str(self.event.get("pull_request", {}).get("number") or "")

    @property
    def writer(self) -> str:
        keys = ("GITHUB_REPOSITORY", "GITHUB_WORKFLOW", "GITHUB_JOB")
        return "\n".join(self.variables.get(key, "") for key in keys)

    @property
    def page(self) -> str:
        asked = self.variables.get
        run = f"{asked('GITHUB_REPOSITORY')}/actions/runs/{asked('GITHUB_RUN_ID')}"
        server = asked("GITHUB_SERVER_URL")
        return f"{server}/{run}" if server else ""

    def bases(self) -> Iterator[str]:
        yield from branch(self.variables.get("GITHUB_BASE_REF"))
        asked, queued = (self.event.get(key) or {} for key in ("pull_request", "merge_group"))
        found = ((asked.get("base") or {}).get("sha"), queued.get("base_sha"))
        found += (self.event.get("before"),)
        yield from (each for each in found if each and each != NO_COMMIT)

    def lines(self, annotations: Iterable[Annotation]) -> Iterator[str]:
        for each in annotations:
            place = {"file": each.path, "line": each.line, "col": each.column, "title": each.title}
            properties = ",".join(f"{key}={_property(value)}" for key, value in place.items())
            yield f"::{each.level} {properties}::{_data(each.text)}"

    def files(self, annotations: Iterable[Annotation]) -> Mapping[str, str]:
        return {}

    def summarise(self, file: Path) -> Iterator[str]:
        if page := self.variables.get("GITHUB_STEP_SUMMARY"):
            with open(page, "a", encoding="utf-8") as summary:
                summary.write(file.read_text(encoding="utf-8"))
        yield from ()

    def comments(self) -> IssueComments:
        token = self.variables.get("GITHUB_TOKEN")
        if not token:
            raise Unposted("there is no GITHUB_TOKEN in the step's `env`")
        address = self.variables.get("GITHUB_API_URL", "https://api.github.com")
        headers = {"Authorization": f"Bearer {token}", "X-GitHub-Api-Version": "2022-11-28"}
        api = Api(address, {**headers, "Accept": "application/vnd.github+json"})
        return IssueComments(api, self.variables.get("GITHUB_REPOSITORY", ""), self.change)


@dataclass(frozen=True)
class IssueComments:
    """The comments of a pull request, which is an issue too."""

    api: Api
    repository: str
    number: str

    def find(self, marker: str) -> str | None:
        """A stranger may write the marker too, and a workflow may change anyone's comment."""
        path = f"repos/{self.repository}/issues/{self.number}/comments"
        for each in self.api.pages(path, per_page="100"):
            if str(each.get("body") or "").startswith(marker) and self._ours(each):
                return str(each["id"])
        return None

    def create(self, body: str) -> None:
        path = f"repos/{self.repository}/issues/{self.number}/comments"
        self.api.send("POST", path, {"body": body})

    def update(self, id: str, body: str) -> None:
        self.api.send("PATCH", f"repos/{self.repository}/issues/comments/{id}", {"body": body})

    def _ours(self, comment: Mapping[str, Any]) -> bool:
        """A workflow's token is an app's, and writes as a bot; another is a person's."""
        user = comment.get("user") or {}
        return user.get("type") == "Bot" or user.get("login") == self._login

    @cached_property
    def _login(self) -> str | None:
        try:
            return str(self.api.get("user")["login"])
        except Unposted:
            return None


def _data(text: object) -> str:
    return str(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: object) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
