"""Engines of the clouds: each in the spelling of its own cloud."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import googleapiclient.discovery_cache as discovery
import pytest

from modelyard.catalog.engines import engine

DOCUMENTS = Path(discovery.__file__).with_name("documents")


def _enum(api: str, schema: str, field: str) -> list[Any]:
    document = json.loads((DOCUMENTS / f"{api}.json").read_bytes())
    return document["schemas"][schema]["properties"][field]["enum"]


@pytest.mark.parametrize("id", ["postgres", "valkey", "redis"])
def test_both_clouds_have_it(id: str) -> None:
    assert engine("aws", id).family
    assert not engine("gcp", id).family
    assert engine("gcp", id).version.startswith(id.upper())


@pytest.mark.parametrize(
    ("id", "api", "schema"),
    [
        ("postgres", "sqladmin.v1", "DatabaseInstance"),
        ("alloydb", "alloydb.v1", "Cluster"),
    ],
)
def test_a_version_of_google_s_is_one_of_the_api(id: str, api: str, schema: str) -> None:
    assert engine("gcp", id).version in _enum(api, schema, "databaseVersion")


def test_an_engine_that_a_cloud_does_not_have_names_those_that_it_has() -> None:
    with pytest.raises(KeyError, match="postgres, valkey, redis"):
        engine("aws", "alloydb")
