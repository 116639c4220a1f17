"""A section that a blueprint leaves out is as if it were there and empty."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import modelyard
from modelyard.blueprint.blueprint import Blueprint
from modelyard.blueprint.section import Section


def sections(section: type[Section]) -> Iterator[tuple[str, type[Section]]]:
    for kind in section.__subclasses__():
        if kind.__module__.startswith(Blueprint.__module__.rpartition(".")[0]):
            yield kind.__name__, kind
            yield from sections(kind)


SOURCES = [path.read_text() for path in Path(modelyard.__path__[0]).rglob("*.py")]
NAMES = sorted({name for text in SOURCES for name in re.findall(r"(\w+)\.left_out\(\)", text)})
SECTIONS = dict(sections(Section))


@pytest.mark.parametrize("name", NAMES)
def test_what_is_left_out_is_what_is_empty(name: str) -> None:
    """No validator looks at what is left out: one that minded would be passed over."""
    empty, left_out = SECTIONS[name](), SECTIONS[name].left_out()
    assert empty == left_out
    assert empty.model_fields_set == left_out.model_fields_set == set()
    assert empty.model_dump_json() == left_out.model_dump_json()


def test_every_default_is_looked_at() -> None:
    fields = [field for each in SECTIONS.values() for field in each.model_fields.values()]
    defaults = {type(f.default).__name__ for f in fields if isinstance(f.default, Section)}
    assert {"Jobs", "Resources"} <= defaults <= set(NAMES)
