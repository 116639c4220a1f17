"""An example of every rule, for each of the types that it is about."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from tests.policies.example import Example, Thing, beside, case
from tests.policies.pod_examples import pod_examples

from modelyard.policies import rules
from modelyard.policies.access import MEMBERS
from modelyard.policies.availability import STATEFUL
from modelyard.recorder import Secret

S3, GCS = "aws:s3/bucket:Bucket", "gcp:storage/bucket:Bucket"
KEY = "${key.arn}"
RDS = "aws:rds/instance:Instance"
SQL = "gcp:sql/databaseInstance:DatabaseInstance"
ALLOY, ALLOY_INSTANCE = "gcp:alloydb/cluster:Cluster", "gcp:alloydb/instance:Instance"
CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
REDIS, VALKEY = "gcp:redis/instance:Instance", "gcp:memorystore/instance:Instance"
MSK = "aws:msk/cluster:Cluster"
EKS, GKE = "aws:eks/cluster:Cluster", "gcp:container/cluster:Cluster"
NODE_POOL, NODE_GROUP = "gcp:container/nodePool:NodePool", "aws:eks/nodeGroup:NodeGroup"
LAUNCH = "aws:ec2/launchTemplate:LaunchTemplate"
EC2_CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
LB = "aws:lb/loadBalancer:LoadBalancer"
ECR = "aws:ecr/repository:Repository"
ECR_TEMPLATE = "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate"
GAR = "gcp:artifactregistry/repository:Repository"
MWAA, COMPOSER = "aws:mwaa/environment:Environment", "gcp:composer/environment:Environment"
STATES, WORKFLOW = "aws:sfn/stateMachine:StateMachine", "gcp:workflows/workflow:Workflow"
SEARCH = "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy"
NAMESPACE = "kubernetes:core/v1:Namespace"
ROLE = "kubernetes:rbac.authorization.k8s.io/v1:Role"
CLUSTER_ROLE = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole"
BINDINGS = (
    "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
    "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding",
)
OWN = {"modelyard.dev/purpose": "training"}
TAGS = {
    f"modelyard.dev/{key}": "x" for key in ("owner", "domain", "compliance-class", "cost-center")
}
LABELS = {key.replace(".", "-").replace("/", "_"): value for key, value in TAGS.items()}


def _document(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def _allow(**statement: Any) -> str:
    return _document({"Effect": "Allow", **statement})


def _at(path: tuple[str | int, ...], value: Any) -> Any:
    """Inputs that hold a value at a path."""
    for key in reversed(path):
        value = [value] if isinstance(key, int) else {key: value}
    return value


def _storage() -> Iterator[Example]:
    four = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    closed, half = dict.fromkeys(four, True), {**dict.fromkeys(four, True), four[3]: False}
    block = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
    yield beside("storage-bucket-public", S3, block, "bucket", closed, half)
    yield beside("storage-bucket-public", S3, block, "bucket", closed)
    yield case(
        "storage-bucket-public",
        GCS,
        {"publicAccessPrevention": "enforced"},
        {"publicAccessPrevention": "inherited"},
    )
    account = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"
    yield case("storage-account-public", account, closed, half)
    versions = "aws:s3/bucketVersioning:BucketVersioning"
    yield beside(
        "storage-bucket-versions",
        S3,
        versions,
        "bucket",
        {"versioningConfiguration": {"status": "Enabled"}},
        {"versioningConfiguration": {"status": "Suspended"}},
    )
    yield case(
        "storage-bucket-versions",
        GCS,
        {"versioning": {"enabled": True}},
        {"versioning": {"enabled": False}},
    )
    yield case(
        "storage-bucket-versions", GCS, {"retentionPolicy": {"retentionPeriod": "86400"}}, {}
    )
    yield beside(
        "storage-bucket-ownership",
        S3,
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        "bucket",
        {"rule": {"objectOwnership": "BucketOwnerEnforced"}},
        {"rule": {"objectOwnership": "ObjectWriter"}},
    )
    yield case(
        "storage-bucket-ownership",
        GCS,
        {"uniformBucketLevelAccess": True},
        {"uniformBucketLevelAccess": False},
    )
    denied = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "${b.arn}"}
    by_tls = {**denied, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    policy = "aws:s3/bucketPolicy:BucketPolicy"
    documents = [{"policy": _document(each)} for each in (by_tls, denied)]
    yield beside("storage-bucket-tls", S3, policy, "bucket", *documents)
    yield beside(
        "storage-bucket-lifecycle",
        S3,
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "bucket",
        {"rules": [{"id": "old", "status": "Enabled"}]},
        {"rules": [{"id": "old", "status": "Disabled"}]},
    )
    old = [{"action": {"type": "Delete"}, "condition": {"age": 7}}]
    yield case("storage-bucket-lifecycle", GCS, {"lifecycleRules": old}, {})
    for kind in (S3, GCS, "aws:s3/vectorsVectorBucket:VectorsVectorBucket"):
        yield case(
            "storage-emptied-on-destroy", kind, {"forceDestroy": False}, {"forceDestroy": True}
        )
    dataset, key = "gcp:bigquery/dataset:Dataset", "deleteContentsOnDestroy"
    yield case("storage-emptied-on-destroy", dataset, {key: False}, {key: True})
    lock, path = (
        "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
        ("rule", "defaultRetention"),
    )
    for bad in ({"mode": "GOVERNANCE", "days": 365}, {"mode": "COMPLIANCE"}):
        yield case(
            "storage-lock", lock, _at(path, {"mode": "COMPLIANCE", "days": 365}), _at(path, bad)
        )
    held = {"retentionPeriod": "86400", "isLocked": True}
    yield case(
        "storage-lock",
        GCS,
        {"retentionPolicy": held},
        {"retentionPolicy": {**held, "isLocked": False}},
    )


KEYED: Mapping[str, Mapping[str, tuple[str | int, ...]]] = {
    "encryption-database-key": {
        RDS: ("kmsKeyId",),
        SQL: ("encryptionKeyName",),
        ALLOY: ("encryptionConfig", "kmsKeyName"),
    },
    "encryption-cache-key": {
        CACHE: ("kmsKeyId",),
        REDIS: ("customerManagedKey",),
        VALKEY: ("kmsKey",),
    },
    "encryption-log-key": {
        "aws:cloudwatch/logGroup:LogGroup": ("kmsKeyId",),
        "aws:cloudtrail/trail:Trail": ("kmsKeyId",),
    },
    "encryption-topic-key": {
        "aws:sns/topic:Topic": ("kmsMasterKeyId",),
        "gcp:pubsub/topic:Topic": ("kmsKeyName",),
    },
    "encryption-stream-key": {
        MSK: ("encryptionInfo", "encryptionAtRestKmsKeyArn"),
        "gcp:managedkafka/cluster:Cluster": ("gcpConfig", "kmsKey"),
    },
    "encryption-image-key": {
        ECR: ("encryptionConfigurations", 0, "kmsKey"),
        ECR_TEMPLATE: ("encryptionConfigurations", 0, "kmsKey"),
        GAR: ("kmsKeyName",),
    },
    "encryption-warehouse-key": {
        "gcp:bigquery/dataset:Dataset": ("defaultEncryptionConfiguration", "kmsKeyName"),
    },
    "encryption-vector-key": {
        "aws:s3/vectorsVectorBucket:VectorsVectorBucket": (
            "encryptionConfigurations",
            0,
            "kmsKeyArn",
        ),
        "gcp:vertex/aiIndex:AiIndex": ("encryptionSpec", "kmsKeyName"),
        "gcp:vertex/aiIndexEndpoint:AiIndexEndpoint": ("encryptionSpec", "kmsKeyName"),
    },
    "encryption-orchestration-key": {
        MWAA: ("kmsKey",),
        "aws:scheduler/schedule:Schedule": ("kmsKeyArn",),
        STATES: ("encryptionConfiguration", "kmsKeyId"),
        COMPOSER: ("config", "encryptionConfig", "kmsKeyName"),
        WORKFLOW: ("cryptoKeyName",),
    },
    "encryption-metrics-key": {
        "aws:amp/workspace:Workspace": ("kmsKeyArn",),
        "aws:grafana/workspace:Workspace": ("kmsKeyId",),
    },
}


def _encryption() -> Iterator[Example]:
    for rule, paths in KEYED.items():
        for kind, path in paths.items():
            yield case(rule, kind, _at(path, KEY), _at(path, None))
    sse = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    by_key = {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY}
    rows = [
        {"rules": [{"applyServerSideEncryptionByDefault": each}]}
        for each in (by_key, {"sseAlgorithm": "AES256"})
    ]
    yield beside("encryption-bucket-key", S3, sse, "bucket", *rows)
    path: tuple[str | int, ...] = ("encryption", "defaultKmsKeyName")
    yield case("encryption-bucket-key", GCS, _at(path, KEY), {})
    disk = {"deviceName": "/dev/xvda", "ebs": {"encrypted": "true", "kmsKeyId": KEY}}
    plain = {"deviceName": "/dev/xvda", "ebs": {"encrypted": "true"}}
    yield case(
        "encryption-volume-key",
        LAUNCH,
        {"blockDeviceMappings": [disk]},
        {"blockDeviceMappings": [plain]},
    )
    mine = {"deviceName": "/dev/xvda", "ebs": {"encrypted": True, "kmsKeyID": KEY}}
    yield case(
        "encryption-volume-key", EC2_CLASS, {"spec": {"blockDeviceMappings": [mine]}}, {"spec": {}}
    )
    yield case(
        "encryption-volume-key",
        NODE_POOL,
        {"nodeConfig": {"bootDiskKmsKey": KEY}},
        {"nodeConfig": {}},
    )
    path = ("spec", "priorities", 0)
    pool, made = {"nodepools": ["a"]}, {"machineType": "g2", "storage": {"bootDiskKMSKey": KEY}}
    yield case(
        "encryption-volume-key",
        "kubernetes:cloud.google.com/v1:ComputeClass",
        {"spec": {"priorities": [pool, made]}},
        _at(path, {"machineType": "g2", "storage": {}}),
    )
    yield case(
        "encryption-volume-default",
        "aws:ebs/encryptionByDefault:EncryptionByDefault",
        {"enabled": True},
        {"enabled": False},
    )
    kind = "kubernetes:storage.k8s.io/v1:StorageClass"
    ebs, pd = {"provisioner": "ebs.csi.aws.com"}, {"provisioner": "pd.csi.storage.gke.io"}
    by_key = {"encrypted": "true", "kmsKeyId": KEY}
    yield case(
        "encryption-claim-key",
        kind,
        {**ebs, "parameters": by_key},
        {**ebs, "parameters": {"type": "gp3"}},
    )
    yield case(
        "encryption-claim-key", kind, {**pd, "parameters": {"disk-encryption-kms-key": KEY}}, pd
    )
    config = {"provider": {"keyArn": KEY}, "resources": ["secrets"]}
    yield case("encryption-cluster-secrets", EKS, {"encryptionConfig": config}, {})
    state = {"state": "ENCRYPTED", "keyName": KEY}
    for bad in ({"state": "DECRYPTED"}, {"state": "ENCRYPTED"}):
        yield case(
            "encryption-cluster-secrets",
            GKE,
            {"databaseEncryption": state},
            {"databaseEncryption": bad},
        )
    yield case(
        "encryption-queue",
        "aws:sqs/queue:Queue",
        {"sqsManagedSseEnabled": True},
        {"sqsManagedSseEnabled": False},
    )
    endpoint = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
    hosted = {"productionVariants": [{"instanceType": "ml.c5.large"}]}
    yield case("encryption-endpoint-key", endpoint, {**hosted, "kmsKeyArn": KEY}, hosted)
    in_hardware = {"productionVariants": [{"instanceType": "ml.g5.xlarge"}]}
    captured = {**in_hardware, "dataCaptureConfig": {"enableCapture": True}}
    yield case("encryption-endpoint-key", endpoint, in_hardware, captured)
    yield case(
        "encryption-feature-key",
        "aws:sagemaker/featureGroup:FeatureGroup",
        {
            "onlineStoreConfig": {"securityConfig": {"kmsKeyId": KEY}},
            "offlineStoreConfig": {"s3StorageConfig": {"kmsKeyId": KEY}},
        },
        {"onlineStoreConfig": {"enableOnlineStore": True}},
    )
    kms, crypto = "aws:kms/key:Key", "gcp:kms/cryptoKey:CryptoKey"
    yield case(
        "encryption-key-rotation", kms, {"enableKeyRotation": True}, {"enableKeyRotation": False}
    )
    yield case("encryption-key-rotation", crypto, {"rotationPeriod": "7776000s"}, {})
    yield case(
        "encryption-key-rotation",
        crypto,
        {"purpose": "ASYMMETRIC_SIGN"},
        {"rotationPeriod": "63072000s"},
    )
    yield case(
        "encryption-key-deletion", kms, {"deletionWindowInDays": 30}, {"deletionWindowInDays": 7}
    )
    yield case("encryption-key-deletion", crypto, {"destroyScheduledDuration": "2592000s"}, {})
    listener = "aws:lb/listener:Listener"
    forward = {"protocol": "HTTPS", "defaultActions": [{"type": "forward"}]}
    strict = {**forward, "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06"}
    yield case(
        "encryption-listener-tls",
        listener,
        strict,
        {**forward, "sslPolicy": "ELBSecurityPolicy-2016-08"},
    )
    redirect = {"protocol": "HTTP", "defaultActions": [{"type": "redirect"}]}
    yield case(
        "encryption-listener-tls",
        listener,
        redirect,
        {**redirect, "defaultActions": [{"type": "forward"}]},
    )
    passed = {"protocol": "TCP", "port": 443, "defaultActions": [{"type": "forward"}]}
    yield case("encryption-listener-tls", listener, passed, {**passed, "port": 80})
    yield case(
        "encryption-tls-version",
        "gcp:compute/regionSslPolicy:RegionSslPolicy",
        {"minTlsVersion": "TLS_1_2"},
        {"minTlsVersion": "TLS_1_0"},
    )
    both = [{"protocol": "HTTP"}, {"protocol": "HTTPS"}]
    yield case(
        "encryption-gateway-tls",
        "kubernetes:gateway.networking.k8s.io/v1:Gateway",
        {"spec": {"listeners": both}},
        {"spec": {"listeners": both[:1]}},
    )
    yield case(
        "encryption-cache-transit",
        CACHE,
        {"transitEncryptionEnabled": True},
        {"transitEncryptionEnabled": False},
    )
    for kind in (REDIS, VALKEY):
        key = "transitEncryptionMode"
        yield case(
            "encryption-cache-transit", kind, {key: "SERVER_AUTHENTICATION"}, {key: "DISABLED"}
        )
    path = ("encryptionInfo", "encryptionInTransit")
    for bad in ({"clientBroker": "TLS_PLAINTEXT"}, {"clientBroker": "TLS", "inCluster": False}):
        yield case(
            "encryption-stream-transit",
            MSK,
            _at(path, {"clientBroker": "TLS", "inCluster": True}),
            _at(path, bad),
        )


def _network() -> Iterator[Example]:
    rule = "network-open-ingress"
    anywhere = {"cidrIpv4": "0.0.0.0/0", "fromPort": 22, "toPort": 22}
    kind = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    yield case(rule, kind, {**anywhere, "cidrIpv4": "10.0.0.0/8"}, anywhere)
    yield case(rule, kind, {**anywhere, "fromPort": 443, "toPort": 443}, {"cidrIpv4": "0.0.0.0/0"})
    group = {"cidrBlocks": ["0.0.0.0/0"], "fromPort": 5432, "toPort": 5432}
    yield case(rule, "aws:ec2/securityGroup:SecurityGroup", {"ingress": []}, {"ingress": [group]})
    firewall = "gcp:compute/firewall:Firewall"
    allowed = {"sourceRanges": ["0.0.0.0/0"], "allows": [{"protocol": "tcp", "ports": ["22"]}]}
    yield case(
        rule, firewall, {**allowed, "allows": None, "denies": [{"protocol": "all"}]}, allowed
    )
    yield case(
        rule,
        firewall,
        {**allowed, "direction": "EGRESS"},
        {**allowed, "allows": [{"protocol": "tcp"}]},
    )
    default = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
    yield case(
        "network-default-group",
        default,
        {"ingress": [], "egress": []},
        {"egress": [{"protocol": "-1"}]},
    )
    key = "mapPublicIpOnLaunch"
    yield case("network-public-addresses", "aws:ec2/subnet:Subnet", {key: False}, {key: True})
    yield case(
        "network-automatic-subnets",
        "gcp:compute/network:Network",
        {"autoCreateSubnetworks": False},
        {},
    )
    flow = "aws:ec2/flowLog:FlowLog"
    yield beside("network-flow-logs", "aws:ec2/vpc:Vpc", flow, "vpcId", {})
    ranges = {"secondaryIpRanges": [{"rangeName": "pods"}]}
    subnetwork = "gcp:compute/subnetwork:Subnetwork"
    yield case(
        "network-flow-logs", subnetwork, {**ranges, "logConfig": {"flowSampling": 0.5}}, ranges
    )
    private = {"endpointPrivateAccess": True, "endpointPublicAccess": False}
    public = {**private, "endpointPublicAccess": True}
    yield case("network-control-plane", EKS, {"vpcConfig": private}, {"vpcConfig": public})
    named = {**public, "publicAccessCidrs": ["192.0.2.0/24"]}
    yield case(
        "network-control-plane",
        EKS,
        {"vpcConfig": named},
        {"vpcConfig": {**named, "publicAccessCidrs": ["0.0.0.0/0"]}},
    )
    by_address = _at(("controlPlaneEndpointsConfig", "ipEndpointsConfig", "enabled"), True)
    blocks = {"masterAuthorizedNetworksConfig": {"cidrBlocks": [{"cidrBlock": "192.0.2.0/24"}]}}
    yield case("network-control-plane", GKE, {**by_address, **blocks}, by_address)
    for kind, part in ((GKE, "privateClusterConfig"), (NODE_POOL, "networkConfig")):
        yield case(
            "network-private-nodes",
            kind,
            {part: {"enablePrivateNodes": True}},
            {part: {"enablePrivateNodes": False}},
        )
    yield case(
        "network-database-private", RDS, {"publiclyAccessible": False}, {"publiclyAccessible": True}
    )
    path = ("settings", "ipConfiguration", "ipv4Enabled")
    yield case("network-database-private", SQL, _at(path, False), _at(path, True))
    yield case("network-internal-balancer", LB, {"internal": True}, {"internal": False})
    association = "aws:wafv2/webAclAssociation:WebAclAssociation"
    yield beside("network-web-firewall", LB, association, "resourceArn", {})
    path = ("spec", "default", "securityPolicy")
    backend = "kubernetes:networking.gke.io/v1:GCPBackendPolicy"
    yield case("network-web-firewall", backend, _at(path, "p"), {"spec": {"default": {}}})
    namespace = Thing(NAMESPACE, {"metadata": {"name": "ours", "labels": OWN}})
    policy = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
    spec = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    deny = Thing(policy, {"metadata": {"namespace": "ours"}, "spec": spec}, "deny")
    elsewhere = Thing(policy, {"metadata": {"namespace": "theirs"}, "spec": spec}, "deny")
    half = Thing(policy, {**deny.inputs, "spec": {**spec, "policyTypes": ["Ingress"]}}, "deny")
    # Clusters of a fleet have namespaces of one name: what denies in one says nothing of the next.
    other = replace(deny, provider="urn:pulumi:s::p::pulumi:providers:kubernetes::next::1")
    for bad in (elsewhere, half, other):
        yield Example("network-default-deny", (namespace, deny), (namespace, bad))
    rule = "network-policy-from-anywhere"
    peer = {"from": [{"podSelector": {}}]}
    for bad in ({}, {"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}], "ports": [{"port": 80}]}):
        yield case(rule, policy, {"spec": {"ingress": [peer]}}, {"spec": {"ingress": [bad]}})
    service = "kubernetes:core/v1:Service"
    for bad in ({"type": "LoadBalancer"}, {"type": "NodePort"}, {"externalIPs": ["192.0.2.1"]}):
        yield case("network-service-type", service, {"spec": {"ports": []}}, {"spec": bad})
    open_to_all = json.dumps([{"AllowFromPublic": True}])
    network = {"type": "network", "policy": json.dumps([{"AllowFromPublic": False}])}
    yield case("network-vector-private", SEARCH, network, {**network, "policy": open_to_all})
    endpoint = "gcp:vertex/aiIndexEndpoint:AiIndexEndpoint"
    yield case(
        "network-vector-private",
        endpoint,
        {"publicEndpointEnabled": False},
        {"publicEndpointEnabled": True},
    )
    mode = "webserverAccessMode"
    yield case("network-orchestrator-private", MWAA, {mode: "PRIVATE_ONLY"}, {mode: "PUBLIC_ONLY"})
    path = ("config", "enablePrivateEnvironment")
    yield case("network-orchestrator-private", COMPOSER, _at(path, True), {"config": {}})
    grafana = "aws:grafana/workspace:Workspace"
    yield case(
        "network-dashboards-private", grafana, {"networkAccessControl": {"vpceIds": ["v"]}}, {}
    )
    yield case(
        "network-endpoint-policy", "aws:ec2/vpcEndpoint:VpcEndpoint", {"policy": _allow()}, {}
    )
    published = {"serviceName": "com.amazonaws.vpce.eu-west-1.vpce-svc-0a1b2c3d"}
    own = {"serviceName": "com.amazonaws.eu-west-1.sqs"}
    yield case("network-endpoint-policy", "aws:ec2/vpcEndpoint:VpcEndpoint", published, own)


def _access() -> Iterator[Example]:
    reads = {"Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::b/*"}
    for kind in ("aws:iam/rolePolicy:RolePolicy", "aws:iam/policy:Policy"):
        for bad in ("*", ["s3:*"]):
            wide = _allow(Action=bad, Resource="*")
            yield case(
                "access-wildcard-action", kind, {"policy": _allow(**reads)}, {"policy": wide}
            )
        passes = _allow(Action="iam:PassRole", Resource="arn:aws:iam::1:role/it")
        yield case(
            "access-pass-role",
            kind,
            {"policy": passes},
            {"policy": _allow(Action=["iam:PassRole"], Resource="*")},
        )
    attachment, aws = (
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "arn:aws:iam::aws:policy/",
    )
    yield case(
        "access-administrator",
        attachment,
        {"policyArn": f"{aws}AmazonEKSClusterPolicy"},
        {"policyArn": f"{aws}AdministratorAccess"},
    )
    role = "aws:iam/role:Role"
    trusted = _allow(Action="sts:AssumeRole", Principal={"Service": "eks.amazonaws.com"})
    federated = {"Federated": "arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com"}
    for bad in ({"AWS": "*"}, "*", federated):
        public = _allow(Action="sts:AssumeRole", Principal=bad)
        yield case(
            "access-trust-everybody",
            role,
            {"assumeRolePolicy": trusted},
            {"assumeRolePolicy": public},
        )
    for kind, key in {
        "aws:s3/bucketPolicy:BucketPolicy": "policy",
        "aws:sns/topicPolicy:TopicPolicy": "policy",
        "aws:sqs/queuePolicy:QueuePolicy": "policy",
        "aws:kms/key:Key": "policy",
        "aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy": "resourcePolicy",
    }.items():
        everybody = {"Action": "s3:GetObject", "Principal": {"AWS": "*"}, "Resource": "*"}
        here = {**everybody, "Condition": {"StringEquals": {"aws:PrincipalAccount": "1"}}}
        yield case(
            "access-resource-everybody", kind, {key: _allow(**here)}, {key: _allow(**everybody)}
        )
    for rule, bad in (
        ("access-primitive-role", "roles/editor"),
        ("access-impersonation", "roles/iam.serviceAccountTokenCreator"),
    ):
        project = "gcp:projects/iAMMember:IAMMember"
        yield case(
            rule,
            project,
            {"role": "roles/logging.logWriter"},
            {"role": bad, "member": "user:a@b.c"},
        )
    for kind in MEMBERS:
        yield case(
            "access-everybody", kind, {"member": "user:a@b.c"}, {"member": "allAuthenticatedUsers"}
        )
    custom = "gcp:projects/iAMCustomRole:IAMCustomRole"
    for bad in ("storage.buckets.setIamPolicy", "iam.serviceAccounts.actAs"):
        yield case(
            "access-custom-role",
            custom,
            {"permissions": ["dataplex.datascans.run"]},
            {"permissions": [bad]},
        )
    pool = "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider"
    yield case(
        "access-federation-condition", pool, {"attributeCondition": "assertion.sub == 'a'"}, {}
    )
    mode = ("accessConfig", "authenticationMode")
    yield case("access-cluster-entries", EKS, _at(mode, "API"), _at(mode, "API_AND_CONFIG_MAP"))
    issued = ("masterAuth", "clientCertificateConfig", "issueClientCertificate")
    for bad in (_at(issued, True), {"enableLegacyAbac": True}):
        yield case("access-client-certificate", GKE, _at(issued, False), bad)
    yield case(
        "access-workload-identity", GKE, _at(("workloadIdentityConfig", "workloadPool"), "p"), {}
    )
    own = ("nodeConfig", "serviceAccount")
    yield case("access-node-account", NODE_POOL, _at(own, "${nodes.email}"), _at(own, "default"))
    tokens = ("metadataOptions", "httpTokens")
    yield case("access-node-metadata", LAUNCH, _at(tokens, "required"), _at(tokens, "optional"))
    yield case("access-node-metadata", EC2_CLASS, _at(("spec", *tokens), "required"), {"spec": {}})
    metadata = ("nodeConfig", "workloadMetadataConfig", "mode")
    yield case(
        "access-node-metadata",
        NODE_POOL,
        _at(metadata, "GKE_METADATA"),
        _at(metadata, "GCE_METADATA"),
    )
    shielded = {"enableIntegrityMonitoring": True, "enableSecureBoot": True}
    path = ("nodeConfig", "shieldedInstanceConfig")
    for key in shielded:
        yield case(
            "access-shielded-nodes",
            NODE_POOL,
            _at(path, shielded),
            _at(path, {**shielded, key: False}),
        )
    nodes = {"apiGroups": [""], "resources": ["nodes"], "verbs": ["get"]}
    all_of_it = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
    secrets = {**nodes, "resources": ["secrets"]}
    yield case("access-cluster-wildcard", CLUSTER_ROLE, {"rules": [nodes]}, {"rules": [all_of_it]})
    yield case(
        "access-cluster-secrets",
        CLUSTER_ROLE,
        {"rules": [{**secrets, "resourceNames": ["one"]}]},
        {"rules": [secrets]},
    )
    for kind in (CLUSTER_ROLE, ROLE):
        yield case(
            "access-escalation",
            kind,
            {"rules": [nodes]},
            {"rules": [{**nodes, "verbs": ["impersonate"]}]},
        )
    for kind in BINDINGS:
        reference, subject = {"name": "viewer"}, {"kind": "Group", "name": "ml"}
        good = {"roleRef": reference, "subjects": [subject]}
        nobody = {"kind": "Group", "name": "system:unauthenticated"}
        yield case("access-anonymous", kind, good, {**good, "subjects": [nobody]})
        yield case(
            "access-cluster-admin", kind, good, {**good, "roleRef": {"name": "cluster-admin"}}
        )
    account = "kubernetes:core/v1:ServiceAccount"
    yield case("access-account-token", account, {"automountServiceAccountToken": False}, {})


def _namespaces() -> Iterator[Example]:
    enforce = "pod-security.kubernetes.io/enforce"
    for bad in (OWN, {**OWN, enforce: "baseline"}):
        yield case(
            "workload-pod-security",
            NAMESPACE,
            {"metadata": {"labels": {**OWN, enforce: "restricted"}}},
            {"metadata": {"labels": bad}},
        )
    for kind in ("kubernetes:batch/v1:CronJob", "kubernetes:argoproj.io/v1alpha1:CronWorkflow"):
        path = ("spec", "concurrencyPolicy")
        yield case("workload-overlap", kind, _at(path, "Forbid"), _at(path, "Allow"))


def _supply() -> Iterator[Example]:
    model, path = "aws:sagemaker/model:Model", ("primaryContainer", "image")
    host = "1.dkr.ecr.eu-west-1.amazonaws.com/vllm"
    yield case("supply-image-tag", model, _at(path, f"{host}:v1"), _at(path, f"{host}:latest"))
    for kind in (ECR, ECR_TEMPLATE):
        key = "imageTagMutability"
        yield case("supply-immutable-tags", kind, {key: "IMMUTABLE"}, {key: "MUTABLE"})
    standard = {"mode": "STANDARD_REPOSITORY"}
    fixed = {**standard, "dockerConfig": {"immutableTags": True}}
    for good in (fixed, {"mode": "REMOTE_REPOSITORY"}):
        yield case("supply-immutable-tags", GAR, good, standard)
    path = ("imageScanningConfiguration", "scanOnPush")
    yield case("supply-image-scan", ECR, _at(path, True), _at(path, False))
    path = ("vulnerabilityScanningConfig", "enablementConfig")
    yield case("supply-image-scan", GAR, _at(path, "INHERITED"), _at(path, "DISABLED"))
    registry = "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration"
    yield case(
        "supply-registry-scan",
        registry,
        {"rules": [{"scanFrequency": "CONTINUOUS_SCAN"}]},
        {"rules": []},
    )
    enforced = "ENFORCED_BLOCK_AND_AUDIT_LOG"
    good = {"evaluationMode": "ALWAYS_DENY", "enforcementMode": enforced}
    for bad in ({"evaluationMode": "ALWAYS_ALLOW"}, {"enforcementMode": "DRYRUN_AUDIT_LOG_ONLY"}):
        yield case(
            "supply-admission",
            "gcp:binaryauthorization/policy:Policy",
            {"defaultAdmissionRule": good},
            {"defaultAdmissionRule": {**good, **bad}},
        )
    path = ("binaryAuthorization", "evaluationMode")
    yield case(
        "supply-cluster-admission",
        GKE,
        _at(path, "PROJECT_SINGLETON_POLICY_ENFORCE"),
        _at(path, "DISABLED"),
    )
    admission = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy"
    path = ("spec", "failurePolicy")
    yield case("supply-admission-fails-closed", admission, _at(path, "Fail"), _at(path, "Ignore"))
    path = ("spec", "validationActions")
    yield case(
        "supply-admission-denies",
        f"{admission}Binding",
        _at(path, ["Deny", "Audit"]),
        _at(path, ["Warn"]),
    )
    release = "kubernetes:helm.sh/v3:Release"
    for bad in ({}, {"version": "^1"}):
        yield case("supply-chart-version", release, {"version": "v1.19.2"}, bad)
    path = ("spec", "amiSelectorTerms")
    terms = [[{"alias": f"bottlerocket@{version}"}] for version in ("v1.66.0", "latest")]
    yield case("supply-node-image", EC2_CLASS, *(_at(path, each) for each in terms))
    path = ("releaseChannel", "channel")
    yield case("supply-release-channel", GKE, _at(path, "REGULAR"), _at(path, "UNSPECIFIED"))


def _cost() -> Iterator[Example]:
    aws, gcp = "pulumi:providers:aws", "pulumi:providers:gcp"
    some = dict(list(TAGS.items())[1:])
    yield case(
        "cost-provider-tags",
        aws,
        {"defaultTags": json.dumps({"tags": TAGS})},
        {"defaultTags": json.dumps({"tags": some})},
    )
    yield case("cost-provider-tags", gcp, {"defaultLabels": json.dumps(LABELS)}, {"region": "r"})
    tagged = [{"resourceType": kind, "tags": TAGS} for kind in ("instance", "volume")]
    yield case(
        "cost-node-tags", LAUNCH, {"tagSpecifications": tagged}, {"tagSpecifications": tagged[:1]}
    )
    path = ("nodeConfig", "resourceLabels")
    yield case("cost-node-tags", NODE_POOL, _at(path, LABELS), _at(path, {}))
    for provider, kind in ((aws, "aws:budgets/budget:Budget"), (gcp, "gcp:billing/budget:Budget")):
        it, budget = Thing(provider), Thing(kind, name="budget")
        yield Example("cost-budget", (it, budget), (it,))
    yield case(
        "cost-budget-alerts",
        "aws:budgets/budget:Budget",
        {"notifications": [{"threshold": 80}]},
        {},
    )
    yield case(
        "cost-budget-alerts",
        "gcp:billing/budget:Budget",
        {"thresholdRules": [{"thresholdPercent": 1}]},
        {},
    )
    pool = "kubernetes:karpenter.sh/v1:NodePool"
    yield case("cost-pool-limit", pool, {"spec": {"limits": {"cpu": "8"}}}, {"spec": {}})
    scaling = {"totalMinNodeCount": 0, "totalMaxNodeCount": 3}
    yield case(
        "cost-pool-limit",
        NODE_POOL,
        {"autoscaling": scaling},
        {"autoscaling": {"totalMinNodeCount": 0}},
    )
    namespace = Thing(NAMESPACE, {"metadata": {"name": "ours", "labels": OWN}})
    quotas = [
        Thing("kubernetes:core/v1:ResourceQuota", {"metadata": {"namespace": name}}, "quota")
        for name in ("ours", "theirs")
    ]
    yield Example("cost-namespace-quota", (namespace, quotas[0]), (namespace, quotas[1]))
    yield beside(
        "cost-image-cleanup", ECR, "aws:ecr/lifecyclePolicy:LifecyclePolicy", "repository", {}
    )
    yield case("cost-image-cleanup", GAR, {"cleanupPolicies": [{"action": "DELETE"}]}, {})


def _availability() -> Iterator[Example]:
    for kind in STATEFUL:
        yield Example("availability-protected", (Thing(kind, protect=True),), (Thing(kind),))
    for kind, path in {
        RDS: ("deletionProtection",),
        EKS: ("deletionProtection",),
        LB: ("enableDeletionProtection",),
        GKE: ("deletionProtection",),
        VALKEY: ("deletionProtectionEnabled",),
        ALLOY: ("deletionProtection",),
        "gcp:bigquery/table:Table": ("deletionProtection",),
    }.items():
        yield case("availability-deletion-protection", kind, _at(path, True), _at(path, False))
    both = {"deletionProtection": True, "settings": {"deletionProtectionEnabled": True}}
    yield case("availability-deletion-protection", SQL, both, {**both, "settings": {}})
    yield case(
        "availability-final-snapshot",
        RDS,
        {"skipFinalSnapshot": False},
        {"skipFinalSnapshot": True},
    )
    yield case("availability-database-standby", RDS, {"multiAz": True}, {"multiAz": False})
    for kind, path in (
        (SQL, ("settings", "availabilityType")),
        (ALLOY_INSTANCE, ("availabilityType",)),
    ):
        yield case("availability-database-standby", kind, _at(path, "REGIONAL"), _at(path, "ZONAL"))
    yield case(
        "availability-cache-replica", CACHE, {"numCacheClusters": 2}, {"numCacheClusters": 1}
    )
    for kind in (REDIS, VALKEY):
        yield case("availability-cache-replica", kind, {"replicaCount": 1}, {"replicaCount": 0})
    for kind, path in {
        EKS: ("vpcConfig", "subnetIds"),
        LB: ("subnets",),
        MSK: ("brokerNodeGroupInfo", "clientSubnets"),
        NODE_GROUP: ("subnetIds",),
        MWAA: ("networkConfiguration", "subnetIds"),
    }.items():
        yield case("availability-zones", kind, _at(path, ["a", "b"]), _at(path, ["a"]))
    path = ("nodeRepairConfig", "enabled")
    yield case("availability-node-repair", NODE_GROUP, _at(path, True), {})
    managed = {"management": {"autoRepair": False}}
    yield case(
        "availability-node-repair",
        NODE_POOL,
        {**managed, "nodeConfig": {"flexStart": True}},
        managed,
    )
    labels = {"app.kubernetes.io/instance": "it"}
    template = {"metadata": {"labels": labels}}
    spec = {"metadata": {"namespace": "ours"}, "spec": {"replicas": 2, "template": template}}
    it = Thing("kubernetes:apps/v1:Deployment", spec)
    budgets = [
        Thing(
            "kubernetes:policy/v1:PodDisruptionBudget",
            {"metadata": {"namespace": "ours"}, "spec": {"selector": {"matchLabels": wanted}}},
            "budget",
        )
        for wanted in (labels, {"app.kubernetes.io/instance": "other"})
    ]
    yield Example("availability-disruption-budget", (it, budgets[0]), (it, budgets[1]))


def _logging() -> Iterator[Example]:
    kinds = ["api", "audit", "authenticator"]
    key = "enabledClusterLogTypes"
    yield case("logging-control-plane", EKS, {key: kinds}, {key: kinds[:1]})
    path = ("loggingConfig", "enableComponents")
    yield case("logging-control-plane", GKE, _at(path, ["APISERVER"]), _at(path, ["WORKLOADS"]))
    trail, sink = "aws:cloudtrail/trail:Trail", "gcp:logging/projectSink:ProjectSink"
    whole = {"isMultiRegionTrail": True, "includeGlobalServiceEvents": True}
    for bad in ({"isMultiRegionTrail": False}, {"enableLogging": False}):
        yield case("logging-trail-complete", trail, whole, {**whole, **bad})
    yield case("logging-trail-validation", trail, {"enableLogFileValidation": True}, {})
    for kind, bucket, property, locked in (
        (trail, S3, "s3BucketName", {"objectLockEnabled": True}),
        (sink, GCS, "destination", {"retentionPolicy": {"retentionPeriod": "1"}}),
    ):
        kept, open_ = Thing(bucket, locked, "audit"), Thing(bucket, {}, "audit")
        it = Thing(kind, property_dependencies={property: (kept.urn,)})
        yield Example("logging-trail-write-once", (it, kept), (it, open_))
    whole = [{"logType": each} for each in ("ADMIN_READ", "DATA_READ", "DATA_WRITE")]
    config, key = "gcp:projects/iAMAuditConfig:IAMAuditConfig", "auditLogConfigs"
    exempted = [{**each, "exemptedMembers": ["user:a@b.c"]} for each in whole]
    for bad in (whole[:1], exempted):
        yield case("logging-data-access", config, {key: whole}, {key: bad})
    group, key = "aws:cloudwatch/logGroup:LogGroup", "retentionInDays"
    for bad in ({}, {key: 30}):
        yield case("logging-retention", group, {key: 365}, bad)
    yield beside("logging-bucket-access", S3, "aws:s3/bucketLogging:BucketLogging", "bucket", {})
    for fine in ({"accessLogs": {"enabled": True}}, {"loadBalancerType": "network"}):
        yield case("logging-balancer", LB, fine, {})
    it = Thing("aws:wafv2/webAcl:WebAcl")
    log = Thing("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration", name="log")
    yield Example("logging-firewall", (it, log), (it,))
    refused = {"denies": [{"protocol": "all"}]}
    logged = {**refused, "logConfig": {"metadata": "INCLUDE_ALL_METADATA"}}
    yield case("logging-firewall", "gcp:compute/firewall:Firewall", logged, refused)
    parts = {f"{part}Logs": {"enabled": True} for part in ("task", "scheduler", "webserver")}
    yield case("logging-orchestrator", MWAA, {"loggingConfiguration": parts}, {})
    path = ("loggingConfiguration", "level")
    yield case("logging-orchestrator", STATES, _at(path, "ALL"), _at(path, "OFF"))
    yield case(
        "logging-orchestrator",
        WORKFLOW,
        {"callLogLevel": "LOG_ALL_CALLS"},
        {"callLogLevel": "LOG_NONE"},
    )
    yield case(
        "logging-threats", "aws:guardduty/detector:Detector", {"enable": True}, {"enable": False}
    )


def _databases() -> Iterator[Example]:
    parameters = "aws:rds/parameterGroup:ParameterGroup"
    for rule, name in (
        ("database-tls", "rds.force_ssl"),
        ("database-statements", "log_connections"),
    ):
        groups = [
            {"family": "postgres17", "parameters": [{"name": name, "value": value}]}
            for value in "10"
        ]
        yield case(rule, parameters, *groups)
    modes = ("ENCRYPTED_ONLY", "ALLOW_UNENCRYPTED_AND_ENCRYPTED")
    for kind, path in (
        (SQL, ("settings", "ipConfiguration", "sslMode")),
        (ALLOY_INSTANCE, ("clientConnectionConfig", "sslConfig", "sslMode")),
    ):
        yield case("database-tls", kind, *(_at(path, mode) for mode in modes))
    key = "backupRetentionPeriod"
    yield case("database-backup", RDS, {key: 7}, {key: 1})
    for rule, kind, path in (
        ("database-backup", SQL, ("settings", "backupConfiguration", "enabled")),
        ("database-backup", ALLOY, ("automatedBackupPolicy", "enabled")),
        (
            "database-point-in-time",
            SQL,
            ("settings", "backupConfiguration", "pointInTimeRecoveryEnabled"),
        ),
        ("database-point-in-time", ALLOY, ("continuousBackupConfig", "enabled")),
    ):
        yield case(rule, kind, _at(path, True), _at(path, False))
    for kind in (RDS, CACHE):
        key = "autoMinorVersionUpgrade"
        yield case("database-minor-upgrades", kind, {key: True}, {key: False})
    own = "kubernetes:postgresql.cnpg.io/v1:Cluster"
    path = ("spec", "enableSuperuserAccess")
    yield case("database-superuser", own, _at(path, False), _at(path, True))
    yield case("database-replicas", own, {"spec": {"instances": 3}}, {"spec": {"instances": 1}})
    flags = [
        {"settings": {"databaseFlags": [{"name": "log_connections", "value": v}]}}
        for v in ("on", "off")
    ]
    yield case("database-statements", SQL, *flags)
    key = "iamDatabaseAuthenticationEnabled"
    yield case("database-iam", RDS, {key: True}, {key: False})
    yield case("database-cache-password", CACHE, {"authToken": Secret()}, {})
    yield case("database-cache-password", REDIS, {"authEnabled": True}, {"authEnabled": False})
    clients = "clientAuthentication"
    for bad in ({}, {clients: {"unauthenticated": True}}):
        yield case("database-stream-clients", MSK, {clients: {"sasl": {"iam": True}}}, bad)


def _secrets() -> Iterator[Example]:
    config = "kubernetes:core/v1:ConfigMap"
    begin = "-----BEGIN RSA " + "PRIVATE KEY-----"
    for bad in (f"{begin}\nMII", "AKIA" + "ABCDEFGHIJKLMNOP"):
        yield case("secrets-key-material", config, {"data": {"a": "b"}}, {"data": {"a": bad}})
    secret = "kubernetes:core/v1:Secret"
    for part in ("data", "stringData"):
        yield case("secrets-masked", secret, {part: {"a": Secret()}}, {part: {"a": "hunter2"}})
    for kind, path in {
        CACHE: ("authToken",),
        RDS: ("password",),
        ALLOY: ("initialUser", "password"),
        "gcp:sql/user:User": ("password",),
    }.items():
        yield case("secrets-password-masked", kind, _at(path, Secret()), _at(path, "hunter2"))
    yield case(
        "secrets-database-managed", RDS, {"manageMasterUserPassword": True}, {"password": Secret()}
    )
    yield case(
        "secrets-length",
        "random:index/randomPassword:RandomPassword",
        {"length": 32},
        {"length": 8},
    )
    rotation = "aws:secretsmanager/secretRotation:SecretRotation"
    path = ("rotationRules", "automaticallyAfterDays")
    yield case("secrets-rotation", rotation, _at(path, 30), _at(path, 365))
    store = "kubernetes:external-secrets.io/v1:ClusterSecretStore"
    yield case(
        "secrets-store-scope",
        store,
        {"spec": {"conditions": [{"namespaces": ["a"]}]}},
        {"spec": {}},
    )
    certificate = "kubernetes:cert-manager.io/v1:Certificate"
    path = ("spec", "privateKey", "rotationPolicy")
    yield case("secrets-certificate-renewal", certificate, _at(path, "Always"), _at(path, "Never"))


def examples() -> list[Example]:
    """All of them."""
    return [
        *_storage(),
        *_encryption(),
        *_network(),
        *_access(),
        *pod_examples(),
        *_namespaces(),
        *_supply(),
        *_cost(),
        *_availability(),
        *_logging(),
        *_databases(),
        *_secrets(),
    ]


FORBIDDEN = tuple(rules()["access-long-lived-key"].types)
"""What breaks a rule by being there; no example of such a type keeps it."""
