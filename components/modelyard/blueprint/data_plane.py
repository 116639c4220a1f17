"""How data come in and become features: ingestion, validation, versioning, lineage, features."""

from __future__ import annotations

from enum import StrEnum

from modelyard.blueprint.section import Name, Section, Text


class IngestionEngine(StrEnum):
    KAFKA = "kafka"
    MSK = "msk"
    MANAGED_KAFKA = "managed-kafka"
    AIRFLOW = "airflow"
    ARGO = "argo"


class ValidationEngine(StrEnum):
    GREAT_EXPECTATIONS = "great-expectations"
    GLUE = "glue"
    DATAPLEX = "dataplex"


class VersioningEngine(StrEnum):
    DVC = "dvc"


class LineageEngine(StrEnum):
    OPENLINEAGE = "openlineage"
    DATAPLEX = "dataplex"


class Ingestion(Section):
    """How data come in, what checks them, and where their history is kept."""

    engine: IngestionEngine | None = None
    on: Name | None = None
    """The site it stands on."""
    validation: ValidationEngine | None = None
    versioning: VersioningEngine | None = None
    lineage: LineageEngine | None = None


class FeatureEngine(StrEnum):
    FEAST = "feast"
    SAGEMAKER = "sagemaker"
    VERTEX = "vertex"
    HOPSWORKS = "hopsworks"
    TECTON = "tecton"


class OnlineStore(StrEnum):
    REDIS = "redis"
    VALKEY = "valkey"
    POSTGRES = "postgres"
    DYNAMODB = "dynamodb"
    BIGTABLE = "bigtable"


ONLINE_CACHES = (OnlineStore.REDIS, OnlineStore.VALKEY)
"""Online stores that are the site's cache."""


class OfflineStore(StrEnum):
    POSTGRES = "postgres"
    FILES = "files"
    WAREHOUSE = "warehouse"
    """The cloud's own: Redshift or BigQuery."""


class Features(Section):
    """The feature store: one definition of a feature, for training and for serving."""

    engine: FeatureEngine = FeatureEngine.FEAST
    on: Name | None = None
    online: OnlineStore = OnlineStore.VALKEY
    offline: OfflineStore = OfflineStore.POSTGRES
    repo: Text | None = None
    """Git repository of the feature definitions; a new, empty project when left out."""
    path: Text = "."
    """Folder inside the repository that holds the feature definitions."""
    materialize: Text | None = None
    """Cron schedule on which features are brought into the online store."""
