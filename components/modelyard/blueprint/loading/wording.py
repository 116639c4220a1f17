"""The words for values, types and limits that messages are made of."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum
from typing import Any

from pydantic.fields import FieldInfo

from modelyard.blueprint.errors import quoted
from modelyard.blueprint.loading.node import Node
from modelyard.blueprint.loading.shape import choices_of, fields_of, members, sections

_LIMITS = {
    "greater_than": "is not above {gt}",
    "greater_than_equal": "is below {ge}, the least",
    "less_than": "is not below {lt}",
    "less_than_equal": "is above {le}, the most",
    "multiple_of": "is not a multiple of {multiple_of}",
    "string_too_short": "is shorter than {min_length} characters",
    "string_too_long": "is longer than {max_length} characters",
    "too_short": "has {actual_length} of at least {min_length} items",
    "too_long": "has {actual_length} of at most {max_length} items",
    "finite_number": "is not a finite number",
}
LIMITS = frozenset(_LIMITS)


def limit(kind: str, context: dict[str, Any]) -> str:
    """Which limit a value exceeds: `is above 65535, the most`."""
    return _LIMITS[kind].format(**context)


def written(node: Node | None) -> str:
    """A value as it was written, for the beginning of a sentence."""
    if node is None or node.value is None:
        return "nothing"
    if isinstance(node.value, (dict, list)):
        return "this map" if isinstance(node.value, dict) else "this list"
    return quoted(node.value if node.text is None else node.text)


def kind_of(node: Node) -> str:
    if isinstance(node.value, bool):
        return "true or false"
    if isinstance(node.value, (int, float)):
        return "a number"
    if isinstance(node.value, (dict, list)):
        return "a map" if isinstance(node.value, dict) else "a list"
    return "empty" if node.value is None else "text"


def way_to(expected: Iterable[str], node: Node, keys: Iterable[str]) -> str:
    """How to turn what was written into what is expected."""
    wanted, value = tuple(expected), node.value
    if "text" in wanted and not isinstance(value, (dict, list)):
        return f'put it in quotes: "{node.text}"'
    if "a list" in wanted and not isinstance(value, dict):
        return f"write it as a list: [{node.text or value}]"
    if "a list" in wanted:
        return "begin each item with '- '"
    if "a map" in wanted:
        return f"write `{next(iter(keys), 'key')}: …` on the lines below, indented"
    if isinstance(value, str) and node.text is None and re.fullmatch(r"[-+]?\d+(\.\d+)?", value):
        return "remove the quotes"
    return f"write {wanted[0]}" if wanted else ""


def noun_of(annotations: Iterable[Any]) -> str:
    """What an enum's values are: `a serving engine` for ServingEngine."""
    for each in annotations:
        if isinstance(each, type) and issubclass(each, Enum):
            words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", each.__name__).lower()
            return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"
    return ""


def example(field: FieldInfo | None, purpose: str = "") -> str:
    """Something that may be written for a field; its purpose may name it: such as `payments`."""
    if field is None:
        return "…"
    if named := re.search(r"such as `([^`]+)`", purpose):
        return named.group(1)
    if field.examples:
        return str(field.examples[0])
    kinds = list(members(field.annotation))
    if choices := choices_of(kinds):
        return choices[0]
    for section in sections(kinds):
        needed = [key for key, each in fields_of(section).items() if each.is_required()]
        return "{" + ", ".join(f"{key}: …" for key in needed or list(fields_of(section))[:1]) + "}"
    return {bool: "true", int: "1", float: "1.0"}.get(kinds[0], "…") if kinds else "…"


def beginnings(pattern: str) -> tuple[str, ...]:
    """The words that text has to begin with, where that is what a pattern says."""
    found = re.match(r"\^\(([^()\[\]?*+\\]+)\)", pattern)
    return tuple(found.group(1).split("|")) if found else ()


def words_in(text: object) -> tuple[str, ...]:
    """The quoted words of a validator's list: `'a', 'b' or 'c'`."""
    return tuple(re.findall(r"'([^']*)'", str(text or "")))
