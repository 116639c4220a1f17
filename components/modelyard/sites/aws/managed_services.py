"""Offers of AWS's other managed services."""

from __future__ import annotations

from modelyard.plan.capability import Capability as C
from modelyard.plan.offers import Offer, SiteOffers

_HERE = "modelyard.sites.aws.services"
_CLUSTER = (C.ACCOUNT, C.KMS, C.CLUSTER, C.IDENTITY)

_KEPT = (C.ACCOUNT, C.KMS, C.OBJECT_STORE)
_RUNS = (C.PIPELINES,)

OFFERS: SiteOffers = {
    C.DEVICES: {
        "native": Offer("modelyard.sites.aws.greengrass.devices:GreengrassDevices", _KEPT),
    },
    # The devices' deployments have all that models on them need.
    C.SERVING: {"greengrass/edge": Offer(None, (C.DEVICES,))},
    C.ARTIFACT_CHECK: {"greengrass/edge": Offer(None, (C.DEVICES,))},
    C.INGESTION: {
        "msk": Offer(f"{_HERE}.kafka:Msk", (*_CLUSTER, C.VPC), _RUNS),
        "airflow": Offer(
            f"{_HERE}.airflow:Airflow",
            (*_KEPT, C.VPC),
            endpoints=("airflow.api", "airflow.env"),
        ),
        "step-functions": Offer(
            f"{_HERE}.step_functions:ValidatedLoad", (C.ACCOUNT, C.KMS, C.VALIDATION)
        ),
    },
    C.VALIDATION: {
        "glue": Offer(f"{_HERE}.data_quality:GlueDataQuality", _KEPT),
    },
    C.VERSIONING: {"dvc": Offer(f"{_HERE}.versioning:DvcRemote", _KEPT, _RUNS)},
    C.METRICS: {
        "native": Offer(
            f"{_HERE}.prometheus:ManagedPrometheus",
            (C.ACCOUNT, C.KMS, C.CLUSTER, C.VPC),
            operators=("kube-prometheus-stack",),
            endpoints=("aps-workspaces",),
        ),
    },
    C.MONITORING: {
        "amazon-managed-prometheus": Offer(
            "modelyard.workloads.monitoring:PrometheusStack",
            (C.CLUSTER, C.IDENTITY, C.SECRETS, C.METRICS),
            (C.INGRESS, C.EAST_WEST),
            operators=("kube-prometheus-stack",),
        ),
    },
    C.GUARDRAILS: {
        "bedrock": Offer(
            f"{_HERE}.guardrails:BedrockGuardrails",
            (C.ACCOUNT, C.KMS, C.IDENTITY),
            endpoints=("bedrock-runtime",),
        ),
    },
    C.RAG: {
        "s3-vectors": Offer(
            f"{_HERE}.vectors:S3Vectors", _CLUSTER, _RUNS, endpoints=("s3vectors",)
        ),
        "opensearch": Offer(f"{_HERE}.opensearch:OpenSearchVectors", (*_CLUSTER, C.VPC), _RUNS),
    },
}
