"""Azure Pipelines.

Variables: https://learn.microsoft.com/azure/devops/pipelines/build/variables; comments:
https://learn.microsoft.com/rest/api/azure/devops/git/pull-request-threads; annotations:
https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands. 2026-11-26.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from modelyard.cli.ci.annotation import Annotation
from modelyard.cli.ci.platform import branch
from modelyard.cli.ci.web import Api, Unposted

_VERSION = "7.1"
_ESCAPES = {"%": "%AZP25", "\r": "%0D", "\n": "%0A", ";": "%3B", "]": "%5D"}


@dataclass(frozen=True)
class Azure:
    """A job of a pipeline."""

    variables: Mapping[str, str]
    name = "Azure Pipelines"
    limit = 150_000
    summary_limit = 1_000_000
    deepen = "give the step `checkout: self` the key `fetchDepth: 0`"

    @classmethod
    def runs(cls, variables: Mapping[str, str]) -> bool:
        return variables.get("TF_BUILD", "").lower() == "true"

    @property
    def change(self) -> str:
        return self.variables.get("SYSTEM_PULLREQUEST_PULLREQUESTID", "")

    @property
    def writer(self) -> str:
        keys = ("BUILD_REPOSITORY_ID", "BUILD_DEFINITIONNAME", "SYSTEM_JOBNAME")
        return "\n".join(self.variables.get(key, "") for key in keys)

    @property
    def page(self) -> str:
        asked = self.variables.get
        base, build = asked("SYSTEM_COLLECTIONURI", ""), asked("BUILD_BUILDID")
        project = quote(asked("SYSTEM_TEAMPROJECT", ""))
        return f"{base}{project}/_build/results?buildId={build}" if base and build else ""

    def bases(self) -> Iterator[str]:
        yield from branch(self.variables.get("SYSTEM_PULLREQUEST_TARGETBRANCH"))

    def lines(self, annotations: Iterable[Annotation]) -> Iterator[str]:
        for each in annotations:
            place = {"type": each.level, "sourcepath": each.path, "linenumber": each.line}
            place |= {"columnnumber": each.column, "code": each.rule}
            properties = ";".join(f"{key}={_escaped(value)}" for key, value in place.items())
            yield f"##vso[task.logissue {properties}]{_escaped(each.text)}"

    def files(self, annotations: Iterable[Annotation]) -> Mapping[str, str]:
        return {}

    def summarise(self, file: Path) -> Iterator[str]:
        yield f"##vso[task.uploadsummary]{_escaped(file.resolve())}"

    def comments(self) -> Threads:
        asked = self.variables.get
        if asked("BUILD_REPOSITORY_PROVIDER", "TfsGit") != "TfsGit":
            raise Unposted("the repository is not in Azure Repos, whose API this pipeline knows")
        token = asked("SYSTEM_ACCESSTOKEN")
        if not token:
            raise Unposted("there is no SYSTEM_ACCESSTOKEN in the step's `env`")
        api = Api(asked("SYSTEM_COLLECTIONURI", ""), {"Authorization": f"Bearer {token}"})
        project = asked("SYSTEM_TEAMPROJECTID") or quote(asked("SYSTEM_TEAMPROJECT", ""))
        return Threads(api, project, asked("BUILD_REPOSITORY_ID", ""), self.change)


@dataclass(frozen=True)
class Threads:
    """The threads of a pull request in Azure Repos; ours has one comment."""

    api: Api
    project: str
    repository: str
    number: str

    @property
    def _path(self) -> str:
        repository = f"{self.project}/_apis/git/repositories/{self.repository}"
        return f"{repository}/pullRequests/{self.number}/threads"

    def find(self, marker: str) -> str | None:
        for thread in self.api.get(self._path, **{"api-version": _VERSION})["value"]:
            for comment in thread.get("comments") or ():
                begins = str(comment.get("content") or "").startswith(marker)
                if begins and not comment.get("isDeleted") and self._ours(comment):
                    return f"{thread['id']}/comments/{comment['id']}"
        return None

    def create(self, body: str) -> None:
        """Closed: it is there to be read, and waits for no answer."""
        comment = {"parentCommentId": 0, "content": body, "commentType": "text"}
        content = {"comments": [comment], "status": "closed"}
        self.api.send("POST", self._path, content, **{"api-version": _VERSION})

    def update(self, id: str, body: str) -> None:
        content = {"content": body}
        self.api.send("PATCH", f"{self._path}/{id}", content, **{"api-version": _VERSION})

    def _ours(self, comment: Mapping[str, Any]) -> bool:
        return (comment.get("author") or {}).get("id") == self._me

    @cached_property
    def _me(self) -> str:
        return str(self.api.get("_apis/connectionData")["authenticatedUser"]["id"])


def _escaped(text: object) -> str:
    return "".join(_ESCAPES.get(character, character) for character in str(text))
