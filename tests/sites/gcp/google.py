"""Google's APIs in this process: every request and every answer is held against their documents.

No project was ever asked. Answers are recorded shapes: a parameter, a field or a value that the
discovery documents of Google's SDK do not have fails the test that uses it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import googleapiclient.discovery_cache
import httplib2
from google.oauth2.credentials import Credentials
from googleapiclient.errors import HttpError

from modelyard.sites.gcp.preflight.asking import _APIS, OWN_DOCUMENTS, VERSIONS, Asking

Json = Mapping[str, Any]
_DOCUMENTS = Path(googleapiclient.discovery_cache.__file__).with_name("documents")
_TYPES = {"string": str, "boolean": bool, "integer": int, "number": (int, float)}
PROJECT, REGION = "acme-ml-prod", "europe-west4"


@dataclass(frozen=True)
class Refused:
    """An answer with which an API refuses."""

    status: int
    body: Json

    @property
    def content(self) -> bytes:
        return json.dumps({"error": {"code": self.status, **self.body}}).encode()


def missing() -> Refused:
    return Refused(404, {"message": "Not found.", "status": "NOT_FOUND"})


def denied(permission: str | None = None) -> Refused:
    """Newer APIs tell the permission, older ones (`None`) do not."""
    if permission is None:
        reason = {"domain": "global", "reason": "forbidden", "message": "Forbidden"}
        return Refused(403, {"message": "Forbidden", "errors": [reason]})
    return Refused(403, _info("IAM_PERMISSION_DENIED", permission=permission))


def switched_off(service: str | None = None) -> Refused:
    """Newer APIs tell their own name, older ones (`None`) do not."""
    if service is None:
        reason = {"domain": "usageLimits", "reason": "accessNotConfigured", "message": "not used"}
        return Refused(403, {"message": "has not been used", "errors": [reason]})
    return Refused(403, _info("SERVICE_DISABLED", service=service))


def uncounted() -> Refused:
    """What a caller is told who may not let calls count on the project."""
    return Refused(403, _info("USER_PROJECT_DENIED", consumer=f"projects/{PROJECT}"))


def _info(reason: str, **metadata: str) -> Json:
    kind = "type.googleapis.com/google.rpc.ErrorInfo"
    info = {"@type": kind, "reason": reason, "domain": "googleapis.com", "metadata": metadata}
    return {"message": reason.lower(), "status": "PERMISSION_DENIED", "details": [info]}


class Unreachable:
    """No answer at all."""


Answer = Json | Refused | type[Unreachable] | Callable[[Json], Any]
"""What a method answers, or what makes it of the parameters."""


class Google:
    """All of Google's APIs, with these answers by method; no other is called."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self._answers = dict(answers)
        self.asked: list[tuple[str, Json]] = []

    @property
    def methods(self) -> frozenset[str]:
        """Every method that was called."""
        return frozenset(method for method, _ in self.asked)

    def asking(self, **given: Any) -> Asking:
        """Asks these APIs, as somebody who is logged in."""
        place = {"project": PROJECT, "region": REGION, **given}
        return Asking(Credentials(token="a-token"), **place, request=self.request)

    def request(self, http: Any, postproc: Any, uri: str, **given: Any) -> _Request:
        """What the SDK makes of each call."""
        method = given["methodId"]
        params = parameters(method, uri, given.get("body"))
        self.asked.append((method, params))
        assert method in self._answers, f"{method} has no answer here: {params}"
        answer = self._answers[method]
        found = answer(params) if callable(answer) and answer is not Unreachable else answer
        return _Request(method, uri, postproc, found)


@dataclass(frozen=True)
class _Request:
    method: str
    uri: str
    postproc: Any
    answer: Any

    def execute(self, http: Any = None, num_retries: int = 0) -> Any:
        if self.answer is Unreachable:
            raise httplib2.ServerNotFoundError("Unable to find the server")
        if isinstance(self.answer, Refused):
            response = httplib2.Response({"status": self.answer.status})
            raise HttpError(response, self.answer.content, uri=self.uri)
        check(self.method, self.answer)
        content = json.dumps(self.answer).encode()
        return self.postproc(httplib2.Response({"status": 200}), content)


@cache
def document(api: str) -> Json:
    """The discovery document of an API, in the version that is spoken."""
    own = OWN_DOCUMENTS.get(api)
    path = own or _DOCUMENTS / f"{api}.{VERSIONS[api]}.json"
    return json.loads(path.read_text(encoding="utf-8"))


def api_of(method: str) -> str:
    prefix = method.partition(".")[0]
    return _APIS.get(prefix, prefix)


@cache
def described(method: str) -> Json:
    """A method as its document describes it; KeyError where there is no such method."""
    return {each["id"]: each for each in _methods(document(api_of(method)))}[method]


def _methods(within: Json) -> Iterator[Json]:
    yield from within.get("methods", {}).values()
    for inner in within.get("resources", {}).values():
        yield from _methods(inner)


def parameters(method: str, uri: str, body: str | None) -> Json:
    """What a request asks with: the document knows all of it, and nothing that is needed lacks."""
    known = described(method).get("parameters", {})
    parts = urlsplit(uri)
    path = described(method)["path"]
    names = re.findall(r"\{\+?(\w+)\}", path)
    pattern = re.sub(r"\\\{\\?\+?(\w+)\\\}", "(.+)", re.escape(path))
    match = re.search(f"{pattern}$", parts.path)
    assert match, (uri, path)
    found: dict[str, Any] = dict(zip(names, map(unquote, match.groups()), strict=True))
    found |= {key: values[0] for key, values in parse_qs(parts.query).items() if key != "alt"}
    assert set(found) <= set(known), f"{method}: no parameter {set(found) - set(known)}"
    needed = {name for name, each in known.items() if each.get("required")}
    assert needed <= set(found), f"{method}: without {needed - set(found)}"
    if body and json.loads(body):
        found["body"] = json.loads(body)
        _fits(found["body"], described(method)["request"], document(api_of(method)), method)
    return found


def check(method: str, answer: Json) -> None:
    """Whether an answer is one that the method can give."""
    _fits(answer, described(method)["response"], document(api_of(method)), method)


def schema(method: str, path: str) -> Json | None:
    """What an answer has at a path such as `conditions[].message`; None where it has nothing."""
    whole = document(api_of(method))
    found = _resolved(described(method)["response"], whole)
    for step in path.split("."):
        key, many, _ = step.partition("[]")
        inner = found.get("properties", {}).get(key)
        if inner is None or (inner.get("type") == "array") != bool(many):
            return None
        found = _resolved(inner["items"] if many else inner, whole)
    return found


def _resolved(shape: Json, whole: Json) -> Json:
    return whole["schemas"][shape["$ref"]] if "$ref" in shape else shape


def _fits(value: Any, shape: Json, whole: Json, where: str) -> None:
    shape = _resolved(shape, whole)
    kind = shape.get("type", "any")
    if kind == "array":
        assert isinstance(value, list), f"{where} is no list"
        for item in value:
            _fits(item, shape["items"], whole, f"{where}[]")
    elif kind == "object":
        assert isinstance(value, dict), f"{where} is no object"
        properties, other = shape.get("properties", {}), shape.get("additionalProperties")
        for key, inner in value.items():
            assert key in properties or other, f"{where} has no field {key}"
            _fits(inner, properties.get(key, other), whole, f"{where}.{key}")
    elif kind in _TYPES:
        assert isinstance(value, _TYPES[kind]), f"{where} is no {kind}"
        if "enum" in shape:
            assert value in shape["enum"], f"{where}: there is no {value}"
