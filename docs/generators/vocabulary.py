"""`blueprint.md`: every section and key of a blueprint, from its JSON Schema."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from modelyard.blueprint import cidr, units
from modelyard.blueprint.facility import SecretReference
from modelyard.blueprint.model import Source
from modelyard.blueprint.schema import schema
from modelyard.blueprint.section import Name
from modelyard.blueprint.team import Email

Node = Mapping[str, Any]

INTRODUCTION = """# The blueprint

Every section and key. A blueprint is one YAML 1.2 file; `modelyard check` says what is wrong with
it, and `blueprints/blueprint.schema.json` lets an editor say so while it is written.

How the whole is put together:

1. The preset (`preset:`) is merged under the file.
2. The environment's overlay (`environments:`) is merged over it, when one is asked for with `-e`.
3. `defaults:` is merged under each model.

Maps merge key by key. Lists of things with a `name` merge by that name; any other list replaces
the one before it; an empty value removes its key. A key that is not in these tables is an error,
and so is one that nothing provides yet on the site it would stand on: see
[capabilities](capabilities.md).

A *name* is made of lower-case letters, digits and hyphens, starts with a letter and has at most 40
characters. A *secret reference* is `secret://NAME` or `secret://NAME/KEY`; a secret itself is
refused. A *network* is its first address and the length of its prefix: `10.30.0.0/16`, and never
`10.30.0.1/16`, which is an address in it.
"""

WRITTEN = {units.MEMORY: units.show_memory, units.PERCENT: units.show_percent}
"""Quantities whose defaults the schema has as plain numbers."""

GENERIC = "Lower-case letters"
"""How the description of every name begins; it says nothing of the key."""

KNOWN = {
    "name": Name,
    "secret reference": SecretReference,
    "e-mail address": Email,
    "`models:/…`, `hf://…`, `s3://…`, `gs://…` or `oci://…`": Source,
}
"""Patterns that have a name."""


def _pattern(annotation: Any) -> str:
    field = annotation.__metadata__[0]
    return next(m.pattern for m in field.metadata if getattr(m, "pattern", None))


PATTERNS = {
    **{_pattern(annotation): words for words, annotation in KNOWN.items()},
    cidr.POOL: "network or range of addresses",
    **dict.fromkeys((cidr.CIDR, cidr.SIZED, cidr.TUNNEL), "network"),
}


def page() -> str:
    """The whole page."""
    content = schema()
    places = _places(content)
    parts = [INTRODUCTION, _section(content, content, "Blueprint", ("the file itself",))]
    parts += [
        _section(content, content["$defs"][name], name, tuple(paths))
        for name, paths in places.items()
    ]
    return "\n".join(parts)


def _places(content: Node) -> dict[str, list[str]]:
    """Where each section stands, in the order in which a reader meets them."""
    found: dict[str, list[str]] = {}

    def visit(node: Node, path: str) -> None:
        for key, child in node.get("properties", {}).items():
            for name, suffix in _sections_in(content, child):
                place = f"{path}.{key}{suffix}".lstrip(".")
                known = name in found
                if place not in found.setdefault(name, []):
                    found[name].append(place)
                if not known:
                    visit(content["$defs"][name], place)

    visit(content, "")
    return found


def _sections_in(content: Node, node: Node, suffix: str = "") -> Iterator[tuple[str, str]]:
    """The sections that a key holds, with what follows the key in a path."""
    if reference := node.get("$ref"):
        name = reference.rsplit("/", 1)[1]
        if "properties" in content["$defs"][name]:
            yield name, suffix
    for arm in (*node.get("anyOf", ()), *node.get("oneOf", ())):
        yield from _sections_in(content, arm, suffix)
    if "items" in node:
        yield from _sections_in(content, node["items"], "[]")
    for value in node.get("patternProperties", {}).values():
        yield from _sections_in(content, value, ".NAME")


def _section(content: Node, node: Node, name: str, places: tuple[str, ...]) -> str:
    at = ", ".join(f"`{place}`" if " " not in place else place for place in places)
    lines = [f"## {name}", "", f"At {at}. {_flat(node.get('description', ''))}".rstrip(), ""]
    lines += ["| Key | What it takes | When left out | Meaning |", "|---|---|---|---|"]
    required = node.get("required", ())
    for key, value in node["properties"].items():
        meaning = _meaning(content, value)
        default = "**required**" if key in required else _default(value)
        lines.append(f"| `{key}` | {_words(content, value)} | {default} | {meaning} |")
    return "\n".join(lines) + "\n"


def _meaning(content: Node, node: Node) -> str:
    """What is said of the key; else what is said of the section or the choices that it holds."""
    held = [node, *node.get("anyOf", ()), node.get("items", {})]
    named = [content["$defs"][n["$ref"].rsplit("/", 1)[1]] for n in held if "$ref" in n]
    texts = (_flat(n.get("description", "")) for n in (node, *named))
    return next((t for t in texts if t and not t.startswith(GENERIC)), "")


def _flat(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _default(node: Node) -> str:
    value = node.get("default")
    if value is None:
        return ""
    if isinstance(value, dict):
        return "its defaults" if value else "none"
    if isinstance(value, list):
        return ", ".join(f"`{_written(node['items'], item)}`" for item in value) or "none"
    return f"`{_written(node, value)}`"


def _written(node: Node, value: Any) -> str:
    """A value as it would stand in a blueprint."""
    if not isinstance(value, str) and node.get("pattern") in WRITTEN:
        return WRITTEN[node["pattern"]](value)
    return value if isinstance(value, str) else json.dumps(value)


def _words(content: Node, node: Node) -> str:
    """What a key takes, in words."""
    if reference := node.get("$ref"):
        return _reference(content, reference.rsplit("/", 1)[1])
    if "const" in node:
        return f"`{json.dumps(node['const']).strip(chr(34))}`"
    if "enum" in node:
        return _choices(node["enum"])
    arms = [arm for arm in (*node.get("anyOf", ()), *node.get("oneOf", ())) if not _null(arm)]
    if arms:
        return " or ".join(dict.fromkeys(_words(content, arm) for arm in arms))
    return _typed(content, node)


def _null(node: Node) -> bool:
    return node.get("type") == "null"


def _reference(content: Node, name: str) -> str:
    target = content["$defs"][name]
    return f"[{name}](#{name.lower()})" if "properties" in target else _words(content, target)


def _choices(values: list[str]) -> str:
    return ", ".join(f"`{value}`" for value in values)


def _typed(content: Node, node: Node) -> str:
    kind = node.get("type")
    if kind == "array":
        return f"list of {_words(content, node['items'])}"
    if kind == "object":
        return _map(content, node)
    if kind == "boolean":
        return "`true`, `false`"
    if kind in ("integer", "number"):
        return ("whole number" if kind == "integer" else "number") + _bounds(node)
    return _text(node) if kind == "string" else "anything"


def _map(content: Node, node: Node) -> str:
    values = list(node.get("patternProperties", {}).values())
    if not values and isinstance(node.get("additionalProperties"), dict):
        values = [node["additionalProperties"]]
    if not values:
        return "map"
    named = node.get("propertyNames", {})
    keys = _reference(content, named["$ref"].rsplit("/", 1)[1]) if "$ref" in named else "names"
    return f"map of {keys} to {_words(content, values[0])}"


def _bounds(node: Node) -> str:
    bounds = (
        ("from", "minimum"), ("above", "exclusiveMinimum"),
        ("to", "maximum"), ("below", "exclusiveMaximum"),
    )  # fmt: skip
    return "".join(f" {word} {node[key]:,g}" for word, key in bounds if key in node)


def _text(node: Node) -> str:
    pattern = node.get("pattern", "")
    if pattern in PATTERNS:
        return PATTERNS[pattern]
    if examples := node.get("examples"):
        return f"such as `{examples[0]}`"
    if choice := re.fullmatch(r"\^\(([a-z0-9|-]+)\)\$", pattern):
        return _choices(choice[1].split("|"))
    return "text"
