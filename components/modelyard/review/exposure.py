"""What can be reached from outside its network: which way, from where, and who is let in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

from modelyard.policies.documents import allowing, everybody
from modelyard.policies.rule import at, items, objects, true
from modelyard.review import gateways
from modelyard.review.view import View, kind, metadata, readable

if TYPE_CHECKING:
    from modelyard.recorder import Resource

INTERNET = "internet"
NETWORK = "the site's network"
NOWHERE = "nowhere"
NOBODY_ASKED = "none"
PLAIN = "no TLS"
NOT_NEEDED = gateways.NOT_NEEDED
ANYWHERE = {"0.0.0.0/0", "::/0", "*"}

_GROUP_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
_ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"
_LB, _LISTENER = "aws:lb/loadBalancer:LoadBalancer", "aws:lb/listener:Listener"
_PERIMETER = "gcp:accesscontextmanager/servicePerimeter:ServicePerimeter"
_RUN = "gcp:cloudrunv2/service:Service"
_RUN_MEMBER = "gcp:cloudrunv2/serviceIamMember:ServiceIamMember"
_EVERYBODY = {"allUsers", "allAuthenticatedUsers"}


@dataclass(frozen=True, order=True)
class Exposure:
    """One way to something."""

    site: str
    path: str
    """`load balancer`, `host name`, `link`, ..."""
    name: str
    """The resource's logical name; of a link, its two ends."""
    address: str
    sources: tuple[str, ...]
    """`internet`, CIDRs, a linked site or the site's network."""
    authentication: tuple[str, ...]
    """How the two sides make sure of each other; `none` where nobody is asked who they are."""
    behind: tuple[str, ...]
    guards: tuple[str, ...] = ()
    """What filters requests on the way."""
    urn: str | None = None

    @property
    def public(self) -> bool:
        """Whether anyone on the internet gets there."""
        return INTERNET in self.sources

    @property
    def open(self) -> bool:
        """Whether nobody is asked who they are, wherever they come from."""
        return NOBODY_ASKED in self.authentication

    def json(self) -> Mapping[str, Any]:
        """For machines; the keys are a contract."""
        return {
            "site": self.site,
            "path": self.path,
            "name": self.name,
            "address": self.address,
            "from": list(self.sources),
            "authentication": list(self.authentication),
            "guards": list(self.guards),
            "behind": list(self.behind),
            "urn": self.urn,
        }


def exposures(view: View) -> tuple[Exposure, ...]:
    """Every way in, in an order that never varies: what the internet reaches comes first."""
    found = [each for types, ways in _WAYS for it in view.of(*types) for each in ways(view, it)]
    found += [*_links(view), *_routes(view)]
    return tuple(sorted(dict.fromkeys(found), key=lambda each: (not each.public, each)))


def _made(view: View, it: Resource, path: str, address: Any, **more: Any) -> Exposure:
    return Exposure(
        view.site(it), path, it.name, readable(address or it.name), urn=it.urn, **_sorted(more)
    )


def _sorted(more: Mapping[str, Any]) -> Mapping[str, Any]:
    """Each once: sources by name, the rest as they come."""
    once = {key: tuple(dict.fromkeys(map(readable, value))) for key, value in more.items()}
    return {**once, "sources": tuple(sorted(once["sources"]))}


def sources_of(ranges: Iterable[Any]) -> tuple[str, ...]:
    """Ranges of addresses, or the internet where they are all there are."""
    found = {str(each) for each in ranges}
    return (INTERNET,) if found & ANYWHERE else tuple(sorted(found))


# -- Load balancers of AWS --------------------------------------------------------------------


def _listener(view: View, it: Resource) -> Iterator[Exposure]:
    for balancer in view.behind(it, "loadBalancerArn", _LB):
        protocol, port = it.inputs.get("protocol"), it.inputs.get("port")
        yield _made(
            view,
            it,
            "load balancer",
            f"{protocol}:{port}",
            sources=balancer_sources(view, balancer, port),
            authentication=_listener_authentication(it),
            behind=_listener_targets(view, it),
            guards=["web firewall"]
            if view.referring(balancer, _ASSOCIATION, "resourceArn")
            else [],
        )


def balancer_sources(view: View, balancer: Resource, port: Any) -> tuple[str, ...]:
    """Where a load balancer's security groups let requests to a port come from."""
    groups = view.behind(balancer, "securityGroups")
    ranges = [each for group in groups for each in _group_ranges(view, group, port)]
    found = sources_of(ranges) if groups else (INTERNET,)
    if true(balancer.inputs.get("internal")) and found in ((), (INTERNET,)):
        return (NETWORK,)
    return found or (NOWHERE,)


def _group_ranges(view: View, group: Resource, port: Any) -> Iterator[str]:
    for rule in view.referring(group, _GROUP_RULE, "securityGroupId"):
        if _covers(rule.inputs, port):
            yield from _ranges(rule.inputs)
    for each in objects(group.inputs, "ingress"):
        if _covers(each, port):
            yield from map(str, [*items(each, "cidrBlocks"), *items(each, "ipv6CidrBlocks")])


def _covers(rule: Mapping[str, Any], port: Any) -> bool:
    first, last = rule.get("fromPort"), rule.get("toPort")
    if isinstance(first, int | float) and isinstance(last, int | float):
        return not isinstance(port, int | float) or first <= port <= last
    return True


def _ranges(rule: Mapping[str, Any]) -> list[str]:
    keys = ("cidrIpv4", "cidrIpv6", "prefixListId")
    return [str(rule[key]) for key in keys if rule.get(key)]


def _listener_authentication(it: Resource) -> list[str]:
    tls = ["TLS"] if it.inputs.get("protocol") in ("HTTPS", "TLS") else []
    kinds = {str(each.get("type")) for each in objects(it.inputs, "defaultActions")}
    if kinds & {"authenticate-oidc", "authenticate-cognito"}:
        return [*tls, "login"]
    if at(it.inputs, "mutualAuthentication", "mode") == "verify":
        return ["mutual TLS"]
    if kinds == {"redirect"}:
        return [*tls, NOT_NEEDED]
    # Who asks is for what stands behind to know: its own host names say so.
    return tls or [PLAIN]


def _listener_targets(view: View, it: Resource) -> Iterator[str]:
    for action in objects(it.inputs, "defaultActions"):
        if redirect := at(action, "redirect"):
            yield f"a redirect to {at(redirect, 'protocol') or 'elsewhere'}"
    for target in view.behind(it, "defaultActions"):
        services = gateways.services_of_target(view, target)
        yield from services or [f"target group {target.name}"]


# -- Gateways, routes and Services of Kubernetes ------------------------------------------------


def _routes(view: View) -> Iterator[Exposure]:
    for route in view.of(*gateways.ROUTES):
        for parent in gateways.parents(view, route):
            yield _made(
                view,
                route,
                "host name",
                ", ".join(gateways.hosts(route, parent)),
                sources=_gateway_sources(view, parent),
                authentication=gateways.authentication(view, route, parent),
                behind=gateways.backends(route),
                guards=gateways.guards(view, parent),
            )


def _gateway_sources(view: View, parent: gateways.Parent) -> tuple[str, ...]:
    """Where requests to a Gateway come from, through whatever stands before it."""
    if parent.gateway is None:
        return ("wherever the attached gateway is reached from",)
    if own := gateways.own_sources(view, parent.gateway):
        return tuple(each for one in own for each in sources_of([one]))
    found: list[str] = []
    for listener in gateways.listeners_before(view, parent.gateway):
        for balancer in view.behind(listener, "loadBalancerArn", _LB):
            found += balancer_sources(view, balancer, listener.inputs.get("port"))
    for outer in gateways.gateways_before(view, parent.gateway):
        found += _gateway_sources(view, gateways.Parent(outer))
    return sources_of(found) if found else (NETWORK,)


def _gateway(view: View, it: Resource) -> Iterator[Exposure]:
    for listener in objects(it.inputs, "spec", "listeners"):
        tls = listener.get("protocol") in ("HTTPS", "TLS")
        host = listener.get("hostname") or "*"
        yield _made(
            view,
            it,
            "gateway",
            f"{listener.get('protocol')}:{listener.get('port')} {host}",
            sources=_gateway_sources(view, gateways.Parent(it, str(listener.get("name") or ""))),
            authentication=["TLS"] if tls else [PLAIN],
            behind=gateways.routes_through(view, it, str(listener.get("name") or "")),
            guards=gateways.guards(view, gateways.Parent(it)),
        )


def _service(view: View, it: Resource) -> Iterator[Exposure]:
    spec = it.inputs.get("spec")
    form = at(spec, "type")
    outside = items(spec, "externalIPs")
    if form not in ("LoadBalancer", "NodePort") and not outside:
        return
    listed = items(spec, "loadBalancerSourceRanges")
    balanced = (
        sources_of(listed) if listed else ("wherever the cluster's load balancer is reached",)
    )
    ports = ", ".join(str(each.get("port")) for each in objects(spec, "ports"))
    yield _made(
        view,
        it,
        f"Service of type {form or 'ClusterIP with externalIPs'}",
        ports,
        sources=balanced if form == "LoadBalancer" else (NETWORK,),
        authentication=gateways.server_authentication(view, it) or [NOBODY_ASKED],
        behind=["/".join(metadata(it))],
    )


def _ingress(view: View, it: Resource) -> Iterator[Exposure]:
    tls = bool(at(it.inputs, "spec", "tls"))
    hosts = [str(each.get("host") or "*") for each in objects(it.inputs, "spec", "rules")]
    yield _made(
        view,
        it,
        "host name",
        ", ".join(hosts),
        sources=("wherever the cluster's Ingress is reached",),
        authentication=["TLS"] if tls else [NOBODY_ASKED],
        behind=["/".join(metadata(it))],
    )


def _release(view: View, it: Resource) -> Iterator[Exposure]:
    """What a chart is told to open."""
    for path, form in _opened(it.inputs.get("values"), ""):
        yield _made(
            view,
            it,
            f"chart's {form}",
            path,
            sources=("wherever the cluster's load balancer is reached",),
            authentication=["as the chart has it"],
            behind=[f"chart {it.inputs.get('chart')}"],
        )


def _opened(values: Any, path: str) -> Iterator[tuple[str, str]]:
    if not isinstance(values, Mapping):
        return
    for key, value in values.items():
        here = f"{path}.{key}" if path else str(key)
        if key == "ingress" and at(value, "enabled") is True:
            yield here, "Ingress"
        elif key == "type" and value in ("LoadBalancer", "NodePort"):
            yield path, str(value)
        else:
            yield from _opened(value, here)


# -- Clusters' APIs -----------------------------------------------------------------------------


def _eks(view: View, it: Resource) -> Iterator[Exposure]:
    config = it.inputs.get("vpcConfig")
    # Public unless it is switched off (CreateCluster).
    public = at(config, "endpointPublicAccess") is not False
    listed = items(config, "publicAccessCidrs") or ["0.0.0.0/0"]
    yield _api(view, it, sources_of(listed) if public else (NETWORK,))


def _gke(view: View, it: Resource) -> Iterator[Exposure]:
    ends = it.inputs.get("controlPlaneEndpointsConfig")
    sources: tuple[str, ...] = ()
    if at(ends, "dnsEndpointConfig", "allowExternalTraffic") is True:
        sources += (INTERNET,)
    if at(ends, "ipEndpointsConfig", "enabled") is not False:
        private = at(it.inputs, "privateClusterConfig", "enablePrivateEndpoint") is True
        networks = objects(it.inputs, "masterAuthorizedNetworksConfig", "cidrBlocks")
        listed = [each.get("cidrBlock") for each in networks]
        sources += sources_of(listed or ([NETWORK] if private else ANYWHERE))
    yield _api(view, it, sources or (NETWORK,))


def _api(view: View, it: Resource, sources: tuple[str, ...]) -> Exposure:
    return _made(
        view,
        it,
        "cluster's API",
        it.inputs.get("name"),
        sources=sources,
        authentication=["TLS", "IAM", "RBAC"],
        behind=[f"cluster {it.inputs.get('name') or it.name}"],
        guards=_perimeter(view, it, "container.googleapis.com"),
    )


# -- Services of the clouds ---------------------------------------------------------------------


def _perimeter(view: View, it: Resource, api: str) -> list[str]:
    for found in view.of(_PERIMETER):
        if view.site(found) == view.site(it) and api in items(
            found.inputs, "status", "restrictedServices"
        ):
            return ["service perimeter"]
    return []


def _cloud_run(view: View, it: Resource) -> Iterator[Exposure]:
    inside = str(it.inputs.get("ingress", "")).startswith("INGRESS_TRAFFIC_INTERNAL")
    members = {m.inputs.get("member") for m in view.referring(it, _RUN_MEMBER, "name")}
    asked = it.inputs.get("invokerIamDisabled") is not True and not members & _EVERYBODY
    yield _made(
        view,
        it,
        "Cloud Run service",
        it.inputs.get("name"),
        sources=(NETWORK,) if inside else (INTERNET,),
        authentication=["TLS", "IAM"] if asked else ["TLS", NOBODY_ASKED],
        behind=[str(c.get("image")) for c in objects(it.inputs, "template", "containers")],
        guards=_perimeter(view, it, "run.googleapis.com"),
    )


@dataclass(frozen=True)
class _Service:
    """A service of a cloud with an address of its own, asked with its IAM."""

    path: str
    name: tuple[str | int, ...]
    private: Callable[[Mapping[str, Any]], Any]
    authentication: tuple[str, ...] = ("TLS", "IAM")
    api: str = ""
    ranges: tuple[str, ...] = ()

    def __call__(self, view: View, it: Resource) -> Iterator[Exposure]:
        listed = [each.get("value") for each in objects(it.inputs, *self.ranges)]
        sources = sources_of(listed) if self.ranges and listed else (INTERNET,)
        yield _made(
            view,
            it,
            self.path,
            at(it.inputs, *self.name),
            sources=(NETWORK,) if self.private(it.inputs) else sources,
            authentication=self.authentication,
            behind=[f"{kind(it)} {readable(at(it.inputs, *self.name) or it.name)}"],
            guards=_perimeter(view, it, self.api) if self.api else (),
        )


def _never(inputs: Mapping[str, Any]) -> bool:
    return False


def _connect(*path: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda inputs: at(inputs, *path, "enablePrivateServiceConnect") is True


_VERTEX = "aiplatform.googleapis.com"
_STORE = ("dedicatedServingEndpoint", "privateServiceConnectConfig")

_SERVICES: Mapping[str, _Service] = {
    # Asked through AWS's API, which is on the internet and at the network's own endpoints alike.
    "aws:sagemaker/endpoint:Endpoint": _Service("SageMaker endpoint", ("name",), _never),
    "aws:sagemaker/mlflowTrackingServer:MlflowTrackingServer": _Service(
        "SageMaker tracking server", ("trackingServerName",), _never
    ),
    "aws:mwaa/environment:Environment": _Service(
        "Airflow's web server",
        ("name",),
        # Private unless told otherwise (CreateEnvironment).
        lambda inputs: inputs.get("webserverAccessMode", "PRIVATE_ONLY") == "PRIVATE_ONLY",
    ),
    "aws:grafana/workspace:Workspace": _Service(
        "Grafana workspace",
        ("name",),
        lambda inputs: bool(items(inputs, "networkAccessControl", "vpceIds")),
        ("TLS", "login"),
    ),
    "aws:lambda/functionUrl:FunctionUrl": _Service("function's URL", ("functionName",), _never),
    "gcp:composer/environment:Environment": _Service(
        "Airflow's web server",
        ("name",),
        _never,
        api="composer.googleapis.com",
        ranges=("config", "webServerNetworkAccessControl", "allowedIpRanges"),
    ),
    "gcp:vertex/aiEndpoint:AiEndpoint": _Service(
        "Vertex endpoint",
        ("displayName",),
        lambda inputs: inputs.get("network") or _connect("privateServiceConnectConfig")(inputs),
        api=_VERTEX,
    ),
    "gcp:vertex/aiEndpointWithModelGardenDeployment:AiEndpointWithModelGardenDeployment": _Service(
        "Vertex endpoint",
        ("endpointConfig", "endpointDisplayName"),
        _connect("endpointConfig", "privateServiceConnectConfig"),
        api=_VERTEX,
    ),
    "gcp:vertex/aiIndexEndpoint:AiIndexEndpoint": _Service(
        "Vertex index endpoint",
        ("displayName",),
        lambda inputs: inputs.get("publicEndpointEnabled") is not True,
        ("TLS", "signed token"),
        api=_VERTEX,
    ),
    "gcp:vertex/aiFeatureOnlineStore:AiFeatureOnlineStore": _Service(
        "Vertex online store", ("name",), _connect(*_STORE), api=_VERTEX
    ),
}


def _public_address(path: tuple[str | int, ...]) -> Callable[[View, Resource], Iterator[Exposure]]:
    """Databases stand inside of the network; only one with a public address is a way in."""

    def ways(view: View, it: Resource) -> Iterator[Exposure]:
        if at(it.inputs, *path) is not True:
            return
        networks = objects(it.inputs, *path[:-1], "authorizedNetworks")
        listed = [each.get("value") or each.get("cidrRange") for each in networks]
        group_rules = [r for g in view.behind(it, "vpcSecurityGroupIds") for r in _open(view, g)]
        yield _made(
            view,
            it,
            "database",
            it.inputs.get("identifier") or it.inputs.get("name"),
            sources=sources_of(listed or group_rules or ANYWHERE),
            authentication=["login"],
            behind=[f"{kind(it)} {it.name}"],
        )

    return ways


def _open(view: View, group: Resource) -> list[str]:
    return list(_group_ranges(view, group, None))


# -- Buckets ------------------------------------------------------------------------------------


def _s3(view: View, it: Resource) -> Iterator[Exposure]:
    policies = view.referring(it, "aws:s3/bucketPolicy:BucketPolicy", "bucket")
    given = [s for p in policies for s in allowing(p.inputs.get("policy")) if everybody(s)]
    lists = [it, *view.referring(it, "aws:s3/bucketAcl:BucketAcl", "bucket")]
    opened = any(str(each.inputs.get("acl", "")).startswith("public-") for each in lists)
    if given or opened:
        yield _bucket(view, it, it.inputs.get("bucket"))


def _gcs(view: View, it: Resource) -> Iterator[Exposure]:
    for token in ("gcp:storage/bucketIAMMember:BucketIAMMember", _FOLDER_MEMBER):
        for member in view.referring(it, token, "bucket"):
            if member.inputs.get("member") in _EVERYBODY:
                yield _bucket(view, it, it.inputs.get("name"))


_FOLDER_MEMBER = "gcp:storage/managedFolderIamMember:ManagedFolderIamMember"


def _bucket(view: View, it: Resource, name: Any) -> Exposure:
    return _made(
        view,
        it,
        "bucket",
        name,
        sources=(INTERNET,),
        authentication=[NOBODY_ASKED],
        behind=[f"bucket {readable(name or it.name)}"],
    )


# -- Networks -----------------------------------------------------------------------------------


def _port(view: View, it: Resource) -> Iterator[Exposure]:
    """A rule of a security group for addresses outside of the site's own; a balancer's is said
    with the balancer.
    """
    balancers = {g.urn for lb in view.of(_LB) for g in view.behind(lb, "securityGroups")}
    groups = view.behind(it, "securityGroupId")
    foreign = _foreign(view, it, _ranges(it.inputs))
    if foreign and not any(group.urn in balancers for group in groups):
        first, last = it.inputs.get("fromPort"), it.inputs.get("toPort")
        yield _made(
            view,
            it,
            "open port",
            f"{it.inputs.get('ipProtocol')}:{first if first == last else f'{first}-{last}'}",
            sources=sources_of(foreign),
            authentication=["as what listens has it"],
            behind=[f"security group {group.name}" for group in groups],
        )


def _firewall(view: View, it: Resource) -> Iterator[Exposure]:
    allows = objects(it.inputs, "allows")
    foreign = _foreign(view, it, items(it.inputs, "sourceRanges"))
    if not allows or not foreign or it.inputs.get("direction") == "EGRESS":
        return
    ports = [f"{a.get('protocol')}:{','.join(map(str, items(a, 'ports'))) or '*'}" for a in allows]
    yield _made(
        view,
        it,
        "open port",
        ", ".join(ports),
        sources=sources_of(foreign),
        authentication=["as what listens has it"],
        behind=["machines of the network"],
    )


def _foreign(view: View, it: Resource, ranges: Iterable[Any]) -> list[str]:
    """Ranges that are not the site's own network."""
    site = view.plan.blueprint.sites.get(view.site(it))
    own = getattr(getattr(site, "network", None), "cidr", None)
    return [str(each) for each in ranges if not (own and _within(str(each), str(own)))]


def _within(inner: str, outer: str) -> bool:
    try:
        one, other = ip_network(inner, strict=False), ip_network(outer, strict=False)
    except ValueError:
        return False
    return one.version == other.version and one.subnet_of(other)  # pyright: ignore[reportArgumentType]


def _forwarding(view: View, it: Resource) -> Iterator[Exposure]:
    """Those without a scheme lead out of the network, to a service somewhere else."""
    scheme = str(it.inputs.get("loadBalancingScheme", "EXTERNAL"))
    if scheme:
        ports = it.inputs.get("portRange") or ", ".join(map(str, items(it.inputs, "ports")))
        yield _made(
            view,
            it,
            "load balancer",
            f"{scheme} {ports}".strip(),
            sources=(INTERNET,) if scheme.startswith("EXTERNAL") else (NETWORK,),
            authentication=["as what stands behind has it"],
            behind=[readable(it.inputs.get("target") or it.inputs.get("backendService") or "?")],
        )


_CHECKED = {
    "vpn": ("the VPN's keys",),
    "direct-connect": ("the line",),
    "interconnect": ("the line",),
    "private-service": ("the cloud's private service",),
    "public-mtls": ("mutual TLS",),
}


def _links(view: View) -> Iterator[Exposure]:
    for link in view.plan.blueprint.links:
        yield Exposure(
            link.to,
            "link",
            f"{link.from_} to {link.to}",
            str(link.via),
            (f"site {link.from_}",),
            _CHECKED[str(link.via)],
            tuple(map(str, link.carries)),
        )


_Ways = Callable[[View, "Resource"], Iterator[Exposure]]
_WAYS: tuple[tuple[tuple[str, ...], _Ways], ...] = (
    ((_LISTENER,), _listener),
    ((gateways.GATEWAY,), _gateway),
    (("kubernetes:core/v1:Service",), _service),
    (("kubernetes:networking.k8s.io/v1:Ingress",), _ingress),
    (("kubernetes:helm.sh/v3:Release",), _release),
    (("aws:eks/cluster:Cluster",), _eks),
    (("gcp:container/cluster:Cluster",), _gke),
    ((_RUN,), _cloud_run),
    *(((token,), service) for token, service in _SERVICES.items()),
    (("aws:rds/instance:Instance",), _public_address(("publiclyAccessible",))),
    (
        ("gcp:sql/databaseInstance:DatabaseInstance",),
        _public_address(("settings", "ipConfiguration", "ipv4Enabled")),
    ),
    (
        ("gcp:alloydb/instance:Instance",),
        _public_address(("networkConfig", "enablePublicIp")),
    ),
    (("aws:s3/bucket:Bucket",), _s3),
    (("gcp:storage/bucket:Bucket",), _gcs),
    ((_GROUP_RULE,), _port),
    (("gcp:compute/firewall:Firewall",), _firewall),
    (
        (
            "gcp:compute/forwardingRule:ForwardingRule",
            "gcp:compute/globalForwardingRule:GlobalForwardingRule",
        ),
        _forwarding,
    ),
)
"""What may be a way in, by type."""
