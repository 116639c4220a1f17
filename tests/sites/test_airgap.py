"""A site without a way out: nothing in its graph leads there, whatever stands on it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest
import yaml
from tests.support import shipped
from tests.support.documents import Loader
from tests.support.parts import manifest

from modelyard.blueprint.errors import BlueprintError
from modelyard.blueprint.site import ClusterSite
from modelyard.catalog.charts import charts
from modelyard.catalog.mirrors import mirrored_charts
from modelyard.catalog.operators import operators
from modelyard.objects.identity import RELEASE
from modelyard.plan.copies import Copies, full, mirrored
from modelyard.plan.plan import Plan
from modelyard.plan.tags import tags_of
from modelyard.program import plan_file, record_plan
from modelyard.recorder import Graph, Resource
from modelyard.recorder.values import plain
from modelyard.sites import offers
from modelyard.sites.kubernetes.network import API_SERVER_PORTS

AIRGAP = {
    "registry": "registry.inside.test/mirror",
    "charts": "oci://registry.inside.test/charts",
    "models": "s3://models/hub",
}
INSIDE = Copies(**AIRGAP)
CLOUDS = ("aws-", "gcp-")
GPUS = ("h100", "l4", "a10g", "l40s")
STAYS = ("aws-greengrass", "aws-sagemaker", "aws-streams", "gcp-streams", "gcp-vertex")
"""What is about a cloud's own services, which no site of one's own has."""
BETWEEN = {c.path.stem for c in shipped.cases() if "\nlinks:" in c.path.read_text("utf-8")}
LINKED = BETWEEN - {"edge-fleet"}
"""What is about a cloud at one end, which a site without a way out does not reach."""
CASES = [case for case in shipped.cases() if case.path.stem not in {*STAYS, *LINKED}]
each = pytest.mark.parametrize("case", CASES, ids=str)

TOP = (
    *("com", "net", "org", "io", "ai", "co", "dev", "app", "cloud", "sh", "gov", "edu", "info"),
    *("tech", "run", "ms", "me", "us", "eu", "uk", "de", "fr", "ch", "cn", "jp", "example", "test"),
)
"""Ends of hosts that somebody may have registered, and of those that blueprints use for them; other
words with dots in them are code, files and fields.
"""
HOST = re.compile(
    r"(?<![\w./@-])"  # not the middle of a path, of an address of mail, or of a name
    rf"(?P<host>(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:{'|'.join(TOP)}))(?![\w.-]*\w)"
)
URL = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<host>[^/\s:\"'?]+)")
SCHEMES = {"secret", "s3", "models"}
"""Of addresses that name no host: a Secret, a bucket, an entry of the registry."""
INSIDE_NAMES = re.compile(r"(^|\.)(svc|svc\.cluster\.local|localhost)$")
API_GROUPS = re.compile(r"(^|\.)(k8s\.io|x-k8s\.io|kubernetes\.io)$")
LABELS = {
    *("nvidia.com", "pulumi.com", "cnpg.io", "modelyard.dev", "networking.kserve.io"),
    *("workflows.argoproj.io", "requests.nvidia.com", "rancher.io", "type.googleapis.com"),
}
"""Domains that keys of labels, annotations and resources begin with, and names of provisioners and
of protobuf's types."""


def shut_in(case: shipped.Case) -> Any:
    """A shipped blueprint, every site of which is made one that reaches nothing outside."""
    data = yaml.load(case.path.read_text(encoding="utf-8"), Loader)
    data["sites"] = {name: _shut(site) for name, site in data["sites"].items()}
    if (data.get("features") or {}).get("repo"):
        data["features"]["repo"] = "https://git.inside.test/features.git"
    if case.file.startswith(CLOUDS):
        data.get("data", {}).pop("residency", None)
        for overlay in (data.get("environments") or {}).values():
            overlay.pop("sites", None)
    return data


def _shut(site: dict[str, Any]) -> dict[str, Any]:
    """A site as it is; a cloud's becomes one on machines of one's own, with plenty of them."""
    if site["kind"] in ("aws", "gcp"):
        ingress = {"ingress": {"domain": "ai.inside.test"}} if site.get("ingress") else {}
        nodes = [{"name": name, "accelerator": name, "per_node": 8, "count": 8} for name in GPUS]
        site = {"kind": "onprem", "gpus": {"nodes": nodes}, **ingress}
    if registry := site.get("image_registry"):
        registry["attach"]["url"] = AIRGAP["registry"]
    return {**site, "airgap": dict(AIRGAP)}


@cache
def planned(case: shipped.Case, folder: Any) -> Plan:
    path = folder / f"{case}.yaml"
    path.write_text(yaml.safe_dump(shut_in(case)))
    return plan_file(path, case.environment).plan


@cache
def recorded(case: shipped.Case, folder: Any) -> Graph:
    return record_plan(planned(case, folder), deployed=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return tmp_path_factory.mktemp("airgap")


def texts(value: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a resource, keys included, with the way to it."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield f"{at}.{key}", str(key)
            yield from texts(item, f"{at}.{key}")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from texts(item, f"{at}[{index}]")
    elif isinstance(value, str):
        yield at, value


def hosts(text: str) -> Iterator[str]:
    """What looks like a host in a text: of an address, or as the beginning of a reference."""
    for found in URL.finditer(text):
        if found["scheme"] not in SCHEMES:
            yield found["host"].rpartition("@")[2]
    yield from (found["host"] for found in HOST.finditer(text))


def named_by_the_team(plan: Plan) -> set[str]:
    """Hosts that the blueprint names as the site's own: what is attached, where alerts go, who
    answers; never those that images and models come from.
    """
    data = plan.blueprint.model_dump(mode="json", by_alias=True, exclude={"models"})
    named = {host for _, text in texts(data) for host in (*hosts(text), text.rpartition("@")[2])}
    return {*named, *tags_of(plan.blueprint).labels().values()}


def domains(plan: Plan) -> tuple[str, ...]:
    """Ends of the names under which gateways answer, and of Services beside an operator."""
    sites = [s for s in plan.blueprint.sites.values() if isinstance(s, ClusterSite) and s.ingress]
    found = [(s.ingress.attach or s.ingress).domain for s in sites if s.ingress]
    found += [operator.namespace for operator in operators().values()]
    return tuple(f".{domain}" for domain in found)


def groups(graph: Graph) -> set[str]:
    """API groups of the objects and of the operators, and the domains that labels begin with."""
    of_operators = {group for operator in operators().values() for group in operator.groups}
    of_objects = {
        str(resource.inputs.get("apiVersion", "")).partition("/")[0]
        for resource in graph
        if resource.package == "kubernetes"
    }
    return of_operators | of_objects


def strangers(graph: Graph, plan: Plan) -> set[str]:
    """Every host in a graph that is neither the site's own nor a name of something else."""
    known = named_by_the_team(plan) | groups(graph) | LABELS | {INSIDE.host}
    found = set()
    for resource in graph:
        for at, text in texts(plain(dict(resource.inputs))):
            for host in hosts(text):
                if _strange(host, known, domains(plan)):
                    found.add(f"{resource.name}{at}: {host} in {text[:120]!r}")
    return found


def _strange(host: str, known: set[str], ends: tuple[str, ...]) -> bool:
    """Whether a host is not the site's, not a name in the cluster, and not that of an API."""
    named = "." not in host or host in known or host.endswith(ends)
    return not (named or INSIDE_NAMES.search(host) or API_GROUPS.search(host))


@each
def test_no_other_host_is_in_the_graph(case: shipped.Case, folder: Any) -> None:
    assert strangers(recorded(case, folder), planned(case, folder)) == set()


@pytest.mark.parametrize("stem", STAYS)
def test_what_stays_in_its_cloud_is_refused(stem: str, folder: Any) -> None:
    for case in shipped.cases():
        if case.path.stem == stem:
            with pytest.raises(BlueprintError):
                planned(case, folder)


def test_the_walker_sees_what_is_outside() -> None:
    """As the blueprints ship, the same walk finds registries, charts and the hub."""
    case = next(case for case in CASES if str(case) == "onprem")
    found = strangers(shipped.recorded(case), shipped.planned(case).plan)
    seen = {text.partition(": ")[2].partition(" in ")[0] for text in found}
    assert {"docker.io", "ghcr.io", "quay.io", "nvcr.io", "hf.co"} <= seen
    assert {"metallb.github.io", "helm.ngc.nvidia.com", "kedacore.github.io"} <= seen


@each
def test_every_image_is_the_registrys(case: shipped.Case, folder: Any) -> None:
    """And keeps its path, so that one rule says where each copy belongs."""
    for resource in recorded(case, folder):
        for at, text in texts(plain(dict(resource.inputs))):
            if at.endswith((".image", ".imageName")) and "." in text.partition("/")[0]:
                assert text.startswith(f"{AIRGAP['registry']}/"), f"{resource.name}{at}"


@each
def test_every_chart_is_inside_with_its_images(case: shipped.Case, folder: Any) -> None:
    for release in recorded(case, folder).of_type(RELEASE):
        assert str(release.inputs["chart"]).startswith(f"{AIRGAP['charts']}/")
        assert "repositoryOpts" not in release.inputs
        name = str(release.inputs["chart"]).rpartition("/")[2]
        (chart,) = {c.id: c for c in charts().values() if c.chart == name}.values()
        for key, there in mirrored_charts()[chart.id].keys.items():
            value: Any = release.inputs["values"]
            for part in key.split("."):
                value = value[part]
            assert value == mirrored(there, AIRGAP["registry"]), key


@each
def test_nothing_of_the_hub_is_asked_for(case: shipped.Case, folder: Any) -> None:
    """Approving a model of the hub writes its name into the registry, and fetches nothing."""
    graph = [r for r in recorded(case, folder) if "-promotion-" not in r.name]
    everything = [text for r in graph for _, text in texts(plain(dict(r.inputs)))]
    assert not [text for text in everything if text.startswith(("hf://", "hf.co/"))]
    assert not [text for text in everything if text == "HF_TOKEN"]


@each
def test_no_policy_lets_anybody_out(case: shipped.Case, folder: Any) -> None:
    """Only towards the ports of what the blueprint names as the site's own, and the API server."""
    plan = planned(case, folder)
    open_ports = _own_ports(plan)
    for resource in recorded(case, folder):
        if resource.inputs.get("kind") != "NetworkPolicy":
            continue
        for rule in manifest(resource)["spec"].get("egress") or []:
            if not rule.get("to"):
                ports = {port["port"] for port in rule["ports"]}
                assert ports <= open_ports, f"{resource.name} lets out to {ports - open_ports}"


def _own_ports(plan: Plan) -> set[int]:
    """Those of the API server, of DNS, and of what is attached; 443 besides, of a forge inside."""
    ports = {53, 5353, *API_SERVER_PORTS}
    for _, text in texts(plan.blueprint.model_dump(mode="json", by_alias=True)):
        ports |= {int(found) for found in re.findall(r"://[^/\s:]+:(\d+)", text)}
    for site in plan.blueprint.sites.values():
        if isinstance(site, ClusterSite):
            attached = (site.database.attach, site.cache.attach)
            ports |= {attach.port for attach in attached if attach}
    return ports


@each
def test_only_what_the_team_names_is_reached_on_its_port(case: shipped.Case, folder: Any) -> None:
    """A model whose site has its own object store in the cluster reaches that, and nothing else."""
    plan = planned(case, folder)
    for resource in recorded(case, folder):
        if resource.inputs.get("kind") != "NetworkPolicy" or not _serves(resource, plan):
            continue
        site = _site_of(resource, plan)
        if site.object_store.attach is None:
            ways = manifest(resource)["spec"].get("egress") or []
            assert all(way.get("to") for way in ways), f"{resource.name} reaches any address"
            blocks = {to["ipBlock"]["cidr"] for way in ways for to in way["to"] if "ipBlock" in to}
            assert blocks <= _linked(plan), resource.name


def _linked(plan: Plan) -> set[str]:
    """The networks at the ends of the team's own links, where another site's registry is."""
    return {each for link in plan.blueprint.links for each in link.networks}


def test_a_shop_reaches_the_registry_by_the_networks_of_its_link(folder: Any) -> None:
    [lines] = [case for case in CASES if str(case) == "edge-fleet-lines"]
    policies = [
        manifest(resource)["spec"]["egress"]
        for resource in recorded(lines, folder)
        if resource.name.startswith("counter-shops-") and resource.name.endswith("-shelf-gaps")
        if resource.inputs.get("kind") == "NetworkPolicy"
    ]
    assert len(policies) == 3
    for ways in policies:
        [afar] = [way for way in ways if any("ipBlock" in to for to in way["to"])]
        assert [port["port"] for port in afar["ports"]] == [443]
        assert {to["ipBlock"]["cidr"] for to in afar["to"]} == _linked(planned(lines, folder))


def _serves(resource: Resource, plan: Plan) -> bool:
    return resource.inputs["metadata"]["name"] in {model.name for model in plan.models}


def _site_of(resource: Resource, plan: Plan) -> ClusterSite:
    model = plan.model(resource.inputs["metadata"]["name"])
    site = plan.blueprint.sites[model.site]
    assert isinstance(site, ClusterSite)
    return site


INSTALLABLE = {
    operator
    for kind in ("kubernetes", "onprem")
    for engines in offers()[kind].values()
    for offer in engines.values()
    for operator in offer.operators
}


@pytest.mark.parametrize("id", sorted(INSTALLABLE | {"kueue"}))
def test_every_chart_of_such_a_site_can_be_told_its_images(id: str) -> None:
    """Each image that a chart pulls is under a key, by its registry, its folder or its name."""
    for item in operators()[id].charts:
        told = [full(there) for there in mirrored_charts()[item.chart.id].keys.values()]
        for image in item.chart.images:
            if image.startswith("docker.io/kserve/huggingfaceserver:") or "/llm-d/" in image:
                continue  # named by each service itself, as well
            assert any(_begins(image, there) for there in told), f"{item.chart.id}: {image}"


def _begins(image: str, there: str) -> bool:
    registry = there.removeprefix("docker.io/library/")
    return any(
        image == part or image.startswith((f"{part}/", f"{part}:")) for part in (there, registry)
    )


@pytest.mark.parametrize("charts_at", ["oci://r.test/charts", "https://charts.test/stable"])
def test_a_chart_is_named_by_where_it_is(charts_at: str) -> None:
    chart = charts()["keda"]
    named = Copies("r.test", charts_at, "s3://m").chart(chart)
    if charts_at.startswith("oci://"):
        assert named == {"chart": "oci://r.test/charts/keda"}
    else:
        assert named == {"chart": "keda", "repositoryOpts": {"repo": charts_at}}


@pytest.mark.parametrize(
    ("named", "inside"),
    [
        ("docker.io/library/postgres:18.6", "r.test/m/library/postgres:18.6"),
        ("postgres:18.6", "r.test/m/library/postgres:18.6"),
        ("works/own", "r.test/m/works/own"),
        ("localhost:5000/own:1", "r.test/m/own:1"),
        ("ghcr.io/a/b:1@sha256:0", "r.test/m/a/b:1@sha256:0"),
        ("r.test/ours/own:1", "r.test/ours/own:1"),
    ],
)
def test_one_rule_says_where_an_image_belongs(named: str, inside: str) -> None:
    assert Copies("r.test/m", "oci://r.test/c", "s3://m").image(named) == inside


SITE = """
modelyard: 1
name: yard
team: {owner: ml@example.com, domain: demo}
sites:
  here: {kind: onprem, airgap: {registry: r.test/m, charts: "oci://r.test/c", models: "s3://models/hub"}%s}
%s
"""
CHAT = "models: [{name: chat, type: llm, source: '%s', serve: {engine: kserve}}]"


@pytest.mark.parametrize(
    ("site", "rest", "what"),
    [
        (", image_registry: {attach: {url: other.test}}", "", "cannot come from other.test and"),
        ("", CHAT % "gs://acme/chat", "has no way out"),
        (", operators: {karpenter: create}", "", "how karpenter is told where its images are"),
        ("", "features: {repo: 'https://github.com/acme/features'}", "no way out to github.com"),
        ("", "features: {repo: 'git@gitlab.com:acme/features'}", "no way out to gitlab.com"),
    ],
)
def test_what_only_the_outside_has_is_refused(
    site: str, rest: str, what: str, tmp_path: Any
) -> None:
    path = tmp_path / "b.yaml"
    path.write_text(SITE % (site, rest))
    with pytest.raises(BlueprintError, match=re.escape(what)):
        plan_file(path)


def test_proxies_on_ports_of_nodes_are_told_their_image(tmp_path: Any) -> None:
    """A description of proxies replaces what the controller was told of them, image and all."""
    path = tmp_path / "b.yaml"
    path.write_text(SITE % (", ingress: {domain: yard.test}", ""))
    graph = record_plan(plan_file(path).plan, deployed=True)
    (proxy,) = (r for r in graph if r.inputs.get("kind") == "EnvoyProxy")
    described = manifest(proxy)["spec"]["provider"]["kubernetes"]["envoyDeployment"]
    image = "r.test/m/envoyproxy/envoy:distroless-v1.39.0"
    assert described["container"]["image"] == image
    (release,) = (r for r in graph.of_type(RELEASE) if r.inputs["name"] == "envoy-gateway")
    assert release.inputs["values"]["global"]["images"]["envoyProxy"]["image"] == image


def test_a_token_is_said_to_open_nothing(tmp_path: Any) -> None:
    gpus = ", gpus: {engine: gpu-operator, nodes: [{name: l4, accelerator: l4, count: 2}]}"
    chat = "{name: chat, type: llm, source: 'hf://Qwen/Qwen3-0.6B', token: 'secret://hub/token'}"
    path = tmp_path / "b.yaml"
    path.write_text(SITE % (gpus, f"models: [{chat}]"))
    said = {problem.path: problem.what for problem in plan_file(path).warnings}
    assert "no token opens it" in said["models[chat].token"]
    assert "packages of the node's system" in said["sites.here.gpus.engine"]
