"""`jobs-settings.md`: what every job is told, from the models that read it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from inspect import cleandoc
from typing import Any

from modelyard_jobs import config
from modelyard_jobs.jobs import JOBS, module_of

Node = Mapping[str, Any]

INTRODUCTION = """# What jobs are told

Every key of a job's configuration, which is one JSON document. The plan writes it; by hand it works
as well: `modelyard-job config.json`. What jobs measure and how they judge is in [jobs](jobs.md).
"""
SECTIONS: dict[str, type[config.Section]] = {
    "model": config.Model,
    "data": config.Data,
    "output": config.Output,
}


def page() -> str:
    """The whole page."""
    parts = [INTRODUCTION, "## Every job\n\n" + _table(dict(_of_all()))]
    for job in JOBS:
        module = module_of(job)
        keys = dict(_keys(module.Settings.model_json_schema(), "settings."))
        table = _table(keys) if keys else "It takes no settings.\n"
        parts.append(f"## {job}\n\n{cleandoc(module.__doc__)}\n\n{table}")
    return "\n".join(parts)


def _of_all() -> Iterator[tuple[str, Node]]:
    yield "job", {"type": "string", "description": f"One of {', '.join(f'`{j}`' for j in JOBS)}."}
    for name, section in SECTIONS.items():
        yield from _keys(section.model_json_schema(), f"{name}.")


def _keys(schema: Node, prefix: str, node: Node | None = None) -> Iterator[tuple[str, Node]]:
    """Every key with its description; those of a section within by their whole path."""
    for name, key in (node or schema).get("properties", {}).items():
        inner = _section(schema, key)
        if inner is None:
            yield f"{prefix}{name}", key
        else:
            yield from _keys(schema, f"{prefix}{name}.", inner)


def _section(schema: Node, key: Node) -> Node | None:
    references = [each["$ref"] for each in (key, *key.get("anyOf", ())) if "$ref" in each]
    named = [schema["$defs"][each.rpartition("/")[2]] for each in references]
    return next((each for each in named if "properties" in each), None)


def _table(keys: Mapping[str, Node]) -> str:
    lines = ["| Key | Left out | |", "| --- | --- | --- |"]
    for path, key in keys.items():
        text = " ".join(key.get("description", "").split()).replace("|", "\\|")
        lines.append(f"| `{path}` | {_default(key)} | {text} |")
    return "\n".join(lines) + "\n"


def _default(key: Node) -> str:
    if "default" not in key:
        return "—" if key.get("anyOf") or key.get("$ref") else "required"
    if key["default"] in (None, "", [], {}):
        return "—"
    return f"`{json.dumps(_brief(key['default']))}`".replace('"', "")


def _brief(value: Any) -> Any:
    """Without what a section within leaves out."""
    if isinstance(value, Mapping):
        return {name: _brief(each) for name, each in value.items() if each is not None}
    return value
