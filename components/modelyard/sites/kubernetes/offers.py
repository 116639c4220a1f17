"""What a Kubernetes cluster provides, and by what."""

from __future__ import annotations

from modelyard.plan.capability import Capability as C
from modelyard.plan.far import REMOTE
from modelyard.plan.offers import Offer, SiteOffers, joined

_HERE = "modelyard.sites.kubernetes"
_WORKLOADS = "modelyard.workloads"

_BASE = (C.CLUSTER, C.IDENTITY)
_SERVER = (*_BASE, C.SECRETS)
_MODEL = (*_SERVER, C.GOVERNANCE, C.NETWORK)
_LIFECYCLE = (*_SERVER, C.REGISTRY, C.PIPELINES, C.OBJECT_STORE)
WATCHING = (*_BASE, C.NETWORK, C.OBJECT_STORE, C.MONITORING)
"""What jobs need that watch a model, whoever serves it."""
CHECKED, ALERTED = (
    f"{_WORKLOADS}.model_checks:ModelChecks",
    f"{_WORKLOADS}.verdict_trigger:VerdictTrigger",
)
_SEEN = (C.INGRESS, C.MONITORING)
_OPEN = (*_SEEN, C.EAST_WEST)
_SENT = (C.INGRESS, C.EAST_WEST, C.METRICS)
"""Ways in and out of what metrics there are."""
_SERVING = (
    *(*_OPEN, C.FEATURES, C.REGISTRY, C.OBJECT_STORE, C.GPU_POOL),
    *(C.GUARDRAILS, C.RAG),
)

BY_CERTIFICATE = {
    "public-mtls": Offer(),
    "public-mtls/out": Offer(
        f"{_WORKLOADS}.egress_gateway:EgressGateway", _SERVER, (C.INGRESS, C.MONITORING)
    ),
}
"""Ends of links by certificate: those where something of the other end is asked for, and others."""

FACILITIES: SiteOffers = {
    C.CLUSTER: {"attach": Offer(f"{_HERE}.cluster:AttachedCluster")},
    C.IDENTITY: {"service-accounts": Offer(f"{_HERE}.identity:Namespaces", (C.CLUSTER,))},
    C.NETWORK: {"network-policies": Offer(f"{_HERE}.network:DefaultDeny", _BASE)},
    C.SECRETS: {
        "native": Offer(f"{_HERE}.secrets:NativeSecrets", _BASE),
        "external-secrets": Offer(
            f"{_HERE}.secrets:ExternalSecrets", _BASE, operators=("external-secrets",)
        ),
    },
    C.KEYS: {
        "cert-manager": Offer(f"{_HERE}.keys:PlatformCa", _BASE, operators=("cert-manager",)),
        "attach": Offer(f"{_HERE}.keys:AttachedIssuer", _BASE, operators=("cert-manager",)),
    },
    C.OBJECT_STORE: {
        "seaweedfs": Offer(f"{_HERE}.object_store:SeaweedFs", _SERVER),
        "attach": Offer(f"{_HERE}.object_store:AttachedStore", _SERVER),
    },
    C.DATABASE: {
        "postgres": Offer(f"{_HERE}.postgres:Postgres", _SERVER, (C.KEYS,)),
        "cloudnative-pg": Offer(
            f"{_HERE}.cloudnative_pg:CloudNativePg",
            _SERVER,
            (C.KEYS,),
            operators=("cloudnative-pg",),
        ),
        "attach": Offer(f"{_HERE}.database:AttachedDatabase", _SERVER, (C.KEYS,)),
    },
    C.CACHE: {
        "valkey": Offer(f"{_HERE}.cache:CacheServer", _SERVER),
        "redis": Offer(f"{_HERE}.cache:CacheServer", _SERVER),
        "attach": Offer(f"{_HERE}.cache:AttachedCache", _SERVER),
    },
    C.GPU_POOL: {
        "device-plugin": Offer(
            f"{_HERE}.gpu_pool:DeclaredGpus", _BASE, operators=("nvidia-device-plugin",)
        ),
        "gpu-operator": Offer(f"{_HERE}.gpu_pool:DeclaredGpus", _BASE, operators=("gpu-operator",)),
        "attach": Offer(f"{_HERE}.gpu_pool:DeclaredGpus", _BASE),
    },
    C.INGRESS: {
        "envoy-gateway": Offer(
            f"{_HERE}.ingress:EnvoyGateway", _BASE, (C.KEYS,), operators=("envoy-gateway",)
        ),
        "attach": Offer(f"{_HERE}.ingress:AttachedGateway", _BASE, (C.KEYS,)),
    },
    C.EAST_WEST: {
        "envoy-gateway": Offer(
            f"{_HERE}.east_west:EastWestGateway",
            (*_SERVER, C.INGRESS),
            operators=("envoy-gateway",),
        )
    },
    # Its owner's network, of which the plan says what has to be configured.
    C.LINK: {
        **{engine: Offer() for engine in ("vpn", "vpn/aws", "vpn/gcp")},
        **{engine: Offer() for engine in ("direct-connect/aws", "interconnect/gcp")},
        **BY_CERTIFICATE,
    },
    C.IMAGE_REGISTRY: {"attach": Offer(f"{_HERE}.image_registry:Mirror", (C.IDENTITY, C.SECRETS))},
    C.AIRGAP: {"mirror": Offer(None, (C.CLUSTER,))},
    C.AUDIT_LOG: {
        "policy": Offer(f"{_HERE}.audit_log:AuditPolicy", _BASE),
        "attach": Offer(f"{_HERE}.audit_log:AttachedAuditLog", _BASE),
    },
    C.BUDGET: {
        "quota": Offer(f"{_HERE}.budget:Quotas", _BASE, (C.MONITORING,)),
        "opencost": Offer(
            f"{_HERE}.budget:OpenCost", (*_BASE, C.MONITORING), operators=("opencost",)
        ),
    },
}

WORKLOADS: SiteOffers = {
    C.ACCESS: {"rbac": Offer(f"{_WORKLOADS}.access:Roles", _BASE)},
    C.GOVERNANCE: {
        "admission-policies": Offer(f"{_WORKLOADS}.governance:AdmissionPolicies", _BASE)
    },
    C.MONITORING: {
        "prometheus": Offer(
            f"{_WORKLOADS}.monitoring:PrometheusStack",
            _SERVER,
            _SENT,
            operators=("kube-prometheus-stack",),
        ),
        "attach": Offer(f"{_WORKLOADS}.monitoring:AttachedPrometheus", _SERVER, _SENT),
        # Its own, which sends all that it has to the other site's.
        REMOTE: Offer(
            f"{_WORKLOADS}.monitoring:PrometheusStack",
            _SERVER,
            _SENT,
            operators=("kube-prometheus-stack",),
        ),
    },
    C.REGISTRY: {
        "mlflow": Offer(
            f"{_WORKLOADS}.mlflow:MlflowServer", (*_SERVER, C.DATABASE, C.OBJECT_STORE), _OPEN
        ),
        REMOTE: Offer(f"{_WORKLOADS}.remote_registry:RemoteRegistry", (C.IDENTITY, C.SECRETS)),
    },
    C.REPLICATION: {
        "mlflow": Offer(
            f"{_WORKLOADS}.replication:RegistryReplica",
            (*_SERVER, C.REGISTRY),
            (C.MONITORING,),
        )
    },
    C.TRACKING: {"mlflow": Offer(None, (C.REGISTRY,))},
    C.FEATURES: {
        "feast": Offer(
            f"{_WORKLOADS}.feast:FeatureStore", (*_SERVER, C.DATABASE), (C.CACHE, C.MONITORING)
        ),
        "feast/valkey": Offer(None, (C.CACHE,)),
        "feast/redis": Offer(None, (C.CACHE,)),
        "feast/postgres": Offer(None, (C.DATABASE,)),
    },
    C.PIPELINES: {
        "argo": Offer(
            f"{_WORKLOADS}.argo:ArgoWorkflows",
            (*_SERVER, C.OBJECT_STORE),
            (C.REGISTRY, C.FEATURES, C.MONITORING),
            operators=("argo-workflows",),
        )
    },
    C.RETRAINING: {
        "argo": Offer(
            f"{_WORKLOADS}.retraining:Retraining",
            _LIFECYCLE,
            (C.GPU_POOL, C.FEATURES, C.MONITORING),
        )
    },
    # Training asks Prometheus, and runs what else the blueprint asks for as steps of its own.
    C.RETRAINING_TRIGGER: {
        trigger: Offer(None, (C.MONITORING,))
        for trigger in ("drift", "accuracy", "prediction-shift")
    },
    C.VALIDATION: {"great-expectations": Offer(None)},
    # What has a copy of the registry follow proves what it takes over.
    C.ARTIFACT_CHECK: {"scan": Offer(None), "replica": Offer()},
    C.BENCHMARK: {"gate": Offer(None)},
    C.SHADOW: {"gate": Offer(None, (C.INGRESS,))},
    C.FAIRNESS: {"gate": Offer(None), "fairlearn": Offer(None)},
    C.CHECKS: {
        "jobs": Offer(
            CHECKED,
            (*_BASE, C.NETWORK, C.REGISTRY, C.OBJECT_STORE, C.MONITORING),
        ),
        "jobs/unregistered": Offer(
            f"{_WORKLOADS}.model_checks:ModelChecks",
            (*_BASE, C.NETWORK, C.OBJECT_STORE, C.MONITORING),
            (C.REGISTRY,),
        ),
    },
    C.DRIFT: {"evidently": Offer(None)},
    C.PERFORMANCE: {"scikit-learn": Offer(None)},
    C.EXPLAINABILITY: {"shap": Offer(None)},
    C.EVALUATION: {"ragas": Offer(None)},
    C.FRESHNESS: {"jobs": Offer(None)},
    C.PERSONAL_DATA: {"presidio": Offer(None)},
    C.ROBUSTNESS: {"adversarial-robustness-toolbox": Offer(None)},
    C.PARITY: {"jobs": Offer(None)},
    C.PROMOTION: {
        "argo": Offer(
            f"{_WORKLOADS}.promotion:Promotion",
            _LIFECYCLE,
            (C.GPU_POOL, C.FEATURES, C.MONITORING),
        )
    },
    C.SERVING: {
        "vllm": Offer(f"{_WORKLOADS}.serving.vllm:VllmServer", (*_MODEL, C.GPU_POOL), _SERVING),
        "tensorrt-llm": Offer(
            f"{_WORKLOADS}.serving.tensorrt_llm:TensorRtLlmServer", (*_MODEL, C.GPU_POOL), _SERVING
        ),
        "ollama": Offer(f"{_WORKLOADS}.serving.ollama:OllamaServer", _MODEL, _SERVING),
        "llama-cpp": Offer(f"{_WORKLOADS}.serving.llama_cpp:LlamaCppServer", _MODEL, _SERVING),
        "onnx-runtime": Offer(
            f"{_WORKLOADS}.serving.onnx_runtime:OnnxServer", (*_MODEL, C.OBJECT_STORE), _SERVING
        ),
        "kserve": Offer(
            f"{_WORKLOADS}.serving.kserve:KServeModel", _MODEL, _SERVING, operators=("kserve",)
        ),
        "kserve/llm": Offer(
            f"{_WORKLOADS}.serving.kserve:KServeLlm",
            (*_MODEL, C.GPU_POOL),
            _SERVING,
            operators=("kserve-llmisvc",),
        ),
        "mlflow": Offer(
            f"{_WORKLOADS}.serving.pyfunc:PyfuncServer", (*_MODEL, C.REGISTRY), _SERVING
        ),
        "fastapi": Offer(f"{_WORKLOADS}.serving.fastapi:FastApiServer", _MODEL, _SERVING),
    },
    C.AUTOSCALING: {
        "hpa": Offer(None),
        "keda": Offer(None, (C.MONITORING,), operators=("keda",)),
    },
}

IN_A_CLOUD: SiteOffers = {
    # In its owner's account, of which the plan says the same.
    C.LINK: {f"private-service/{cloud}": Offer() for cloud in ("aws", "aws/out", "gcp", "gcp/out")}
}

OFFERS: SiteOffers = joined(FACILITIES, WORKLOADS, IN_A_CLOUD)
