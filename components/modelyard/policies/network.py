"""Who can reach what."""

from __future__ import annotations

from modelyard.policies.documents import parsed
from modelyard.policies.rule import (
    Findings,
    Seen,
    Stack,
    at,
    items,
    number,
    objects,
    rule,
    stack_rule,
    true,
    unknown,
)

_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
_GROUP = "aws:ec2/securityGroup:SecurityGroup"
_FIREWALL = "gcp:compute/firewall:Firewall"
_DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
_VPC = "aws:ec2/vpc:Vpc"
_SUBNETWORK = "gcp:compute/subnetwork:Subnetwork"
_EKS = "aws:eks/cluster:Cluster"
_GKE = "gcp:container/cluster:Cluster"
_NODE_POOL = "gcp:container/nodePool:NodePool"
_LB = "aws:lb/loadBalancer:LoadBalancer"
_NAMESPACE = "kubernetes:core/v1:Namespace"
_POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"

_ANYWHERE = {"0.0.0.0/0", "::/0", "*"}
_WEB = {80, 443}


@rule("network-open-ingress", _RULE, _GROUP, _FIREWALL)
def open_ingress(it: Seen) -> Findings:
    if it.type == _FIREWALL:
        yield from _open_firewall(it)
        return
    parts = objects(it.inputs, "ingress") if it.type == _GROUP else [it.inputs]
    for part in parts:
        from_anywhere = {part.get("cidrIpv4"), part.get("cidrIpv6")} | {
            *items(part, "cidrBlocks"),
            *items(part, "ipv6CidrBlocks"),
        }
        ports = {number(part.get("fromPort"), -1), number(part.get("toPort"), -1)}
        if from_anywhere & _ANYWHERE and not ports <= _WEB:
            yield f"anybody reaches ports {part.get('fromPort')} to {part.get('toPort')}"


def _open_firewall(it: Seen) -> Findings:
    if it.inputs.get("direction", "INGRESS") != "INGRESS":
        return
    if not _ANYWHERE & set(items(it.inputs, "sourceRanges")):
        return
    for part in objects(it.inputs, "allows"):
        ports = [str(port) for port in items(part, "ports")]
        if not ports or not set(ports) <= {str(port) for port in _WEB}:
            yield f"anybody reaches {part.get('protocol')} {', '.join(ports) or 'on all ports'}"


@rule("network-default-group", _DEFAULT_GROUP)
def default_group(it: Seen) -> Findings:
    for key in ("ingress", "egress"):
        if items(it.inputs, key):
            yield f"the default security group has {key} rules"


@rule("network-public-addresses", "aws:ec2/subnet:Subnet")
def public_addresses(it: Seen) -> Findings:
    if it.inputs.get("mapPublicIpOnLaunch") in (True, "true"):
        yield "machines in it get a public address by themselves"


@rule("network-automatic-subnets", "gcp:compute/network:Network")
def automatic_subnets(it: Seen) -> Findings:
    if it.inputs.get("autoCreateSubnetworks") is not False:
        yield "it makes subnetworks in every region by itself"


@stack_rule("network-flow-logs", _VPC, _SUBNETWORK)
def flow_logs(it: Seen, stack: Stack) -> Findings:
    if it.type == _SUBNETWORK:
        if it.inputs.get("secondaryIpRanges") and not it.inputs.get("logConfig"):
            yield "logConfig is not set"
    elif _managed(it) and not stack.referring(it, "aws:ec2/flowLog:FlowLog", "vpcId"):
        yield "no flow log is written of it"


def _managed(it: Seen) -> bool:
    """A network that is only read is its owner's to watch."""
    return not getattr(it, "external", False)


@rule("network-control-plane", _EKS, _GKE)
def control_plane(it: Seen) -> Findings:
    if it.type == _EKS:
        settings = at(it.inputs, "vpcConfig")
        allowed = set(items(settings, "publicAccessCidrs")) or _ANYWHERE
        if at(settings, "endpointPublicAccess") is not False and allowed & _ANYWHERE:
            yield "anybody reaches the control plane"
    elif true(at(it.inputs, "controlPlaneEndpointsConfig", "ipEndpointsConfig", "enabled")):
        blocks = objects(it.inputs, "masterAuthorizedNetworksConfig", "cidrBlocks")
        allowed = {str(each.get("cidrBlock")) for each in blocks}
        if not allowed or allowed & _ANYWHERE:
            yield "anybody reaches the control plane by its address"


@rule("network-private-nodes", _GKE, _NODE_POOL)
def private_nodes(it: Seen) -> Findings:
    part = "networkConfig" if it.type == _NODE_POOL else "privateClusterConfig"
    if not true(at(it.inputs, part, "enablePrivateNodes")):
        yield "nodes have public addresses"


_DATABASE_PRIVATE = {
    "aws:rds/instance:Instance": (("publiclyAccessible",), False),
    "gcp:sql/databaseInstance:DatabaseInstance": (
        ("settings", "ipConfiguration", "ipv4Enabled"),
        False,
    ),
}


@rule("network-database-private", *_DATABASE_PRIVATE)
def database_private(it: Seen) -> Findings:
    path, wanted = _DATABASE_PRIVATE[it.type]
    if at(it.inputs, *path) is not wanted:
        yield f"{path[-1]}: it may have a public address"


@rule("network-internal-balancer", _LB)
def internal_balancer(it: Seen) -> Findings:
    if not true(it.inputs.get("internal")):
        yield "the internet reaches it"


@stack_rule("network-web-firewall", _LB, "kubernetes:networking.gke.io/v1:GCPBackendPolicy")
def web_firewall(it: Seen, stack: Stack) -> Findings:
    if it.type != _LB:
        if not at(it.inputs, "spec", "default", "securityPolicy"):
            yield "no security policy stands before it"
    elif (
        not stack.referring(it, "aws:wafv2/webAclAssociation:WebAclAssociation", "resourceArn")
        and it.inputs.get("loadBalancerType", "application") == "application"
    ):
        yield "no firewall for the web stands before it"


@stack_rule("network-default-deny", _NAMESPACE)
def default_deny(it: Seen, stack: Stack) -> Findings:
    """Of the namespaces that hold the platform's own pods; operators bring their own policies."""
    if not at(it.inputs, "metadata", "labels", "modelyard.dev/purpose"):
        return
    kinds = {
        str(kind)
        for policy in stack.in_namespace(_POLICY, it)
        if at(policy.inputs, "spec", "podSelector") == {}
        if not items(policy.inputs, "spec", "ingress")
        for kind in items(policy.inputs, "spec", "policyTypes")
    }
    if missing := {"Ingress", "Egress"} - kinds:
        yield f"no policy denies {' and '.join(sorted(missing))} to all of its pods"


@rule("network-policy-from-anywhere", _POLICY)
def policy_from_anywhere(it: Seen) -> Findings:
    for part in objects(it.inputs, "spec", "ingress"):
        blocks = {at(peer, "ipBlock", "cidr") for peer in objects(part, "from")}
        if not items(part, "from") and not items(part, "ports"):
            yield "a rule lets everybody in on every port"
        elif blocks & _ANYWHERE:
            yield "a rule lets every address in"


@rule("network-service-type", "kubernetes:core/v1:Service")
def service_type(it: Seen) -> Findings:
    kind = at(it.inputs, "spec", "type")
    if kind in ("LoadBalancer", "NodePort"):
        yield f"a Service of type {kind} is a way in beside the gateway"
    if items(it.inputs, "spec", "externalIPs"):
        yield "externalIPs take over traffic to addresses of others"


@rule(
    "network-vector-private",
    "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy",
    "gcp:vertex/aiIndexEndpoint:AiIndexEndpoint",
)
def vector_private(it: Seen) -> Findings:
    if it.type.startswith("gcp:"):
        if it.inputs.get("publicEndpointEnabled") in (True, "true"):
            yield "the index answers on the internet"
    elif it.inputs.get("type") == "network":
        for each in objects(parsed(it.inputs.get("policy"))):
            if each.get("AllowFromPublic") is not False:
                yield "the collection answers on the internet"


@rule(
    "network-orchestrator-private",
    "aws:mwaa/environment:Environment",
    "gcp:composer/environment:Environment",
)
def orchestrator_private(it: Seen) -> Findings:
    if it.type.startswith("aws:"):
        if it.inputs.get("webserverAccessMode") != "PRIVATE_ONLY":
            yield "Airflow's page answers on the internet"
    elif not true(at(it.inputs, "config", "enablePrivateEnvironment")):
        yield "its machines have public addresses"


@rule("network-dashboards-private", "aws:grafana/workspace:Workspace")
def dashboards_private(it: Seen) -> Findings:
    if not it.inputs.get("networkAccessControl"):
        yield "every network reaches it"


@rule("network-endpoint-policy", "aws:ec2/vpcEndpoint:VpcEndpoint")
def endpoint_policy(it: Seen) -> Findings:
    """Of AWS's own services, which are known by name: what others publish takes no policy."""
    named = str(it.inputs.get("serviceName") or "")
    if unknown(named) or ".vpce." in named:
        return
    if not it.inputs.get("policy"):
        yield "it lets every principal of every account through"
