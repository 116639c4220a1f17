"""YAML text to nodes, in one pass over the parser's events.

Every limit is checked before anything is built from what exceeds it: the file may come from a
stranger.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import yaml

from modelyard.blueprint.errors import BlueprintError, Location, Problem, dotted, quoted
from modelyard.blueprint.loading.decoding import FORBIDDEN, decode, forbidden
from modelyard.blueprint.loading.node import Node
from modelyard.blueprint.loading.scalars import resolve
from modelyard.blueprint.loading.syntax import syntax_problem

MAX_DEPTH = 50
MAX_NODES = 100_000
MAX_EXPANDED = 10_000
"""Values that aliases may add by repeating what they point to."""
MAX_KEY = 500
MAX_TEXT = 16_384
"""Characters of one value."""
MAX_PROBLEMS = 100

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parse_bytes(content: bytes, file: str) -> Node:
    """The map at the top of a document. Raises BlueprintError with every problem found."""
    text = decode(content, file)
    if problems := list(islice(forbidden(text, file), MAX_PROBLEMS)):
        raise BlueprintError(problems)
    builder = _Builder(text, file)
    root = builder.document()
    if builder.problems or root is None:
        raise BlueprintError(builder.problems)
    return root


class _Stop(Exception):
    """Going on would exceed a limit."""


class _Builder:
    """Nodes from events; what is wrong is kept and the rest still read."""

    def __init__(self, text: str, file: str) -> None:
        self.text, self.file = text, file
        self.problems: list[Problem] = []
        self._events: Iterator[Any] = yaml.parse(text, Loader=_LOADER)
        self._anchors: dict[str, Node | None] = {}
        self._made = 0
        self._expanded = 0

    def document(self) -> Node | None:
        try:
            return self._document()
        except yaml.MarkedYAMLError as error:
            self.problems.append(syntax_problem(error, self.text, self.file))
        except yaml.YAMLError:
            self._problem(None, (), "this is not valid YAML", "check the file")
        except _Stop:
            pass
        return None

    def _document(self) -> Node | None:
        next(self._events)  # the stream
        event = next(self._events)
        if isinstance(event, yaml.StreamEndEvent):
            return self._not_a_map(event, "the file is empty")
        event = next(self._events)
        root = self._node(event, (), 0)
        next(self._events)  # the end of the document
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            then = "keep one blueprint in a file and remove the '---'"
            self._problem(after, (), "a second document begins here", then)
        if root.value is None:
            return self._not_a_map(event, "the file is empty")
        if not isinstance(root.value, dict):
            return self._not_a_map(event, "a blueprint is a map of keys and values")
        return root

    def _not_a_map(self, event: Any, what: str) -> None:
        self._problem(event, (), what, "begin with `modelyard: 1` and `name: my-platform`")

    def _node(self, event: Any, path: tuple[str | int, ...], depth: int) -> Node:
        self._made += 1
        if depth > MAX_DEPTH or self._made > MAX_NODES:
            self._too_much(event, path, depth)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, path, depth)
        if event.tag is not None:
            tag = quoted(event.tag.replace("tag:yaml.org,2002:", "!!"))
            self._problem(event, path, f"the tag {tag} is not used here", "remove the tag")
        if event.anchor is None:
            return self._built(event, path, depth)
        self._anchors[event.anchor] = None  # open: an alias inside would never end
        node = self._anchors[event.anchor] = self._built(event, path, depth)
        return node

    def _built(self, event: Any, path: tuple[str | int, ...], depth: int) -> Node:
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(event, path, depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(event, path, depth)
        return self._scalar(event, path)

    def _mapping(self, start: Any, path: tuple[str | int, ...], depth: int) -> Node:
        values: dict[str, Node] = {}
        keys: dict[str, Location] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, path, depth, keys)
            inner = path if key is None else (*path, key)
            node = self._node(next(self._events), inner, depth + 1)
            if key is not None:
                values[key], keys[key] = node, self._at(event)
        return Node(values, self._at(start), keys=keys)

    def _key(
        self, event: Any, path: tuple[str | int, ...], depth: int, known: dict[str, Location]
    ) -> str | None:
        """The key, or None for one that cannot be used."""
        if not isinstance(event, yaml.ScalarEvent):
            self._node(event, path, depth + 1)
            return self._problem(event, path, "a key has to be a word", _key_advice(self, event))
        key = event.value
        if len(key) > MAX_KEY:
            what = f"this key is longer than {MAX_KEY} characters"
            return self._problem(event, path, what, "check the ':' after it")
        if event.implicit[0] and key == "<<":
            then = "write the keys out, or use `preset` or `environments` to share them"
            return self._problem(event, path, "'<<' does not merge maps here", then)
        if event.tag or (event.implicit[0] and not _is_text(key)):
            return self._problem(
                event, path, f"the key {quoted(key)} is not text", "put it in quotes"
            )
        if key in known:
            what = f"the key {quoted(key)} is here twice; it is on line {known[key].line} already"
            return self._problem(event, (*path, key), what, "keep one of the two")
        return key

    def _sequence(self, start: Any, path: tuple[str | int, ...], depth: int) -> Node:
        items: list[Node] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, (*path, len(items)), depth + 1))
        return Node(items, self._at(start))

    def _scalar(self, event: Any, path: tuple[str | int, ...]) -> Node:
        if len(event.value) > MAX_TEXT:
            what = f"this text is longer than {MAX_TEXT:,} characters"
            self._problem(event, path, what, "keep it in a file of its own, and name that")
            return Node(None, self._at(event))
        if found := FORBIDDEN.search(event.value):
            what = f"an escape makes the invisible character U+{ord(found.group()):04X}"
            self._problem(event, path, what, "remove it")
        if not event.implicit[0]:
            return Node(event.value, self._at(event))
        try:
            return Node(resolve(event.value), self._at(event), event.value)
        except ValueError as error:
            self._problem(event, path, str(error), "write a smaller number, or text in quotes")
            return Node(None, self._at(event), event.value)

    def _alias(self, event: Any, path: tuple[str | int, ...], depth: int) -> Node:
        node = self._anchors.get(event.anchor)
        if node is None:
            inside = event.anchor in self._anchors
            what = "stands inside what it repeats" if inside else "repeats nothing that is known"
            name = quoted("*" + event.anchor)
            self._problem(event, path, f"the alias {name} {what}", "write the value out")
            return Node(None, self._at(event))
        size, height = _extent(node)
        self._expanded += size
        self._made += size
        if self._expanded > MAX_EXPANDED:
            what = f"aliases repeat more than {MAX_EXPANDED:,} values"
            self._problem(event, path, what, "write the values out, or split the blueprint")
            raise _Stop
        if depth + height > MAX_DEPTH:
            self._too_much(event, path, depth + height)
        return node

    def _too_much(self, event: Any, path: tuple[str | int, ...], depth: int) -> None:
        if depth > MAX_DEPTH:
            what = f"values are nested more than {MAX_DEPTH} levels deep"
            self._problem(event, path[:4], what, "no blueprint needs that: check the brackets")
        else:
            what = f"the file holds more than {MAX_NODES:,} values"
            self._problem(event, path, what, "write one blueprint for each team")
        raise _Stop

    def _at(self, event: Any) -> Location:
        mark = event.start_mark
        return Location(self.file, mark.line + 1, mark.column + 1)

    def _problem(self, event: Any, path: tuple[str | int, ...], what: str, then: str) -> None:
        where = self._at(event) if event else Location(self.file, 1, 1)
        self.problems.append(Problem(where, dotted(path), what, next=then))
        if len(self.problems) >= MAX_PROBLEMS:
            raise _Stop


def _extent(node: Node) -> tuple[int, int]:
    """How many values a node stands for, long text counting as several, and how deep it goes."""
    if not isinstance(node.value, (dict, list)):
        return 1 + len(str(node.value)) // 100, 0
    extents = [_extent(child) for child in node.children()]
    size = 1 + sum(size for size, _ in extents)
    return size, 1 + max((height for _, height in extents), default=0)


def _is_text(key: str) -> bool:
    try:
        return isinstance(resolve(key), str)
    except ValueError:
        return False


def _key_advice(builder: _Builder, event: Any) -> str:
    number: int = event.start_mark.line
    line = builder.text.split("\n")[number]
    if "{{" in line:
        return "fill in the template's '{{ … }}' first, or put it in quotes"
    return "write it in quotes if it is text"
