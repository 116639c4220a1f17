"""What Vertex AI's feature store can do with the groups of a blueprint."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.finding import Finding, Findings, Path
from modelyard.blueprint.cron import five_fields
from modelyard.blueprint.data_plane import FeatureEngine, FeatureGroup, FeatureType

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint

FEAST_KEYS = ("online", "offline", "repo", "path")
"""Keys of `features` that configure Feast: BigQuery and Bigtable are the only stores here."""
NAME = re.compile(r"^[a-z][a-z0-9_]*$")
RESERVED = ("arrival_timestamp", "entity_id", "feature_timestamp")
"""Names of Vertex AI's own; source: Vertex AI API reference, Feature."""


def features(blueprint: Blueprint) -> Findings:
    """Groups are declared, and brought online by the clock."""
    store = blueprint.features
    if store is None or store.engine is not FeatureEngine.VERTEX:
        return
    if not store.groups:
        what = "nothing says what Vertex AI's feature store is to hold"
        next_step = "add `groups: [{name: …, key: …, time: …, fields: {…}}]`"
        yield Finding(("features", "groups"), what, next_step)
    for key in sorted(store.model_fields_set & set(FEAST_KEYS)):
        what = f"'{key}' is a setting of Feast, not of Vertex AI's feature store"
        yield Finding(("features", key), what, "remove it, or set `engine: feast`")
    clock = store.materialize
    if clock is not None and not any(group.online for group in store.groups):
        what = "no group is online, so that there is nothing to bring there"
        yield Finding(("features", "materialize"), what, "remove it, or set `online: true`")
    elif clock is not None and not five_fields(clock):
        what = f"Vertex AI cannot say '{clock}'"
        yield Finding(("features", "materialize"), what, "name five fields: `0 * * * *`")


def groups(blueprint: Blueprint) -> Findings:
    """Names, types and settings of each group."""
    store = blueprint.features
    if store is None or store.engine is not FeatureEngine.VERTEX:
        return
    names: set[str] = set()
    for i, group in enumerate(store.groups):
        at: Path = ("features", "groups", i)
        if group.name in names:
            yield Finding((*at, "name"), f"there are two groups '{group.name}'", "rename one")
        names.add(group.name)
        yield from _named(group, at)
        yield from _typed(group, at)
        if group.ttl is not None and not group.online:
            what = "'ttl' is for rows that are online"
            yield Finding((*at, "ttl"), what, "remove it, or set `online: true`")
        if group.throughput is not None:
            what = "Bigtable has nodes, which come by themselves, and no capacity by the second"
            yield Finding((*at, "throughput"), what, "remove it")


def _named(group: FeatureGroup, at: Path) -> Findings:
    for name in sorted({group.key, group.time, *group.fields}):
        if not NAME.fullmatch(name):
            what = f"BigQuery and Vertex AI have no name '{name}' in common"
            yield Finding((*at, "fields"), what, "use lower-case letters, digits and underscores")
        elif name in RESERVED:
            what = f"Vertex AI has a column '{name}' of its own"
            yield Finding((*at, "fields"), what, "give it another name")


def _typed(group: FeatureGroup, at: Path) -> Findings:
    if group.time in group.fields:
        what = f"'{group.time}' tells when, and is a timestamp"
        yield Finding((*at, "fields", group.time), what, "remove it from `fields`")
    if group.fields.get(group.key) is FeatureType.FLOAT:
        what = f"'{group.key}' tells one thing from another, which a float cannot"
        next_step = "make it text or integer"
        yield Finding((*at, "fields", group.key), what, next_step, ("text", "integer"))
    if not group.fields.keys() - {group.key, group.time}:
        what = "there is no feature in this group but its key"
        yield Finding((*at, "fields"), what, "add the features that the table holds")


RULES = (features, groups)
