"""Who may do what: people, workloads, machines."""

from __future__ import annotations

from modelyard.policies.documents import actions, allowing, everybody, everything
from modelyard.policies.rule import Findings, Seen, at, items, objects, rule, true

_ROLE = "aws:iam/role:Role"
_ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
_IAM_POLICY = "aws:iam/policy:Policy"
_ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
_GKE = "gcp:container/cluster:Cluster"
_NODE_POOL = "gcp:container/nodePool:NodePool"
_LAUNCH = "aws:ec2/launchTemplate:LaunchTemplate"
_NODE_CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
_CLUSTER_ROLE = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole"
_K8S_ROLE = "kubernetes:rbac.authorization.k8s.io/v1:Role"
_BINDING = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"
_CLUSTER_BINDING = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding"
_PROJECT_MEMBER = "gcp:projects/iAMMember:IAMMember"
_ACCOUNT_MEMBER = "gcp:serviceaccount/iAMMember:IAMMember"

MEMBERS = (
    _PROJECT_MEMBER,
    _ACCOUNT_MEMBER,
    "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember",
    "gcp:bigquery/datasetIamMember:DatasetIamMember",
    "gcp:cloudrunv2/jobIamMember:JobIamMember",
    "gcp:dataplex/datascanIamMember:DatascanIamMember",
    "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember",
    "gcp:pubsub/topicIAMMember:TopicIAMMember",
    "gcp:secretmanager/secretIamMember:SecretIamMember",
    "gcp:storage/bucketIAMMember:BucketIAMMember",
    "gcp:storage/managedFolderIamMember:ManagedFolderIamMember",
)
"""Where Google Cloud gives a role to somebody."""

RESOURCE_POLICIES = {
    "aws:s3/bucketPolicy:BucketPolicy": "policy",
    "aws:sns/topicPolicy:TopicPolicy": "policy",
    "aws:sqs/queuePolicy:QueuePolicy": "policy",
    "aws:kms/key:Key": "policy",
    "aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy": "resourcePolicy",
}

_ADMINISTRATORS = ("AdministratorAccess", "PowerUserAccess", "IAMFullAccess")
_PRIMITIVE = {"roles/owner", "roles/editor", "roles/viewer"}
_IMPERSONATES = {
    "roles/iam.serviceAccountUser",
    "roles/iam.serviceAccountTokenCreator",
    "roles/iam.workloadIdentityUser",
}
_BECOMES_MORE = {"bind", "escalate", "impersonate"}
_NOBODY = {"system:anonymous", "system:unauthenticated", "system:masters"}


@rule("access-wildcard-action", _ROLE_POLICY, _IAM_POLICY)
def wildcard_action(it: Seen) -> Findings:
    for statement in allowing(it.inputs.get("policy")):
        wide = [a for a in actions(statement) if a == "*" or a.endswith(":*")]
        if wide and everything(statement):
            yield f"{', '.join(wide)} on every resource"
        elif "*" in wide:
            yield "every action is allowed"


@rule("access-pass-role", _ROLE_POLICY, _IAM_POLICY)
def pass_role(it: Seen) -> Findings:
    for statement in allowing(it.inputs.get("policy")):
        if "iam:PassRole" in actions(statement) and everything(statement):
            yield "iam:PassRole on every role: it can take the rights of any"


@rule("access-administrator", _ATTACHMENT)
def administrator(it: Seen) -> Findings:
    arn = str(it.inputs.get("policyArn", ""))
    if arn.rpartition("/")[2] in _ADMINISTRATORS:
        yield f"{arn.rpartition('/')[2]} is attached"


@rule("access-trust-everybody", _ROLE)
def trust_everybody(it: Seen) -> Findings:
    for statement in allowing(it.inputs.get("assumeRolePolicy")):
        if everybody(statement):
            yield "everybody may take this role"
        if at(statement, "Principal", "Federated") and not statement.get("Condition"):
            yield "every identity of the provider may take this role"


@rule("access-resource-everybody", *RESOURCE_POLICIES)
def resource_everybody(it: Seen) -> Findings:
    for statement in allowing(it.inputs.get(RESOURCE_POLICIES[it.type])):
        if everybody(statement):
            yield f"everybody may {', '.join(actions(statement))}"


@rule("access-primitive-role", _PROJECT_MEMBER)
def primitive_role(it: Seen) -> Findings:
    if it.inputs.get("role") in _PRIMITIVE:
        yield f"{it.inputs['role']} is given to {it.inputs.get('member')}"


@rule("access-impersonation", _PROJECT_MEMBER)
def impersonation(it: Seen) -> Findings:
    if it.inputs.get("role") in _IMPERSONATES:
        yield f"{it.inputs['role']} in the whole project: it can act as every service account"


@rule("access-everybody", *MEMBERS)
def everybody_is_a_member(it: Seen) -> Findings:
    if it.inputs.get("member") in ("allUsers", "allAuthenticatedUsers"):
        yield f"{it.inputs['member']} have {it.inputs.get('role')}"


@rule("access-custom-role", "gcp:projects/iAMCustomRole:IAMCustomRole")
def custom_role(it: Seen) -> Findings:
    for permission in items(it.inputs, "permissions"):
        if str(permission).endswith(".setIamPolicy") or permission in (
            "iam.serviceAccounts.actAs",
            "iam.serviceAccountKeys.create",
        ):
            yield f"{permission} lets it give itself more"


@rule(
    "access-federation-condition",
    "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider",
)
def federation_condition(it: Seen) -> Findings:
    if not it.inputs.get("attributeCondition"):
        yield "every identity of the issuer is let in"


_LONG_LIVED = (
    "aws:iam/accessKey:AccessKey",
    "aws:iam/user:User",
    "gcp:serviceaccount/key:Key",
    "gcp:storage/hmacKey:HmacKey",
)


@rule("access-long-lived-key", *_LONG_LIVED)
def long_lived_key(it: Seen) -> Findings:
    yield "a credential that does not expire"


@rule("access-cluster-entries", "aws:eks/cluster:Cluster")
def cluster_entries(it: Seen) -> Findings:
    if at(it.inputs, "accessConfig", "authenticationMode") != "API":
        yield "who may enter is also told by a ConfigMap inside (aws-auth)"


@rule("access-client-certificate", _GKE)
def client_certificate(it: Seen) -> Findings:
    issued = at(it.inputs, "masterAuth", "clientCertificateConfig", "issueClientCertificate")
    if issued in (True, "true"):
        yield "a client certificate is issued"
    if at(it.inputs, "enableLegacyAbac") in (True, "true"):
        yield "enableLegacyAbac is on"


@rule("access-workload-identity", _GKE)
def workload_identity(it: Seen) -> Findings:
    if not at(it.inputs, "workloadIdentityConfig", "workloadPool") and not true(
        it.inputs.get("enableAutopilot")
    ):
        yield "pods act as their node"


@rule("access-node-account", _NODE_POOL)
def node_account(it: Seen) -> Findings:
    account = at(it.inputs, "nodeConfig", "serviceAccount")
    if not account or str(account) == "default":
        yield "nodes act as the default account of the project"


@rule("access-node-metadata", _LAUNCH, _NODE_CLASS, _NODE_POOL)
def node_metadata(it: Seen) -> Findings:
    if it.type == _NODE_POOL:
        if at(it.inputs, "nodeConfig", "workloadMetadataConfig", "mode") != "GKE_METADATA":
            yield "pods reach the metadata of their node, its credentials among them"
        return
    where = ("spec",) if it.type == _NODE_CLASS else ()
    if at(it.inputs, *where, "metadataOptions", "httpTokens") != "required":
        yield "metadata are given without a session's token (IMDSv1)"


@rule("access-shielded-nodes", _NODE_POOL)
def shielded_nodes(it: Seen) -> Findings:
    shielded = at(it.inputs, "nodeConfig", "shieldedInstanceConfig")
    if not true(at(shielded, "enableIntegrityMonitoring")):
        yield "the integrity of nodes is not watched"
    if not true(at(shielded, "enableSecureBoot")):
        yield "nodes start whatever is on their disk"


@rule("access-cluster-wildcard", _CLUSTER_ROLE)
def cluster_wildcard(it: Seen) -> Findings:
    for part in objects(it.inputs, "rules"):
        if "*" in items(part, "verbs") and "*" in items(part, "resources"):
            yield "every verb on every resource of the cluster"


@rule("access-cluster-secrets", _CLUSTER_ROLE)
def cluster_secrets(it: Seen) -> Findings:
    reads = {"get", "list", "watch", "*"}
    for part in objects(it.inputs, "rules"):
        core = {"", "*"} & set(items(part, "apiGroups"))
        about = core and {"secrets", "*"} & set(items(part, "resources"))
        if about and reads & set(items(part, "verbs")) and not items(part, "resourceNames"):
            yield "it reads the secrets of every namespace"


@rule("access-escalation", _CLUSTER_ROLE, _K8S_ROLE)
def escalation(it: Seen) -> Findings:
    for part in objects(it.inputs, "rules"):
        found = _BECOMES_MORE & set(items(part, "verbs"))
        if found and not items(part, "resourceNames"):
            yield f"{', '.join(sorted(found))}: it can give itself more"


@rule("access-anonymous", _BINDING, _CLUSTER_BINDING)
def anonymous(it: Seen) -> Findings:
    for subject in objects(it.inputs, "subjects"):
        if subject.get("name") in _NOBODY:
            yield f"{subject['name']} is bound to {at(it.inputs, 'roleRef', 'name')}"


@rule("access-cluster-admin", _CLUSTER_BINDING, _BINDING)
def cluster_admin(it: Seen) -> Findings:
    if at(it.inputs, "roleRef", "name") == "cluster-admin":
        yield "cluster-admin is bound"


@rule("access-account-token", "kubernetes:core/v1:ServiceAccount")
def account_token(it: Seen) -> Findings:
    if it.inputs.get("automountServiceAccountToken") is not False:
        yield "every pod that runs as it gets a token, whether it asks or not"
