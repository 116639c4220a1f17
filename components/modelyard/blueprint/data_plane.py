"""How data come in and become features: ingestion, validation, versioning, lineage, features."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from modelyard.blueprint.section import Flag, Name, Positive, Section, Text
from modelyard.blueprint.units import Duration, Memory


class IngestionEngine(StrEnum):
    KAFKA = "kafka"
    MSK = "msk"
    MANAGED_KAFKA = "managed-kafka"
    AIRFLOW = "airflow"
    STEP_FUNCTIONS = "step-functions"
    WORKFLOWS = "workflows"
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


TableName = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,255}$")]
Repository = Annotated[
    str,
    Field(pattern=r"^(github\.com|gitlab\.com)(/[A-Za-z0-9_][A-Za-z0-9._-]{0,99}){2,6}$"),
]
"""Host and path of a repository: `github.com/acme/churn-data`."""


class Topic(Section):
    """One stream of events."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$")]
    partitions: Annotated[int, Field(strict=True, ge=1, le=1000)] = 6
    keep: Duration | None = None
    """How long events stay; a week when left out."""


class Brokers(Section):
    """The servers of a managed Kafka."""

    per_zone: Annotated[int, Field(strict=True, ge=1, le=5)] = 1
    machine: Text | None = None
    """The cloud's name of the machine."""
    size: Memory = 100 * 2**30
    """Of each broker's volume."""


class TableRules(Section):
    """What has to hold of one table before anybody may train on it."""

    table: TableName
    rules: Annotated[tuple[Text, ...], Field(min_length=1, max_length=100)]
    """In the language of the engine. For Glue in DQDL: `IsComplete "customer_id"`. For Dataplex in
    SQL: a condition that every row meets (`amount > 0`), or a query for the rows that break a rule
    (`SELECT id FROM ${data()} GROUP BY id HAVING COUNT(*) > 1`)."""


class Ingestion(Section):
    """How data come in, what checks them, and where their history is kept."""

    engine: IngestionEngine | None = None
    on: Name | None = None
    """The site it stands on."""
    validation: ValidationEngine | None = None
    versioning: VersioningEngine | None = None
    lineage: LineageEngine | None = None
    topics: Annotated[tuple[Topic, ...], Field(max_length=200)] = ()
    """Streams of events; only for an engine that has such."""
    brokers: Brokers | None = None
    """What the streams stand on; the smallest that serves the purpose when left out."""
    database: TableName | None = None
    """Catalog's database (on Google Cloud: dataset of BigQuery) of the tables that are validated; a
    new one when left out."""
    rules: Annotated[tuple[TableRules, ...], Field(max_length=100)] = ()
    every: Duration | None = None
    """How often the rules are held against the tables; daily when left out."""
    load: Text | None = None
    """Job that runs once the rules are met: of Glue on AWS, of Cloud Run on Google Cloud."""
    requirements: Annotated[tuple[Text, ...], Field(max_length=500)] = ()
    """Packages that workflows need, as `requirements.txt` has them; only for Airflow."""
    repositories: Annotated[tuple[Repository, ...], Field(max_length=50)] = ()
    """Repositories whose pipelines read and write the data under version control."""
    branch: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$")] = "main"
    """The branch on which they may."""
    trust: Literal["create", "attach"] = "create"
    """`attach` where the account knows the forges (on AWS: has their OIDC providers) already."""
    pool: Annotated[str, Field(pattern=r"^[a-z0-9-]{4,32}$")] | None = None
    """On Google Cloud, with `trust: attach`: the workload identity pool that knows the forges; it
    maps `google.subject` to `assertion.sub`."""


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


class FeatureType(StrEnum):
    FLOAT = "float"
    INTEGER = "integer"
    TEXT = "text"


FeatureName = Annotated[str, Field(pattern=r"^[a-zA-Z0-9]([-_]?[a-zA-Z0-9]){0,63}$")]


class Throughput(Section):
    """Capacity of an online store that is paid for all month, instead of by request."""

    reads: Positive
    """Units a second: one for each 4 KB."""
    writes: Positive
    """Units a second: one for each KB."""


class FeatureGroup(Section):
    """Features of one thing, with the time at which each row became true."""

    name: Name
    key: FeatureName
    """The feature that tells one thing from another."""
    time: FeatureName
    """The feature that tells when; as text in ISO 8601 unless `fields` gives it another type."""
    fields: Annotated[dict[FeatureName, FeatureType], Field(min_length=1, max_length=2500)]
    online: Flag = True
    """Whether the newest rows can be read while serving."""
    ttl: Duration | None = None
    """How long a row stays online; for ever when left out."""
    throughput: Throughput | None = None


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
    groups: Annotated[tuple[FeatureGroup, ...], Field(max_length=100)] = ()
    """What a cloud's own feature store holds; Feast reads its definitions from `repo`."""
