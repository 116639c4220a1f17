"""Secrets written into a document, where only references to them may stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from modelyard.blueprint.errors import Problem
from modelyard.blueprint.loading.node import Node

_REFERENCE = re.compile(r"(secret://|env:)\S+")
_SECRET_KEY = re.compile(
    r"(^|_)(password|passwd|passphrase|token|secret|api_?key|access_key|secret_key|private_key"
    r"|account_key|client_secret|credentials?)$"
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_LOOKS_LIKE = {
    "an AWS access key": r"\b(AKIA|ASIA)[0-9A-Z]{16}\b",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "a Hugging Face token": r"\bhf_[A-Za-z0-9]{20,}",
    "a GitHub token": r"\b(gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})",
    "a GitLab token": r"\bglpat-[A-Za-z0-9_-]{20,}",
    "an API key": r"\bsk-[A-Za-z0-9_-]{20,}",
    "a Google API key": r"\bAIza[A-Za-z0-9_-]{35}",
    "a Slack token": r"\bxox[abprs]-[A-Za-z0-9-]{10,}|hooks\.slack\.com/services/\S+",
    "a signed token": r"\beyJ[A-Za-z0-9_-]{10,400}\.eyJ[A-Za-z0-9_-]{10,}\.",
    "a password in an address": r"[a-z][a-z0-9+.-]{0,30}://[^/\s:@]*:[^/\s@]+@",
}
"""Each looks only so far ahead: a file may be made of beginnings alone."""
_PATTERNS = [(what, re.compile(pattern)) for what, pattern in _LOOKS_LIKE.items()]
_NEXT = (
    "write a reference such as secret://name/key, and revoke what stood here: "
    "it stays in the history of the file"
)


@dataclass(frozen=True)
class PlainSecret:
    """A secret that was found. `value` is for taking it out of other messages, never for show."""

    problem: Problem
    value: str


def plain_secrets(root: Node) -> list[PlainSecret]:
    """Every scalar that is a secret by its key or by its look."""
    return list(_search(root, (), False, root))


def redacted(problems: Iterable[Problem], secrets: Iterable[PlainSecret]) -> list[Problem]:
    """The secrets' own problems and, without any secret in them, the rest; a place that holds a
    secret is complained of once.
    """
    found = list(secrets)
    places = {secret.problem.where for secret in found}
    values = sorted({secret.value for secret in found}, key=len, reverse=True)
    others = [_without(each, values) for each in problems if each.where not in places]
    return [*(secret.problem for secret in found), *others]


def _without(problem: Problem, values: Iterable[str]) -> Problem:
    texts = {"what": problem.what, "path": problem.path, "next": problem.next}
    for value in values:
        texts = {name: text.replace(value, "***") for name, text in texts.items()}
    return replace(problem, **texts)


def _search(
    node: Node, path: tuple[str | int, ...], secret: bool, root: Node
) -> Iterator[PlainSecret]:
    """`secret`: whether the key above says that this is one."""
    if isinstance(node.value, dict):
        names_one = "value" in node.value and _is_secret_key(node.name or "")
        for key, child in node.value.items():
            inner = _is_secret_key(key) or (names_one and key == "value")
            yield from _search(child, (*path, key), inner, root)
    elif isinstance(node.value, list):
        for position, child in enumerate(node.value):
            yield from _search(child, (*path, position), secret, root)
    elif what := _reason(node, secret):
        place = root.dotted(path)
        yield PlainSecret(Problem(node.at, place, what, next=_NEXT), str(node.text or node.value))


def _reason(node: Node, secret: bool) -> str | None:
    if node.value is None or isinstance(node.value, bool):
        return None
    text = str(node.value)
    for what, pattern in _PATTERNS:
        if pattern.search(text):
            return f"{what} stands here in plain text"
    if secret and text and not _REFERENCE.fullmatch(text):
        return "a secret stands here in plain text"
    return None


def _is_secret_key(key: str) -> bool:
    return bool(_SECRET_KEY.search(_CAMEL.sub("_", key).lower().replace("-", "_")))
