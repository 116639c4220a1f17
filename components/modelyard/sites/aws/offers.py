"""What AWS provides, and by what. In the cluster stands what stands in any other."""

from __future__ import annotations

from modelyard.plan.capability import Capability as C
from modelyard.plan.offers import Offer, SiteOffers, joined
from modelyard.sites.aws import managed_ml, managed_services
from modelyard.sites.kubernetes.offers import BY_CERTIFICATE, WORKLOADS
from modelyard.sites.kubernetes.offers import FACILITIES as KUBERNETES

_HERE = "modelyard.sites.aws"

_ACCOUNT = (C.ACCOUNT,)
_FOUNDATION = (C.ACCOUNT, C.VPC, C.KMS)
_CLUSTER = (C.ACCOUNT, C.CLUSTER, C.IDENTITY)
_JOINED = (C.ACCOUNT, C.VPC)
_LINKED = (*_FOUNDATION, C.BORDER)
_STORED = (*_FOUNDATION, C.CLUSTER, C.IDENTITY, C.SECRETS)

FACILITIES: SiteOffers = {
    C.ACCOUNT: {"native": Offer(f"{_HERE}.account:AwsAccount")},
    C.VPC: {
        "native": Offer(f"{_HERE}.vpc:AwsVpc", (C.ACCOUNT, C.KMS)),
        "attach": Offer(f"{_HERE}.vpc:AttachedVpc", _ACCOUNT),
    },
    C.KMS: {
        "native": Offer(f"{_HERE}.kms:KmsKeys", _ACCOUNT),
        "attach": Offer(f"{_HERE}.kms:AttachedKey", _ACCOUNT),
    },
    C.DETECTION: {
        "native": Offer(f"{_HERE}.detection:Detection", (C.ACCOUNT, C.KMS, C.OBJECT_STORE))
    },
    C.CLUSTER: {
        "standard": Offer(
            f"{_HERE}.cluster:EksCluster",
            _FOUNDATION,
            operators=("karpenter", "aws-load-balancer-controller"),
        ),
        "auto": Offer(
            f"{_HERE}.cluster:AutoEksCluster",
            _FOUNDATION,
            brings=("karpenter", "aws-load-balancer-controller"),
        ),
        "attach": Offer(f"{_HERE}.cluster:AttachedEksCluster", _FOUNDATION),
    },
    C.IDENTITY: {"native": Offer(f"{_HERE}.identity:PodIdentities", (C.ACCOUNT, C.CLUSTER))},
    C.SECRETS: {
        "native": Offer(
            f"{_HERE}.secrets:AwsSecrets", (*_CLUSTER, C.KMS), operators=("external-secrets",)
        ),
        "external-secrets": Offer(
            f"{_HERE}.secrets:AttachedSecrets", (*_CLUSTER, C.KMS), operators=("external-secrets",)
        ),
    },
    C.OBJECT_STORE: {
        "native": Offer(f"{_HERE}.object_store:S3Buckets", (C.ACCOUNT, C.IDENTITY, C.KMS)),
        "attach": Offer(f"{_HERE}.object_store:AttachedBucket", (C.ACCOUNT, C.IDENTITY)),
    },
    C.DATABASE: {
        "native": Offer(f"{_HERE}.database:RdsPostgres", _STORED, (C.KEYS,)),
        "attach": KUBERNETES[C.DATABASE]["attach"],
    },
    C.CACHE: {
        "valkey": Offer(f"{_HERE}.cache:ElastiCache", _STORED),
        "redis": Offer(f"{_HERE}.cache:ElastiCache", _STORED),
        "attach": KUBERNETES[C.CACHE]["attach"],
    },
    C.GPU_POOL: {
        "native": Offer(f"{_HERE}.gpu_pool:KarpenterGpus", (C.CLUSTER, C.IDENTITY, C.KMS))
    },
    C.INGRESS: {
        "native": Offer(
            f"{_HERE}.ingress:GatewayBehindAlb",
            (*_CLUSTER, C.VPC, C.KMS, C.OBJECT_STORE),
            (C.KEYS,),
            operators=("envoy-gateway", "aws-load-balancer-controller"),
        ),
        "attach": KUBERNETES[C.INGRESS]["attach"],
    },
    C.IMAGE_REGISTRY: {
        "native": Offer(f"{_HERE}.image_registry:EcrRegistry", (C.ACCOUNT, C.KMS)),
        "attach": KUBERNETES[C.IMAGE_REGISTRY]["attach"],
    },
    C.AUDIT_LOG: {
        "native": Offer(f"{_HERE}.audit_log:CloudTrail", (C.ACCOUNT, C.KMS)),
        "attach": KUBERNETES[C.AUDIT_LOG]["attach"],
    },
    C.BUDGET: {"native": Offer(f"{_HERE}.budget:AwsBudget", (*_CLUSTER, C.KMS), (C.MONITORING,))},
    C.ENDPOINT_SERVICE: {
        "native": Offer(f"{_HERE}.endpoint_service:EndpointService", (C.ACCOUNT, C.VPC, C.INGRESS))
    },
    C.BORDER: {"native": Offer(f"{_HERE}.border:VirtualGateway", (C.ACCOUNT, C.VPC))},
    C.LINK: {
        "direct-connect": Offer(f"{_HERE}.line:AwsLine", (C.ACCOUNT, C.BORDER), (C.INGRESS,)),
        "vpn": Offer(f"{_HERE}.vpn:AwsVpn", _LINKED, (C.INGRESS,)),
        "vpn/gcp": Offer(f"{_HERE}.vpn:AwsVpn", _LINKED, (C.INGRESS,), across=(C.BORDER,)),
        "private-service": Offer(
            f"{_HERE}.private_link:PrivateLink", _JOINED, (C.ENDPOINT_SERVICE,)
        ),
        "private-service/out": Offer(
            f"{_HERE}.private_link:PrivateLink", _JOINED, (C.ENDPOINT_SERVICE,)
        ),
        # What is published names its account: there is nothing to make for it.
        "private-service/aws": Offer(),
        "private-service/aws/out": Offer(
            f"{_HERE}.private_link:PrivateLink",
            _JOINED,
            (C.ENDPOINT_SERVICE,),
            across=(C.ENDPOINT_SERVICE,),
        ),
        **BY_CERTIFICATE,
    },
    **{capability: KUBERNETES[capability] for capability in (C.NETWORK, C.KEYS)},
}


OFFERS: SiteOffers = joined(FACILITIES, WORKLOADS, managed_ml.OFFERS, managed_services.OFFERS)
