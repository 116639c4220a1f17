"""Whether settings of ingestion have something to set, and an engine what it cannot do without."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.finding import Finding, Findings, Path
from modelyard.blueprint.data_plane import IngestionEngine as I
from modelyard.blueprint.data_plane import ValidationEngine, VersioningEngine

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint

STREAMS = (I.KAFKA, I.MSK, I.MANAGED_KAFKA)
LOADS: Mapping[I | None, tuple[ValidationEngine, str]] = {
    I.STEP_FUNCTIONS: (ValidationEngine.GLUE, "a Glue job"),
    I.WORKFLOWS: (ValidationEngine.DATAPLEX, "a Cloud Run job"),
}
"""What validates before it loads: by what, and which kind of job it runs."""
TABLES = (ValidationEngine.GLUE, ValidationEngine.DATAPLEX)
"""What holds rules against tables."""
BELONGS: dict[str, tuple[str, tuple[str, ...]]] = {
    "topics": ("engine", STREAMS),
    "brokers": ("engine", (I.MSK, I.MANAGED_KAFKA)),
    "load": ("engine", (I.STEP_FUNCTIONS, I.WORKFLOWS)),
    "requirements": ("engine", (I.AIRFLOW,)),
    "database": ("validation", TABLES),
    "rules": ("validation", TABLES),
    "every": ("validation", TABLES),
    "repositories": ("versioning", (VersioningEngine.DVC,)),
    "branch": ("versioning", (VersioningEngine.DVC,)),
    "trust": ("versioning", (VersioningEngine.DVC,)),
    "pool": ("versioning", (VersioningEngine.DVC,)),
}
"""Keys that mean nothing without a certain engine: under which key it is named, and which."""
_EXAMPLES: Mapping[ValidationEngine | None, str] = {
    ValidationEngine.GLUE: 'IsComplete "id"',
    ValidationEngine.DATAPLEX: "id IS NOT NULL",
}
SHORTEST = timedelta(hours=1)
"""The shortest time between two validations of a table."""


def idle_keys(blueprint: Blueprint) -> Findings:
    """No key is set where it would do nothing."""
    ingestion = blueprint.ingestion
    if ingestion is None:
        return
    for key in sorted(ingestion.model_fields_set & BELONGS.keys()):
        chosen, engines = BELONGS[key]
        if getattr(ingestion, chosen) not in engines:
            what = f"'{key}' has no meaning without `{chosen}: {engines[0]}`"
            next = f"remove it, or set {chosen} to {' or '.join(engines)}"
            yield Finding(("ingestion", key), what, next, tuple(engines))
    for key in ("branch", "trust", "pool"):
        if key in ingestion.model_fields_set and not ingestion.repositories:
            what = f"'{key}' is for repositories, and none is named"
            yield Finding(("ingestion", key), what, "add `repositories: [github.com/org/name]`")


def needed_keys(blueprint: Blueprint) -> Findings:
    """What an engine cannot do without."""
    ingestion = blueprint.ingestion
    if ingestion is None:
        return
    at: Path = ("ingestion", "engine")
    if ingestion.engine in (I.MSK, I.MANAGED_KAFKA) and not ingestion.topics:
        what = "nothing says which streams there are, and nobody else may make one"
        yield Finding(at, what, "add `topics: [{name: events}]`")
    if ingestion.validation in _EXAMPLES and not ingestion.rules:
        what = "nothing says what has to hold of the tables"
        next = f"add `rules: [{{table: orders, rules: ['{_EXAMPLES[ingestion.validation]}']}}]`"
        yield Finding(("ingestion", "validation"), what, next)
    if ingestion.engine in LOADS:
        by, job = LOADS[ingestion.engine]
        if ingestion.validation is not by:
            what = f"{ingestion.engine} validates before it loads, and nothing is validated"
            yield Finding(at, what, f"set `validation: {by}` and add `rules`")
        if ingestion.load is None:
            what = f"{ingestion.engine} has nothing to run once the data are validated"
            yield Finding(at, what, f"add `load:` with the name of {job}")


def brokers(blueprint: Blueprint) -> Findings:
    """Brokers that look after their storage themselves have no volume of a certain size, and what
    is bought by processors has no machines to choose.
    """
    asked = blueprint.ingestion.brokers if blueprint.ingestion else None
    if asked and blueprint.ingestion and blueprint.ingestion.engine is I.MANAGED_KAFKA:
        for key in sorted(asked.model_fields_set & {"machine", "size"}):
            what = f"managed-kafka is bought by processors: its brokers have no {key} to choose"
            yield Finding(("ingestion", "brokers", key), what, "remove it, or raise `per_zone`")
        return
    express = asked is not None and (asked.machine or "").startswith("express.")
    if asked is not None and express and "size" in asked.model_fields_set:
        what = f"{asked.machine} has no volume: its storage grows by itself"
        yield Finding(("ingestion", "brokers", "size"), what, "remove it")


def several(blueprint: Blueprint) -> Findings:
    """Streams, tables and repositories are named once; nothing is validated all the time."""
    ingestion = blueprint.ingestion
    if ingestion is None:
        return
    named = {
        "topics": [topic.name for topic in ingestion.topics],
        "rules": [each.table for each in ingestion.rules],
        "repositories": list(ingestion.repositories),
    }
    for key, names in named.items():
        for i, name in enumerate(names):
            if name in names[:i]:
                yield Finding(("ingestion", key, i), f"'{name}' is named twice", "take one out")
    for i, repository in enumerate(ingestion.repositories):
        if repository.startswith("github.com/") and repository.count("/") != 2:
            what = f"{repository} is no repository of GitHub's"
            yield Finding(("ingestion", "repositories", i), what, "write github.com/owner/name")
    if ingestion.every and (ingestion.every < SHORTEST or ingestion.every % SHORTEST):
        what = "rules are held against tables every so many hours"
        yield Finding(("ingestion", "every"), what, "write whole hours or days, such as 6h")


RULES = (idle_keys, needed_keys, brokers, several)
