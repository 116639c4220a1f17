"""What Google Cloud provides, and by what. In the cluster stands what stands in any other."""

from __future__ import annotations

from modelyard.plan.capability import Capability as C
from modelyard.plan.offers import Offer, SiteOffers, joined
from modelyard.sites.gcp import managed_ml, managed_services
from modelyard.sites.kubernetes.offers import BY_CERTIFICATE, WORKLOADS
from modelyard.sites.kubernetes.offers import FACILITIES as KUBERNETES

_HERE = "modelyard.sites.gcp"

_ACCOUNT = (C.ACCOUNT,)
_FOUNDATION = (C.ACCOUNT, C.VPC, C.KMS)
_CLUSTER = (C.ACCOUNT, C.CLUSTER, C.IDENTITY)
_LINKED = (C.ACCOUNT, C.BORDER, C.SECRETS)
_JOINED = (C.ACCOUNT, C.VPC)
_SERVICE = f"{_HERE}.private_service_connect:PrivateServiceConnect"
_REGISTERED = ("servicedirectory",)
"""Endpoints of services are registered there by themselves. Source: VPC guide, endpoints."""
_STORED = (*_FOUNDATION, C.CLUSTER, C.IDENTITY, C.SECRETS)

FACILITIES: SiteOffers = {
    C.ACCOUNT: {"native": Offer(f"{_HERE}.account:GcpProject")},
    C.VPC: {
        "native": Offer(f"{_HERE}.vpc:GcpVpc", _ACCOUNT),
        "attach": Offer(f"{_HERE}.vpc:AttachedVpc", _ACCOUNT),
    },
    C.KMS: {
        "native": Offer(f"{_HERE}.kms:KmsKeys", _ACCOUNT),
        "attach": Offer(f"{_HERE}.kms:AttachedKey", _ACCOUNT),
    },
    C.DETECTION: {
        "native": Offer(
            f"{_HERE}.detection:PersonalData",
            (C.ACCOUNT, C.KMS, C.OBJECT_STORE),
            endpoints=("dlp",),
        )
    },
    C.CLUSTER: {
        "standard": Offer(f"{_HERE}.cluster:GkeCluster", _FOUNDATION),
        # GKE counts there what GPUs do, in Cloud Monitoring; a pod that would is not let in.
        "auto": Offer(f"{_HERE}.cluster:AutopilotCluster", _FOUNDATION, brings=("dcgm-exporter",)),
        "attach": Offer(f"{_HERE}.cluster:AttachedGkeCluster", _FOUNDATION),
    },
    C.IDENTITY: {"native": Offer(f"{_HERE}.identity:Principals", (C.ACCOUNT, C.CLUSTER))},
    C.SECRETS: {
        "native": Offer(f"{_HERE}.secrets:GcpSecrets", _CLUSTER, operators=("external-secrets",)),
        "external-secrets": KUBERNETES[C.SECRETS]["external-secrets"],
    },
    C.OBJECT_STORE: {
        "native": Offer(f"{_HERE}.object_store:GcsBuckets", (C.ACCOUNT, C.IDENTITY, C.KMS)),
        "attach": Offer(f"{_HERE}.object_store:AttachedBucket", (C.ACCOUNT, C.IDENTITY)),
    },
    C.DATABASE: {
        "native": Offer(
            f"{_HERE}.database:CloudSqlPostgres", _STORED, (C.KEYS,), endpoints=("sqladmin",)
        ),
        "alloydb": Offer(f"{_HERE}.alloydb:AlloyDb", _STORED, (C.KEYS,), endpoints=("alloydb",)),
        "attach": KUBERNETES[C.DATABASE]["attach"],
    },
    C.CACHE: {
        "redis": Offer(f"{_HERE}.cache:MemorystoreRedis", _STORED, endpoints=("redis",)),
        "valkey": Offer(f"{_HERE}.cache:MemorystoreValkey", _STORED, endpoints=("memorystore",)),
        "attach": KUBERNETES[C.CACHE]["attach"],
    },
    C.GPU_POOL: {"native": Offer(f"{_HERE}.gpu_pool:GkeGpus", (C.CLUSTER, C.IDENTITY, C.KMS))},
    C.INGRESS: {
        "native": Offer(
            f"{_HERE}.ingress:GatewayBehindBalancer",
            (*_CLUSTER, C.VPC),
            (C.KEYS,),
            operators=("envoy-gateway",),
        ),
        "attach": KUBERNETES[C.INGRESS]["attach"],
    },
    C.IMAGE_REGISTRY: {
        "native": Offer(f"{_HERE}.image_registry:ArtifactRegistry", (C.ACCOUNT, C.KMS, C.CLUSTER)),
        "attach": KUBERNETES[C.IMAGE_REGISTRY]["attach"],
    },
    C.AUDIT_LOG: {
        "native": Offer(f"{_HERE}.audit_log:AuditTrail", (C.ACCOUNT, C.KMS)),
        "attach": KUBERNETES[C.AUDIT_LOG]["attach"],
    },
    C.BUDGET: {
        "native": Offer(
            f"{_HERE}.budget:GcpBudget", _CLUSTER, (C.MONITORING,), endpoints=("billingbudgets",)
        )
    },
    C.ENDPOINT_SERVICE: {
        "native": Offer(
            f"{_HERE}.endpoint_service:ServiceAttachment",
            (C.ACCOUNT, C.CLUSTER, C.VPC, C.INGRESS),
        )
    },
    C.BORDER: {"native": Offer(f"{_HERE}.border:CloudRouter", (C.ACCOUNT, C.VPC))},
    C.LINK: {
        "interconnect": Offer(f"{_HERE}.line:GcpLine", (C.ACCOUNT, C.BORDER), (C.INGRESS,)),
        "vpn": Offer(f"{_HERE}.vpn:GcpVpn", _LINKED, (C.INGRESS,)),
        "vpn/aws": Offer(f"{_HERE}.vpn:GcpVpn", _LINKED, (C.INGRESS,), across=(C.LINK,)),
        "private-service": Offer(_SERVICE, _JOINED, (C.ENDPOINT_SERVICE,)),
        "private-service/out": Offer(
            _SERVICE, _JOINED, (C.ENDPOINT_SERVICE,), endpoints=_REGISTERED
        ),
        # What is published names its project: there is nothing to make for it.
        "private-service/gcp": Offer(),
        "private-service/gcp/out": Offer(
            _SERVICE,
            _JOINED,
            (C.ENDPOINT_SERVICE,),
            across=(C.ENDPOINT_SERVICE,),
            endpoints=_REGISTERED,
        ),
        **BY_CERTIFICATE,
    },
    **{capability: KUBERNETES[capability] for capability in (C.NETWORK, C.KEYS)},
}

OFFERS: SiteOffers = joined(FACILITIES, WORKLOADS, managed_ml.OFFERS, managed_services.OFFERS)
