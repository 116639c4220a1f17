"""The script that copies what is on a bill: POSIX sh around skopeo, helm, hf and rclone."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from modelyard.plan.copies import HUB
from modelyard.review.airgap.item import Kind
from modelyard.workloads.serving.sources import UNUSED

if TYPE_CHECKING:
    from modelyard.review.airgap.bill import Bill
    from modelyard.review.airgap.item import Item

_SAME = Path(__file__).with_name("mirror.sh")
"""What is the same for every platform."""
_NODE_OS = "ubuntu24.04"


def script(bill: Bill) -> str:
    """The whole script: settings, what is the same for all, and a line for each thing."""
    return "\n".join((*_head(bill), _SAME.read_text(encoding="utf-8"), *_lines(bill), ""))


def variable(name: str) -> str:
    """What stands for an address that only the script is told."""
    return f"${name}"


def _head(bill: Bill) -> Iterator[str]:
    """Settings: what the environment says, and what the bill says where that says nothing."""
    target = bill.target
    said = {
        "REGISTRY": target.registry,
        "CHARTS": target.charts,
        "MODELS": target.models,
        "S3_ENDPOINT": bill.store,
        "NODE_OS": _NODE_OS,
    }
    yield "#!/bin/sh"
    yield f"# Written by `modelyard airgap bundle` for {bill.title}. See `sh mirror.sh help`."
    yield "set -eu"
    yield 'KEPT="${KEPT:-$(cd "$(dirname "$0")" && pwd)/kept}"'
    for name, value in said.items():
        known = "" if value == variable(name) else value
        yield f'{name}="${{{name}:-{known}}}"'
    for kind in Kind:
        yield f"HAS_{kind.upper()}S={'yes' if _copied(bill, kind) else ''}"
    yield ""


def _copied(bill: Bill, kind: Kind) -> list[Item]:
    return [item for item in bill.of(kind) if item.copied]


def _lines(bill: Bill) -> Iterator[str]:
    """A call for each item, then what is said at the end."""
    yield "# Options behind a download: formats that no engine reads."
    yield 'unused() {\n  "$@" \\'
    yield " \\\n".join(f"    {shlex.quote(f'--exclude={pattern}')}" for pattern in UNUSED)
    yield "}\n"
    yield from map(_image, _copied(bill, Kind.IMAGE))
    yield from map(_chart, _copied(bill, Kind.CHART))
    yield "chart_index"
    yield from map(_model, _copied(bill, Kind.MODEL))
    yield '[ "$MISSING" = 0 ] || fail "$MISSING of these are not inside. Next: sh mirror.sh"'
    count = sum(len(_copied(bill, kind)) for kind in Kind)
    yield f'say "done: $WHAT of ${{ONLY:-all {count}}}"'


def _image(item: Item) -> str:
    """By digest where one is known: skopeo takes no reference that has a tag as well."""
    tagged, _, digest = item.reference.partition("@")
    name = item.name.partition("@")[0]
    if item.by_system:
        return f'image "{tagged}-$NODE_OS" "{name}-$NODE_OS" ""'
    source = f"{_untagged(tagged)}@{digest}" if digest else tagged
    if _untagged(name) == name:
        name += f":{digest.replace(':', '-')[:19]}" if digest else ":latest"
    return _call("image", source, name, digest)


def _untagged(name: str) -> str:
    """A name without its tag; a colon before the last slash belongs to a registry's port."""
    folder, slash, last = name.rpartition("/")
    return f"{folder}{slash}{last.partition(':')[0]}"


def _chart(item: Item) -> str:
    return _call("chart", item.name, item.version, item.repository or item.reference)


def _model(item: Item) -> str:
    gated = "gated" if item.gated else ""
    without = "" if item.file or item.everything else "unused"
    repository = item.reference.removeprefix(HUB).strip("/")
    return _call("model", repository, item.version, item.name, item.file, gated, without)


def _call(*words: str) -> str:
    return " ".join(map(shlex.quote, words))
