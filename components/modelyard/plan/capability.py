"""What a platform is made of."""

from __future__ import annotations

from enum import StrEnum


class Capability(StrEnum):
    """A part of the platform that stands on a site. The value names it in plans and resources."""

    # what a cloud gives besides what every site does
    ACCOUNT = "account"
    """The account or project, with the provider of everything in it."""
    VPC = "vpc"
    KMS = "kms"
    """The keys under which everything rests."""
    DETECTION = "detection"
    """Watches the account for intruders and leaks."""
    # what a site gives
    NETWORK = "network"
    KEYS = "keys"
    OBJECT_STORE = "object-store"
    DATABASE = "database"
    CACHE = "cache"
    CLUSTER = "cluster"
    GPU_POOL = "gpu-pool"
    IDENTITY = "identity"
    SECRETS = "secrets"
    IMAGE_REGISTRY = "image-registry"
    AUDIT_LOG = "audit-log"
    BUDGET = "budget"
    INGRESS = "ingress"
    BORDER = "border"
    """Where links leave a cloud's network: its router, and its gateway for tunnels."""
    LINK = "link"
    """One end of a way to another site."""
    EAST_WEST = "east-west-gateway"
    """Where other sites come in that show a certificate."""
    ENDPOINT_SERVICE = "endpoint-service"
    """The way in, as networks of the same cloud reach it that are joined to this one in no other
    way."""
    AIRGAP = "airgap"
    DEVICES = "devices"
    """Machines of one's own that a cloud tells what to run."""
    # what stands on it
    INGESTION = "ingestion"
    VALIDATION = "validation"
    VERSIONING = "versioning"
    LINEAGE = "lineage"
    FEATURES = "features"
    TRACKING = "tracking"
    REGISTRY = "registry"
    REPLICATION = "replication"
    """Brings versions of the registry into a copy of it."""
    PIPELINES = "pipelines"
    SERVING = "serving"
    AUTOSCALING = "autoscaling"
    METRICS = "metrics"
    """Where metrics are kept outside the cluster."""
    MONITORING = "monitoring"
    ACCESS = "access"
    GOVERNANCE = "governance"
    # what happens to a model
    RETRAINING = "retraining"
    RETRAINING_TRIGGER = "retraining-trigger"
    PROMOTION = "promotion"
    BENCHMARK = "benchmark"
    SHADOW = "shadow"
    FAIRNESS = "fairness"
    CHECKS = "checks"
    """What holds a model to its limits, on a clock."""
    DRIFT = "drift"
    PERFORMANCE = "performance"
    EXPLAINABILITY = "explainability"
    FRESHNESS = "freshness"
    PERSONAL_DATA = "personal-data"
    ROBUSTNESS = "robustness"
    PARITY = "parity"
    ARTIFACT_CHECK = "artifact-check"
    # what language models need around them
    GATEWAY = "gateway"
    LLM_CACHE = "llm-cache"
    TOKEN_BUDGETS = "token-budgets"
    GUARDRAILS = "guardrails"
    PROMPTS = "prompts"
    EVALUATION = "evaluation"
    RAG = "rag"

    @property
    def field(self) -> str:
        """How the capability is called where it is an argument: `object_store`."""
        return self.value.replace("-", "_")
