"""What differs between two sets of inputs, by path, and which of it asks for a new resource."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pulumi.runtime.proto.provider_pb2 import DiffResponse, PropertyDiff
from tests.support.simulated.values import bare

MISSING = object()
Path = tuple[str | int, ...]


def differences(old: Any, new: Any, path: Path = ()) -> Iterator[tuple[Path, PropertyDiff.Kind]]:
    """The deepest paths at which something was added, taken away or changed."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            yield from differences(old.get(key, MISSING), new.get(key, MISSING), (*path, key))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            yield from differences(_at(old, index), _at(new, index), (*path, index))
    elif old is MISSING:
        yield path, PropertyDiff.ADD
    elif new is MISSING:
        yield path, PropertyDiff.DELETE
    elif old != new:
        yield path, PropertyDiff.UPDATE


def _at(items: Sequence[Any], index: int) -> Any:
    return items[index] if index < len(items) else MISSING


def diff(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    immutable: Iterable[str] = (),
    ignored: Iterable[str] = (),
) -> DiffResponse:
    """A provider's answer. `immutable` are dotted prefixes of paths, `*` for all of them."""
    response = DiffResponse(changes=DiffResponse.DIFF_NONE, hasDetailedDiff=True)
    for path, kind in differences(bare(old), bare(new)):
        if _under(path, ignored):
            continue
        replaces = _under(path, immutable)
        text = shown(path)
        response.changes = DiffResponse.DIFF_SOME
        response.diffs.append(str(path[0]))
        response.detailedDiff[text].kind = kind + 1 if replaces else kind
        response.detailedDiff[text].inputDiff = True
        if replaces:
            response.replaces.append(text)
    return response


def _under(path: Path, prefixes: Iterable[str]) -> bool:
    dotted = ".".join(str(part) for part in path)
    return any(p == "*" or dotted == p or dotted.startswith(f"{p}.") for p in prefixes)


def shown(path: Path) -> str:
    """The path as the engine reads it: `a.b[0]["c.d"]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif re.search(r'[."\[\]]', part):
            text += '["{}"]'.format(part.replace('"', '\\"'))
        else:
            text += f".{part}" if text else part
    return text
