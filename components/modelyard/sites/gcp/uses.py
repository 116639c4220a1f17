"""Which of Google's services encrypt with the platform's keys, each as an agent of its own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from modelyard.contracts.kms import Encrypts

E = Encrypts


@dataclass(frozen=True)
class Encrypting:
    """One use of a key.

    `agent` is what comes before `.iam.gserviceaccount.com` in the name of the service's identity;
    `service`: the API under whose name that identity is made, where it is not there by itself;
    `type`: what Autokey calls that which is encrypted, where it knows it; `before`: what stands
    before the project's number in the name of the identity.
    """

    purpose: Encrypts
    agent: str
    service: str | None = None
    type: str | None = None
    before: str = "service"


class Use(Enum):
    """Source: service agents reference, and each service's guide to keys of one's own."""

    AIRFLOW = Encrypting(E.DATA, "cloudcomposer-accounts", "composer")
    AIRFLOW_FILES = Encrypting(E.DATA, "gs-project-accounts")
    ALLOYDB = Encrypting(E.DATA, "gcp-sa-alloydb", "alloydb")
    AUDIT = Encrypting(E.LOGS, "gs-project-accounts")
    BIGQUERY = Encrypting(
        E.DATA, "bigquery-encryption", None, "bigquery.googleapis.com/Dataset", "bq"
    )
    BUCKETS = Encrypting(E.DATA, "gs-project-accounts", None, "storage.googleapis.com/Bucket")
    CLUSTER = Encrypting(
        E.SECRETS, "container-engine-robot", "container", "container.googleapis.com/Cluster"
    )
    DATABASE = Encrypting(
        E.DATA, "gcp-sa-cloud-sql", "sqladmin", "sqladmin.googleapis.com/Instance"
    )
    DISKS = Encrypting(E.DATA, "compute-system", None, "compute.googleapis.com/Disk")
    IMAGES = Encrypting(
        E.DATA,
        "gcp-sa-artifactregistry",
        "artifactregistry",
        "artifactregistry.googleapis.com/Repository",
    )
    KAFKA = Encrypting(E.DATA, "gcp-sa-managedkafka", "managedkafka")
    REDIS = Encrypting(E.DATA, "cloud-redis", "redis", "redis.googleapis.com/Instance")
    RUN = Encrypting(E.DATA, "serverless-robot-prod", "run", "run.googleapis.com/Service")
    SECRETS = Encrypting(
        E.SECRETS, "gcp-sa-secretmanager", "secretmanager", "secretmanager.googleapis.com/Secret"
    )
    TOPICS = Encrypting(E.LOGS, "gcp-sa-pubsub", "pubsub", "pubsub.googleapis.com/Topic")
    VALKEY = Encrypting(E.DATA, "gcp-sa-memorystore", "memorystore")
    VERTEX = Encrypting(E.DATA, "gcp-sa-aiplatform", "aiplatform")
    WORKFLOWS = Encrypting(E.DATA, "gcp-sa-workflows", "workflows")
