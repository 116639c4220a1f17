"""The JSON Schema of blueprints, with the docstrings under the fields as descriptions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from modelyard.blueprint.blueprint import Blueprint
from modelyard.blueprint.loading.descriptions import descriptions
from modelyard.blueprint.section import Section

ADDRESS = "https://json-schema.org/draft/2020-12/schema"


def text() -> str:
    """The schema as it is kept in `blueprints/blueprint.schema.json`."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def schema() -> dict[str, Any]:
    """The schema. Overlays and presets make files valid that hold less; `check` knows them."""
    content = Blueprint.model_json_schema(by_alias=True)
    sections = {section.__name__: section for section in _sections(Section)}
    for name, definition in content["$defs"].items():
        if name in sections:
            _describe(definition, sections[name])
    _describe(content, Blueprint)
    return {"$schema": ADDRESS, **content}


def _sections(section: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for kind in section.__subclasses__():
        yield kind
        yield from _sections(kind)


def _describe(definition: dict[str, Any], section: type[BaseModel]) -> None:
    texts, written = descriptions(section), _defaults(section)
    for name, field in section.model_fields.items():
        known = definition.get("properties", {}).get(field.alias or name)
        if known is not None and name in texts:
            known["description"] = texts[name]
        if known is not None and "default" in known and name in written:
            known["default"] = written[name]


def _defaults(section: type[BaseModel]) -> dict[str, Any]:
    """Defaults as a person would write them: `50Gi`, and not a number of bytes."""
    required = {name for name, field in section.model_fields.items() if field.is_required()}
    return section.model_construct().model_dump(mode="json", exclude=required)
