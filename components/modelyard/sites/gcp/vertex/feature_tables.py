"""Where features are kept for training: a table of BigQuery for each group, with its history."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pulumi

from modelyard.blueprint.data_plane import FeatureGroup, FeatureType
from modelyard.objects.cloud import CloudResource
from modelyard.sites.gcp.names import underscored

if TYPE_CHECKING:
    from modelyard.sites.gcp.vertex.features import VertexFeaturesArgs

TYPES = {
    FeatureType.FLOAT: "FLOAT",
    FeatureType.INTEGER: "INTEGER",
    FeatureType.TEXT: "STRING",
}
WHEN = "feature_timestamp"
"""The column by which the feature registry tells which row is the newest; source: Vertex AI guide,
prepare data sources.
"""
_TABLE = "gcp:bigquery/table:Table"


class FeatureTable:
    """The table that is written to, and the view of it that the feature registry reads."""

    def __init__(
        self,
        name: str,
        args: VertexFeaturesArgs,
        dataset: CloudResource,
        group: FeatureGroup,
        options: pulumi.ResourceOptions,
    ) -> None:
        self._name, self._args, self._dataset = name, args, dataset
        self.called, self._options = underscored(group.name), options
        self.table = self._table(group)
        self.view = self._view(group)

    @property
    def address(self) -> pulumi.Output[str]:
        """`bq://PROJECT.DATASET.VIEW`."""
        return pulumi.Output.concat(
            f"bq://{self._args.site.project}.",
            self._dataset["datasetId"],
            ".",
            self.view["tableId"],
        )

    def _table(self, group: FeatureGroup) -> CloudResource:
        """By day, so that a training set reads no more than the days that it is about."""
        return self._made(
            self._name,
            tableId=self.called,
            schema=json.dumps(schema(group)),
            timePartitioning={"type": "DAY", "field": group.time},
            clusterings=[group.key],
        )

    def _view(self, group: FeatureGroup) -> CloudResource:
        place = f"{self._args.site.project}."
        query = pulumi.Output.concat(
            f"SELECT {columns(group)} FROM `{place}",
            self._dataset["datasetId"],
            ".",
            self.table["tableId"],
            f"`{newest(group)}",
        )
        return self._made(
            f"{self._name}-view",
            tableId=f"{self.called}_view",
            view={"query": query, "useLegacySql": False},
        )

    def _made(self, name: str, **inputs: Any) -> CloudResource:
        whole = {
            "project": self._args.site.project,
            "datasetId": self._dataset["datasetId"],
            "deletionProtection": self._args.context.protect,
            **inputs,
        }
        seen = {"tableId": str}
        return CloudResource(_TABLE, name, whole, self._options, outputs=seen)


def schema(group: FeatureGroup) -> list[Mapping[str, str]]:
    """Every column with its type; the key is text unless `fields` says otherwise."""
    fields = {group.key: FeatureType.TEXT, **group.fields}
    needed = {"name": group.time, "type": "TIMESTAMP", "mode": "REQUIRED"}
    return [
        needed,
        *(
            {
                "name": name,
                "type": TYPES[kind],
                "mode": "REQUIRED" if name == group.key else "NULLABLE",
            }
            for name, kind in fields.items()
        ),
    ]


def columns(group: FeatureGroup) -> str:
    """All of them, the time by the name that the feature registry knows."""
    own = dict.fromkeys((group.key, *group.fields))
    return ", ".join([*(f"`{name}`" for name in own), f"`{group.time}` AS {WHEN}"])


def newest(group: FeatureGroup) -> str:
    """Older rows stay in the table: they are brought online no more."""
    if group.ttl is None:
        return ""
    seconds = int(group.ttl.total_seconds())
    since = f"TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL {seconds} SECOND)"
    return f" WHERE `{group.time}` > {since}"
