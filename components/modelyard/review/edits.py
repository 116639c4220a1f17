"""What differs between two values, by path: of a resource's inputs, or of a blueprint.

Items of a list are told apart by their names where all have one, else by their place; lists of
words by what is in one and not in the other. JSON inside of a text is looked into, because that is
how clouds take their policies.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum
from typing import Any

from modelyard.blueprint.errors import dotted, one_line
from modelyard.recorder.values import Secret, plain

Path = tuple[str | int, ...]
_SYMBOL = re.compile(r"\$\{[^{}]+\}")
_NAMES = ("name", "key", "topicKey", "id")
_TEXT = 60


class _Missing(Enum):
    MISSING = "missing"


MISSING = _Missing.MISSING
"""In place of a value where there is none."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One difference. Values are plain: secrets are masked, before and after."""

    path: Path
    before: Any
    after: Any

    @property
    def at(self) -> str:
        """The path in words: `spec.containers[server].image`."""
        return one_line(dotted(self.path))

    @property
    def known_as(self) -> str:
        """The path without the places in lists, as the catalog has it."""
        return _property(self.path)

    @property
    def properties(self) -> tuple[str, ...]:
        """The property, and those inside of what comes or goes as a whole."""
        sides = (self.before, self.after) if MISSING in (self.before, self.after) else ()
        inside = (each for side in sides for each in _inside(self.path, side))
        return tuple(dict.fromkeys((self.known_as, *inside)))

    def json(self) -> Mapping[str, Any]:
        """A value that is not there is not among the keys."""
        sides = {"before": self.before, "after": self.after}
        return {"path": self.at, **{k: v for k, v in sides.items() if v is not MISSING}}

    def __str__(self) -> str:
        if self.before is MISSING:
            return f"{self.at}: + {written(self.after)}"
        if self.after is MISSING:
            return f"{self.at}: - {written(self.before)}"
        return f"{self.at}: {written(self.before)} -> {written(self.after)}"


def _property(path: Path) -> str:
    return ".".join(p for p in path if isinstance(p, str) and not p.startswith("["))


def _inside(path: Path, value: Any) -> Iterator[str]:
    items = value.items() if isinstance(value, dict) else ()
    items = enumerate(value) if isinstance(value, list) else items
    for key, item in items:
        yield _property((*path, key))
        yield from _inside((*path, key), item)


def written(value: Any) -> str:
    """A value in few words, on one line."""
    if value is MISSING:
        return "-"
    value = int(value) if isinstance(value, float) and value.is_integer() else value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = one_line(text)
    return text if len(text) <= _TEXT else text[: _TEXT - 1] + "…"


def edits(before: Any, after: Any, path: Path = (), *, known: bool = True) -> Iterator[Edit]:
    """The deepest differences. Not `known`: what `after` knows only once it is deployed, and any
    secret, is taken for the same, because what is deployed has values there.
    """
    if _same(before, after, known):
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}):
            here = (*path, str(key))
            yield from edits(before.get(key, MISSING), after.get(key, MISSING), here, known=known)
    elif isinstance(before, (list, tuple)) and isinstance(after, (list, tuple)):
        yield from _lists(before, after, path, known)
    elif (inside := _documents(before, after)) is not None:
        yield from edits(*inside, path, known=known)
    else:
        yield Edit(path, plain(before), plain(after))


def _same(before: Any, after: Any, known: bool) -> bool:
    if isinstance(before, Secret) or isinstance(after, Secret):
        there = MISSING not in (before, after)
        return before == after or (there and not known)
    if not known and isinstance(after, str) and before is not MISSING and "${" in after:
        return _fits(before, after)
    if isinstance(before, (dict, list)):
        return before is after  # equal ones may hold `true` here and 1 there
    return (type(before) is type(after) and before == after) or _number(before, after)


def _number(before: Any, after: Any) -> bool:
    """Engines keep whole numbers as they like."""
    numbers = (int, float)
    if isinstance(before, bool) or isinstance(after, bool):
        return False
    return isinstance(before, numbers) and isinstance(after, numbers) and before == after


def _fits(before: Any, after: str) -> bool:
    """Could a text with symbols in it be the one that is deployed?"""
    if _SYMBOL.fullmatch(after):
        return True
    if not isinstance(before, str):
        return False
    first, *rest = _SYMBOL.split(after)
    if not rest or not before.startswith(first):
        return before == after
    at = len(first)
    for piece in rest[:-1]:  # each as early as it can be leaves the most for the others
        if (found := before.find(piece, at)) < 0:
            return False
        at = found + len(piece)
    return before.endswith(rest[-1]) and len(before) - len(rest[-1]) >= at


def _documents(before: Any, after: Any) -> tuple[Any, Any] | None:
    """Two texts as the JSON that they are."""
    if not (isinstance(before, str) and isinstance(after, str)):
        return None
    if before[:1] not in ("{", "[") or after[:1] not in ("{", "["):
        return None
    try:
        found = json.loads(before), json.loads(after)
    except (ValueError, RecursionError):
        return None
    return found if found[0] != found[1] else None


def _lists(before: Sequence[Any], after: Sequence[Any], path: Path, known: bool) -> Iterator[Edit]:
    old, new = _by_name(before), _by_name(after)
    if old is not None and new is not None and (old or new):
        for name in dict.fromkeys((*old, *new)):
            here = (*path, f"[{name}]")
            yield from edits(old.get(name, MISSING), new.get(name, MISSING), here, known=known)
    elif _words(before) and _words(after):
        yield from _sets(before, after, path, known)
    else:
        yield from _places(before, after, path, known)


def _by_name(items: Sequence[Any]) -> dict[str, Any] | None:
    """The items by what names them; None where that tells them not apart."""
    if not items:
        return {}
    for key in _NAMES:
        names = [item.get(key) for item in items if isinstance(item, Mapping)]
        texts = [name for name in names if isinstance(name, str)]
        if len(set(texts)) == len(items):
            return dict(zip(texts, items, strict=True))
    return None


def _words(items: Sequence[Any]) -> bool:
    return all(isinstance(item, (str, int, float)) for item in items)


def _sets(before: Sequence[Any], after: Sequence[Any], path: Path, known: bool) -> Iterator[Edit]:
    old, new = set(before), set(after)
    gone = [item for item in before if item not in new]
    added = [item for item in after if item not in old]
    if not known:  # what is not known yet may be any of those that are there
        open = [item for item in added if isinstance(item, str) and "${" in item]
        added = [item for item in added if item not in open]
        for item in open:
            fitting = next((each for each in gone if _fits(each, item)), None)
            gone = [each for each in gone if each is not fitting]
            added += [] if fitting is not None else [item]
    yield from (Edit((*path, "[]"), item, MISSING) for item in gone)
    yield from (Edit((*path, "[]"), MISSING, item) for item in added)
    if known and not gone and not added and list(before) != list(after):
        yield Edit(path, list(before), list(after))  # in another order


def _places(before: Sequence[Any], after: Sequence[Any], path: Path, known: bool) -> Iterator[Edit]:
    texts = [[json.dumps(plain(item), sort_keys=True) for item in side] for side in (before, after)]
    matcher = SequenceMatcher(None, *texts, autojunk=False)
    for _, start, end, new_start, new_end in (o for o in matcher.get_opcodes() if o[0] != "equal"):
        for offset in range(max(end - start, new_end - new_start)):
            old, new = start + offset, new_start + offset
            left = before[old] if old < end else MISSING
            right = after[new] if new < new_end else MISSING
            place = new if right is not MISSING else old
            yield from edits(left, right, (*path, place), known=known)
