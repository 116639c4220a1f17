"""The validator's errors as problems: in the field's words, at their place, each said once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from modelyard.blueprint.errors import Problem, nearest, quoted
from modelyard.blueprint.loading.document import Document
from modelyard.blueprint.loading.failure import EXPECTED, Failure, failure, meant
from modelyard.blueprint.loading.node import Node, Path
from modelyard.blueprint.loading.shape import (
    annotations_at,
    choices_of,
    description_at,
    fields_of,
    key_types,
    keys_at,
    sections,
)
from modelyard.blueprint.loading.wording import (
    LIMITS,
    beginnings,
    example,
    kind_of,
    limit,
    noun_of,
    way_to,
    words_in,
    written,
)

MAX_ERRORS = 200
_STANDARD = re.compile(r"^(Input|Value|Assertion|String|List|Tuple|Dictionary|Field|Unable)\b")


def explain(error: ValidationError, document: Document, model: type[BaseModel]) -> list[Problem]:
    """A problem for each thing that is wrong with the document; of the alternatives of a field,
    the one that was meant.
    """
    listed = error.errors(include_url=False, include_input=False)[:MAX_ERRORS]
    failures = meant(failure(each, document.data) for each in listed)
    cases = [_Case(each, document, model) for each in failures]
    return [_problem(each) for each in cases if not each.is_echo]


@dataclass(frozen=True)
class _Case:
    """A failure, with the document and the model to look things up in."""

    failure: Failure
    document: Document
    model: type[BaseModel]

    @property
    def is_echo(self) -> bool:
        """Whether a list is called short though it is not: its wrong items are left out of the
        count, and are told of by themselves.
        """
        fewest = self.failure.context.get("min_length", 0)
        items = len(list(self.node.children())) if self.node else 0
        return self.failure.type == "too_short" and items >= fewest

    @property
    def node(self) -> Node | None:
        return self.document.root.find(self.failure.path)

    @property
    def value(self) -> Any:
        """What the failure is about: a value, or a key."""
        if self.failure.about_key and self.failure.path:
            return self.failure.path[-1]
        return self.node.value if self.node else None

    @property
    def types(self) -> list[Any]:
        """What `value` may be."""
        if self.failure.about_key:
            maps = self.annotations(self.failure.path[:-1])
            return [each for annotation in maps for each in key_types(annotation)]
        return self.annotations(self.failure.path)

    @property
    def written(self) -> str:
        if self.failure.about_key and self.failure.path:
            return quoted(self.failure.path[-1])
        return written(self.node)

    @property
    def key(self) -> str:
        """The last key on the way; an item of a list goes by the key of its list."""
        keys = [part for part in self.failure.path if isinstance(part, str)]
        return quoted(keys[-1]) if keys else "this"

    @property
    def field(self) -> FieldInfo | None:
        *parent, key = self.failure.path or ("",)
        return self.keys(parent).get(str(key))

    @property
    def purpose(self) -> str:
        return description_at(self.model, self.failure.path, self.document.data)

    def keys(self, path: Path) -> Mapping[str, FieldInfo]:
        return keys_at(self.model, path, self.document.data)

    def annotations(self, path: Path) -> list[Any]:
        return annotations_at(self.model, path, self.document.data)


def _problem(case: _Case) -> Problem:
    kind, path = case.failure.type, case.failure.path
    say = _SAYINGS.get(kind) or (_mismatch if kind in EXPECTED else _message)
    said = say(case)
    where = case.document.locate(path, key=case.failure.about_key)
    if said.where is None:
        said = replace(said, where=where)
    return said if said.path else replace(said, path=case.document.dotted(path))


def _said(what: str, allowed: Iterable[str], close: str | None, then: str) -> Problem:
    return Problem(None, "", what, tuple(allowed), close, then)


def _unknown_key(case: _Case) -> Problem:
    *parent, last = case.failure.path
    key, known = str(last), case.keys(parent)
    if homes := _homes(case, parent, key):
        then = "move it under " + " or ".join(map(quoted, homes))
        return _said(f"unknown key {quoted(key)}", known, None, then)
    close = nearest(key, known)
    return _said(f"unknown key {quoted(key)}", known, close, "correct it" if close else "remove it")


def _homes(case: _Case, parent: Path, key: str) -> list[str]:
    """The sections beside the key that have such a key; none where that could be anywhere."""
    homes: list[str] = []
    for name in case.keys(parent):
        inner = sections(case.annotations([*parent, name]))
        if any(key in fields_of(section) for section in inner):
            homes.append(name)
    return homes if len(homes) < 3 else []


def _missing_key(case: _Case) -> Problem:
    *parent, last = case.failure.path
    key, above = str(last), case.document.root.find(parent)
    emptied = above is not None and key in above.keys
    what = f"{quoted(key)} has no value" if emptied else f"the key {quoted(key)} is missing"
    if purpose := case.purpose:
        what += f" ({purpose})"
    allowed = choices_of(case.annotations(case.failure.path))
    return _said(what, allowed, None, f"add `{key}: {example(case.field, purpose)}`")


def _no_choice(case: _Case) -> Problem:
    if case.node is None or case.node.value is None:
        return _empty(case, ())
    annotations = case.types
    allowed = choices_of(annotations) or words_in(case.failure.context.get("expected"))
    noun = noun_of(annotations) or f"one of the choices for {case.key}"
    close = nearest(case.value, allowed)
    then = "correct it" if close else "write one of these"
    return _said(f"{case.written} is not {noun}", allowed, close, then)


def _no_kind(case: _Case) -> Problem:
    """The key that says which section this is (`kind: aws`) is wrong or not there."""
    tag = str(case.failure.context.get("discriminator", "'kind'")).strip("'")
    path, node = (*case.failure.path, tag), case.node
    value = node.child(tag) if node else None
    tags = words_in(case.failure.context.get("expected_tags"))
    allowed = tags or choices_of(_all_kinds(case, tag))
    place = {"where": case.document.locate(path), "path": case.document.dotted(path)}
    if value is None or value.value is None:
        said = _said(f"the key '{tag}' is missing", allowed, None, f"add `{tag}: …`")
    else:
        close = nearest(value.value, allowed)
        what = f"{written(value)} is not one of the choices for '{tag}'"
        said = _said(what, allowed, close, "correct it" if close else "write one of these")
    return replace(said, **place)


def _all_kinds(case: _Case, tag: str) -> list[Any]:
    found = [fields_of(each).get(tag) for each in sections(case.annotations(case.failure.path))]
    return [field.annotation for field in found if field]


def _mismatch(case: _Case) -> Problem:
    expected = case.failure.expected or (EXPECTED[case.failure.type],)
    keys = tuple(case.keys(case.failure.path)) if "a map" in expected else ()
    if case.node is None or case.node.value is None:
        return _empty(case, keys)
    kind, takes = kind_of(case.node), " or ".join(expected)
    subject = f"{kind} stands here" if case.node.is_inner else f"{case.written} is {kind}"
    what = f"{subject}, where {takes} is expected"
    return _said(what, keys, None, way_to(expected, case.node, keys))


def _empty(case: _Case, keys: tuple[str, ...]) -> Problem:
    return _said(f"{case.key} has no value", keys, None, "give it one, or remove the key")


def _out_of_limits(case: _Case) -> Problem:
    what = f"{case.written} {limit(case.failure.type, case.failure.context)}"
    many = case.failure.type == "too_long"
    then = "remove some, or write several blueprints" if many else case.purpose or "change it"
    return _said(what, (), None, then)


def _no_match(case: _Case) -> Problem:
    """A pattern is broken; where words for a name would do as a name, they are offered."""
    pattern = str(case.failure.context.get("pattern", ""))
    slug = re.sub(r"[^a-z0-9]+", "-", str(case.value).lower()).strip("-")
    close = slug if slug and re.search(pattern, slug) else None
    noun = "a key of this map" if case.failure.about_key else case.key
    what = f"{case.written} is not valid for {noun}"
    if starts := beginnings(pattern):
        return _said(what, starts, close, "begin it with one of these")
    purpose = f" ({case.purpose})" if case.purpose else ""
    return _said(what, (), close, f"write one that matches {pattern}{purpose}")


def _message(case: _Case) -> Problem:
    """What a validator of our own says, with the places it offers in its context."""
    context, node = case.failure.context, case.node
    what = str(context.get("error", case.failure.message))
    if _STANDARD.match(what):
        what = f"{case.written} cannot be used for {case.key}"
    if node and node.text is not None and node.text != str(node.value):
        what = what.replace(str(node.value), node.text, 1)
    if examples := context.get("examples"):
        what += f", such as {', '.join(map(str, examples))}"
    allowed = tuple(map(str, context.get("allowed", ())))
    close = context.get("nearest") or nearest(node.value if node else None, allowed)
    return _said(what, allowed, close, str(context.get("next", "correct it")))


_SAYINGS: dict[str, Callable[[_Case], Problem]] = {
    "extra_forbidden": _unknown_key,
    "missing": _missing_key,
    "enum": _no_choice,
    "literal_error": _no_choice,
    "union_tag_invalid": _no_kind,
    "union_tag_not_found": _no_kind,
    "string_pattern_mismatch": _no_match,
    **dict.fromkeys(LIMITS, _out_of_limits),
}
