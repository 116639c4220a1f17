"""Offers of Google's other managed services."""

from __future__ import annotations

from modelyard.plan.capability import Capability as C
from modelyard.plan.offers import Offer, SiteOffers

_HERE = "modelyard.sites.gcp.services"
_CLUSTER = (C.ACCOUNT, C.KMS, C.CLUSTER, C.IDENTITY)
_KEPT = (C.ACCOUNT, C.KMS, C.OBJECT_STORE)
_RUNS = (C.PIPELINES,)

OFFERS: SiteOffers = {
    C.INGESTION: {
        "managed-kafka": Offer(
            f"{_HERE}.kafka:ManagedKafka", (*_CLUSTER, C.VPC), _RUNS, endpoints=("managedkafka",)
        ),
        "airflow": Offer(f"{_HERE}.airflow:Airflow", (*_KEPT, C.VPC), endpoints=("composer",)),
        "workflows": Offer(
            f"{_HERE}.workflows:ValidatedLoad",
            (C.ACCOUNT, C.KMS, C.VALIDATION),
            endpoints=("cloudscheduler", "run", "workflowexecutions", "workflows"),
        ),
    },
    C.VALIDATION: {
        "dataplex": Offer(
            f"{_HERE}.data_quality:DataplexQuality", _KEPT, endpoints=("bigquery", "dataplex")
        ),
    },
    C.VERSIONING: {
        "dvc": Offer(f"{_HERE}.versioning:DvcRemote", (C.ACCOUNT, C.OBJECT_STORE), _RUNS)
    },
    # Google's services tell of what they read and write by themselves once the API is on.
    C.LINEAGE: {"dataplex": Offer(None, (C.ACCOUNT,), endpoints=("datalineage",))},
    C.METRICS: {
        "native": Offer(
            f"{_HERE}.prometheus:ManagedPrometheus",
            (C.ACCOUNT, C.CLUSTER),
            operators=("kube-prometheus-stack",),
        ),
    },
    C.MONITORING: {
        "google-managed-prometheus": Offer(
            "modelyard.workloads.monitoring:PrometheusStack",
            (C.CLUSTER, C.IDENTITY, C.SECRETS, C.METRICS),
            (C.INGRESS, C.EAST_WEST),
            operators=("kube-prometheus-stack",),
        ),
    },
    C.GUARDRAILS: {
        "model-armor": Offer(
            f"{_HERE}.guardrails:ModelArmor",
            (C.ACCOUNT, C.IDENTITY),
            endpoints=("dlp", "modelarmor"),
        ),
    },
    C.RAG: {
        "vertex": Offer(
            f"{_HERE}.vectors:VectorSearch", (*_CLUSTER, C.VPC), _RUNS, endpoints=("aiplatform",)
        ),
    },
}
