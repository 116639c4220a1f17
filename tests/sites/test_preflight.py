"""What a cluster that is there already is asked, against a simulated API server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from tests.support.api_server import Object, SimulatedCluster, item
from tests.support.parts import planned

from modelyard.blueprint.errors import NotReadyError
from modelyard.blueprint.site import ClusterAttach
from modelyard.catalog.clusters import KnownPart, balancers, networks
from modelyard.contracts.preflight import Answer, PreflightArgs, Verdict
from modelyard.engine.preflight import args_of
from modelyard.program import record_plan
from modelyard.sites.kubernetes.cluster_api import ClusterApi
from modelyard.sites.kubernetes.preflight.interview import Interview

MODEL = """
models:
  - {name: churn, type: predictive, source: "s3://models/churn/1", serve: {engine: onnx-runtime}}
"""
SCALED = MODEL.replace("onnx-runtime", "onnx-runtime, replicas: {min: 1, max: 3}")
EDGE = MODEL.replace("onnx-runtime", "onnx-runtime, mode: edge, nodes: {line: press}")
CHAT = """
models:
  - name: chat
    type: llm
    source: hf://Qwen/Qwen2.5-0.5B
    serve: {engine: vllm, concurrency: 4}
"""
GPUS = "gpus: {nodes: [{name: l4, accelerator: l4, count: 2}]}"
INGRESS = "ingress: {domain: ml.example}"
DEFAULT = {"storageclass.kubernetes.io/is-default-class": "true"}
GATEWAY_API = {"gateway.networking.k8s.io/v1": "Gateway GatewayClass HTTPRoute"}

Ask = Callable[..., dict[str, list[Answer]]]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """The answers of a cluster about a site, by topic."""

    def ask(
        cluster: SimulatedCluster, settings: str = "edge: false", rest: str = MODEL, **more: str
    ) -> dict[str, list[Answer]]:
        with cluster.running(tmp_path) as kubeconfig:
            api = ClusterApi(ClusterAttach(kubeconfig=str(kubeconfig)))
            answers = list(Interview(about(settings, rest, **more), api).answers())
        found: dict[str, list[Answer]] = {}
        for answer in answers:
            found.setdefault(answer.topic, []).append(answer)
        return found

    return ask


@cache
def about(settings: str, rest: str = MODEL, kind: str = "onprem") -> PreflightArgs:
    """What would be built on a site with these settings."""
    plan = planned(f"sites: {{here: {{kind: {kind}, {settings}}}}}\n{rest}")
    return args_of(plan, record_plan(plan), "here")


def storage_class(name: str, *, default: bool = True, **more: object) -> Object:
    marks = DEFAULT if default else {}
    by = {"provisioner": "acme.example/disks", "annotations": marks, **more}
    return item("storage.k8s.io/v1", "StorageClass", name, **by)


def node(name: str, **more: object) -> Object:
    return item("v1", "Node", name, **more)


def workload(name: str, namespace: str = "kube-system", kind: str = "DaemonSet") -> Object:
    return item("apps/v1", kind, name, namespace)


def definition(group: str, release: str = "") -> Object:
    marks = {"meta.helm.sh/release-name": release} if release else {}
    name, spec = f"things.{group}", {"group": group}
    api = "apiextensions.k8s.io/v1"
    return item(api, "CustomResourceDefinition", name, annotations=marks, spec=spec)


def service(*addresses: str) -> Object:
    status = {"loadBalancer": {"ingress": [{"ip": each} for each in addresses]}}
    return item("v1", "Service", "web", "shop", spec={"type": "LoadBalancer"}, status=status)


FINE = (storage_class("fast"), workload("cilium"), node("one"))


def only(answers: dict[str, list[Answer]], topic: str) -> Answer:
    (answer,) = answers[topic]
    return answer


def failed(answers: dict[str, list[Answer]]) -> list[str]:
    each = [answer for told in answers.values() for answer in told]
    return [answer.topic for answer in each if answer.verdict is Verdict.FAILED]


def test_a_cluster_that_has_everything_fails_nowhere(ask: Ask) -> None:
    answers = ask(SimulatedCluster(FINE))
    assert failed(answers) == []
    assert set(answers) == {"cluster", "permission", "network", "storage", "kind"}


def test_a_bare_cluster_is_told_of_everything_it_lacks_at_once(ask: Ask) -> None:
    bare = SimulatedCluster((node("one"), workload("kube-flannel-ds", "kube-flannel")))
    settings = f"{INGRESS}, load_balancer: {{engine: attach}}, {GPUS}"
    settings += ", operators: {keda: attach}"
    answers = ask(replace(bare, objects=(*bare.objects, service())), settings, SCALED)
    assert set(failed(answers)) == {*("network", "storage", "load-balancer", "operator", "metrics")}
    lacking = [a for told in answers.values() for a in told if a.verdict is Verdict.FAILED]
    assert all(answer.found and answer.next for answer in lacking)


@pytest.mark.parametrize(
    ("version", "said", "verdict"),
    [
        ("v1.36.2", "1.36", Verdict.OK),
        ("v1.36.2+k3s1", "1.36", Verdict.OK),
        ("v1.35.0", "1.36", Verdict.WARNING),
        ("v1.29.9", "1.36", Verdict.FAILED),
        ("devel", "1.36", Verdict.UNKNOWN),
    ],
)
def test_version(version: str, said: str, verdict: Verdict, ask: Ask) -> None:
    answers = ask(SimulatedCluster(FINE, version), f"cluster: {{version: '{said}'}}")
    assert only(answers, "cluster").verdict is verdict


def test_a_right_that_is_lacking_is_named(ask: Ask) -> None:
    answers = ask(SimulatedCluster(FINE, forbidden=("NetworkPolicy",)))
    told = only(answers, "permission")
    assert (told.verdict, told.found) == (Verdict.FAILED, "may not create NetworkPolicy")


def test_what_may_not_be_read_costs_its_own_answer(ask: Ask) -> None:
    answers = ask(SimulatedCluster(FINE, forbidden=("StorageClass",)))
    told = only(answers, "storage")
    assert told.verdict is Verdict.UNKNOWN
    assert "does not let you list StorageClass: not for you" in told.found
    assert only(answers, "network").verdict is Verdict.OK


NETWORKS = [
    (("cilium",), "v1.36.2", "", Verdict.OK, "Cilium keeps them"),
    (("kube-flannel-ds",), "v1.36.2", "", Verdict.FAILED, "Flannel does not"),
    (("kube-flannel-ds", "calico-node"), "v1.36.2", "", Verdict.OK, "Calico"),
    (("kindnet",), "v1.36.2", "", Verdict.UNKNOWN, "Enforces from kind 0.24"),
    (("aws-node",), "v1.36.2", "", Verdict.UNKNOWN, "enableNetworkPolicy"),
    ((), "v1.36.2", "", Verdict.UNKNOWN, "cannot be told"),
    ((), "v1.36.2+k3s1", '["server"]', Verdict.OK, "the controller of k3s"),
    ((), "v1.36.2+k3s1", '["server","--disable-network-policy"]', Verdict.UNKNOWN, "cannot be"),
]


@pytest.mark.parametrize(("runs", "version", "args", "verdict", "said"), NETWORKS)
def test_whether_policies_are_kept(
    runs: tuple[str, ...], version: str, args: str, verdict: Verdict, said: str, ask: Ask
) -> None:
    marked = node("one", annotations={"k3s.io/node-args": args})
    objects = (storage_class("fast"), marked, *(workload(name) for name in runs))
    told = only(ask(SimulatedCluster(objects, version)), "network")
    assert told.verdict is verdict
    assert said in told.found


def test_a_default_class(ask: Ask) -> None:
    def told(*classes: Object, settings: str = "edge: false", kind: str = "onprem") -> Answer:
        return only(ask(SimulatedCluster(classes), settings, kind=kind), "storage")

    assert told(storage_class("fast")).verdict is Verdict.OK
    none = told()
    assert (none.verdict, none.found) == (Verdict.FAILED, "no class")
    assert none.next.startswith("set `storage: {engine: local-path}`")
    assert told(kind="kubernetes").next.startswith("make the site one of `kind: onprem`, and set")
    unmarked = told(storage_class("slow", default=False))
    assert unmarked.found == "none of slow is the default"
    assert unmarked.next.startswith("set `storage_class: slow`, or set `storage:")
    assert told(storage_class("a"), storage_class("b")).verdict is Verdict.WARNING


def test_a_class_that_is_named(ask: Ask) -> None:
    settings = "storage_class: ceph-rbd"
    there = only(ask(SimulatedCluster((storage_class("ceph-rbd"),)), settings), "storage")
    assert there.verdict is Verdict.OK
    other = only(ask(SimulatedCluster((storage_class("ceph-ssd"),)), settings), "storage")
    assert (other.verdict, other.found) == (Verdict.FAILED, "is not there; there are ceph-ssd")


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ("storage: {engine: local-path}", "local-path"),
        ("storage: {engine: rook, devices: sdb}", "ceph-block"),
    ],
)
def test_a_class_that_is_to_be_made(settings: str, name: str, ask: Ask) -> None:
    def told(*objects: Object) -> Answer:
        return only(ask(SimulatedCluster(objects), settings), "storage")

    assert told().verdict is Verdict.OK
    foreign = told(storage_class(name))
    assert foreign.verdict is Verdict.FAILED
    assert foreign.found == "is there already, from acme.example/disks"
    second = told(storage_class("other"))
    assert (second.verdict, second.found) == (
        Verdict.WARNING,
        "would be a second default class beside other",
    )
    own = storage_class(name, labels={"app.kubernetes.io/managed-by": "modelyard"})
    assert told(own).verdict is Verdict.OK


BALANCERS = [
    ((), Verdict.FAILED, "nothing that is known"),
    ((service(),), Verdict.FAILED, "shop/web waits for one"),
    ((service("10.0.0.9"),), Verdict.OK, "whatever serves the Services"),
    ((definition("metallb.io"),), Verdict.OK, "MetalLB gives addresses"),
    ((workload("kube-vip-ds"),), Verdict.OK, "kube-vip gives addresses"),
    ((node("a", spec={"providerID": "aws:///eu/i-1"}),), Verdict.OK, "the cloud of the nodes"),
    ((node("a", spec={"providerID": "kind://docker/a"}),), Verdict.FAILED, "nothing that is"),
]


@pytest.mark.parametrize(("objects", "verdict", "said"), BALANCERS)
def test_a_way_in_needs_an_address(
    objects: tuple[Object, ...], verdict: Verdict, said: str, ask: Ask
) -> None:
    told = only(ask(SimulatedCluster(objects), INGRESS, kind="kubernetes"), "load-balancer")
    assert told.verdict is verdict
    assert said in told.found


def test_what_the_blueprint_says_is_there_is_doubted_only(ask: Ask) -> None:
    settings = f"{INGRESS}, load_balancer: {{engine: attach}}"
    assert only(ask(SimulatedCluster(), settings), "load-balancer").verdict is Verdict.WARNING


def test_a_port_of_the_nodes_needs_no_address(ask: Ask) -> None:
    assert "load-balancer" not in ask(SimulatedCluster(), INGRESS)


def test_k3s_gives_addresses_unless_it_was_told_not_to(ask: Ask) -> None:
    def told(args: str) -> Answer:
        marked = node("one", annotations={"k3s.io/node-args": args})
        cluster = SimulatedCluster((marked,), "v1.36.2+k3s1")
        return only(ask(cluster, INGRESS, kind="kubernetes"), "load-balancer")

    assert told('["server"]').verdict is Verdict.OK
    assert told('["server","--disable","servicelb"]').verdict is Verdict.FAILED
    assert told('["server","--disable=servicelb"]').verdict is Verdict.FAILED


def test_metallb_does_not_contend_with_another(ask: Ask) -> None:
    settings = "load_balancer: {engine: metallb, addresses: [10.0.0.1-10.0.0.9]}"
    assert only(ask(SimulatedCluster(), settings), "load-balancer").verdict is Verdict.OK
    k3s = only(ask(SimulatedCluster((node("a"),), "v1.36.2+k3s1"), settings), "load-balancer")
    assert k3s.verdict is Verdict.FAILED
    assert k3s.found.startswith("ServiceLB of k3s answers already")
    there = ask(SimulatedCluster((definition("metallb.io", "metallb"),)), settings)
    assert only(there, "operator").verdict is Verdict.WARNING


def gateway(hostname: str | None, allowed: str = "All", **status: object) -> Object:
    listener: dict[str, object] = {"name": "web", "port": 443}
    listener["allowedRoutes"] = {"namespaces": {"from": allowed}}
    if hostname:
        listener["hostname"] = hostname
    spec, api = {"listeners": [listener]}, "gateway.networking.k8s.io/v1"
    return item(api, "Gateway", "shared", "gateways", spec=spec, **status)


GATEWAYS = [
    (gateway(None), Verdict.OK, "listens for *.ml.example"),
    (gateway("*.ml.example"), Verdict.OK, ""),
    (gateway("*.example"), Verdict.OK, ""),
    (gateway("*.other.example"), Verdict.FAILED, "listens for *.other.example"),
    (gateway("shop.ml.example"), Verdict.FAILED, "listens for shop.ml.example"),
    (gateway(None, "Same"), Verdict.FAILED, "takes routes of namespace gateways alone"),
    (None, Verdict.FAILED, "no Gateway is there"),
]


@pytest.mark.parametrize(("there", "verdict", "said"), GATEWAYS)
def test_a_gateway_that_is_attached(
    there: Object | None, verdict: Verdict, said: str, ask: Ask
) -> None:
    attach = "ingress: {attach: {name: shared, namespace: gateways, domain: ml.example}}"
    cluster = SimulatedCluster((there,) if there else (), kinds=GATEWAY_API)
    told = only(ask(cluster, attach), "ingress")
    assert told.verdict is verdict
    assert said in told.found


CERT_MANAGER = "keys: {engine: cert-manager}"


def test_an_operator_that_runs_already_is_not_installed(ask: Ask) -> None:
    def told(*objects: Object) -> Answer:
        return only(ask(SimulatedCluster(objects), CERT_MANAGER), "operator")

    assert told().verdict is Verdict.OK
    running = told(workload("cert-manager-webhook", "certs", "Deployment"))
    assert running.verdict is Verdict.FAILED
    assert running.found == "runs already: Deployment certs/cert-manager-webhook"
    assert running.next == "set `operators: {cert-manager: attach}`"
    left = told(definition("cert-manager.io", "cert-manager"))
    assert (left.verdict, left.found) == (
        Verdict.WARNING,
        "1 of its kinds are there already, from cert-manager",
    )
    ours = {"app.kubernetes.io/managed-by": "modelyard"}
    again = told(
        item("v1", "Namespace", "cert-manager", labels=ours),
        workload("cert-manager", "cert-manager", "Deployment"),
    )
    assert (again.verdict, again.found) == (Verdict.OK, "is there, from a platform")


def test_an_operator_that_is_said_to_be_there_is(ask: Ask) -> None:
    settings = f"{CERT_MANAGER}, operators: {{cert-manager: attach}}"
    lacking = ask(SimulatedCluster(FINE), settings)
    assert only(lacking, "operator").verdict is Verdict.FAILED
    unknown = {answer.asked for answer in lacking["kind"]}
    assert unknown == {"cert-manager.io/v1 Certificate", "cert-manager.io/v1 Issuer"}
    assert {a.next for a in lacking["kind"]} == {
        "set `operators: {cert-manager: create}`, or install it"
    }
    known = {"cert-manager.io/v1": "Certificate Issuer"}
    there = SimulatedCluster((*FINE, definition("cert-manager.io")), kinds=known)
    assert failed(ask(there, settings)) == []


def test_an_issuer_and_a_store_that_are_attached_are_there(ask: Ask) -> None:
    settings = "keys: {attach: {issuer: house}}, operators: {cert-manager: attach}"
    known = {"cert-manager.io/v1": "Certificate ClusterIssuer"}
    there = item("cert-manager.io/v1", "ClusterIssuer", "house")
    assert only(ask(SimulatedCluster((there,), kinds=known), settings), "keys").verdict == "ok"
    assert only(ask(SimulatedCluster(kinds=known), settings), "keys").verdict == "failed"


def test_scaling_on_load_needs_to_be_told_of_it(ask: Ask) -> None:
    lacking = only(ask(SimulatedCluster(FINE), rest=SCALED), "metrics")
    assert lacking.verdict is Verdict.FAILED
    assert "operators: {metrics-server: create}" in lacking.next
    told = SimulatedCluster(FINE, kinds={"metrics.k8s.io/v1beta1": "PodMetrics"})
    assert only(ask(told, rest=SCALED), "metrics").verdict is Verdict.OK
    assert "metrics" not in ask(
        SimulatedCluster(FINE), "operators: {metrics-server: create}", SCALED
    )


def gpu_node(name: str, gpus: int, product: str = "NVIDIA-L4") -> Object:
    status = {"allocatable": {"nvidia.com/gpu": str(gpus)}}
    return node(name, labels={"nvidia.com/gpu.product": product}, status=status)


def test_gpus_that_are_attached_are_counted(ask: Ask) -> None:
    settings = GPUS.replace("nodes:", "engine: attach, nodes:")

    def told(*objects: Object) -> Answer:
        return only(ask(SimulatedCluster(objects), settings, CHAT), "gpu")

    fine = told(gpu_node("a", 1), gpu_node("b", 1))
    assert (fine.verdict, fine.found) == (Verdict.OK, "2 nodes with 2 nvidia.com/gpu")
    few = told(gpu_node("a", 1), gpu_node("b", 0), gpu_node("c", 1, "NVIDIA-T4"))
    assert few.verdict is Verdict.FAILED
    assert few.found.startswith("1 of 3 nodes with nvidia.com/gpu.product=NVIDIA-L4")


def test_gpus_that_nobody_knows_of_yet_show_later(ask: Ask) -> None:
    assert only(ask(SimulatedCluster(FINE), GPUS, CHAT), "gpu").verdict is Verdict.UNKNOWN
    named = GPUS.replace("count: 2", "count: 2, labels: {rack: gpu}")
    racked = SimulatedCluster((node("a", labels={"rack": "gpu"}),))
    assert only(ask(racked, named, CHAT), "gpu").found.startswith("1 of 1 nodes with rack=gpu")


def test_a_second_plugin_is_not_installed(ask: Ask) -> None:
    first, second = ask(SimulatedCluster((gpu_node("a", 1), gpu_node("b", 1))), GPUS, CHAT)["gpu"]
    assert (first.verdict, first.next) == (Verdict.FAILED, "set `gpus: {engine: attach}`")
    assert second.verdict is Verdict.OK


def test_nodes_that_models_are_sent_to(ask: Ask) -> None:
    settings = "edge: true"
    lacking = only(ask(SimulatedCluster((node("one"),)), settings, EDGE), "node")
    assert lacking.verdict is Verdict.FAILED
    assert lacking.next == "kubectl label node NODE line=press"
    there = SimulatedCluster((node("one", labels={"line": "press"}),))
    assert only(ask(there, settings, EDGE), "node").verdict is Verdict.OK


def test_nothing_is_changed_and_lists_are_read_once(ask: Ask) -> None:
    cluster = SimulatedCluster(FINE)
    ask(cluster, f"{INGRESS}, {GPUS}", CHAT)
    posted = {path for path in cluster.asked if not path.startswith("GET ")}
    assert posted == {"POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews"}
    lists = ("/api/v1/nodes", "/api/v1/services", "/apis/apps/v1/daemonsets")
    assert [cluster.asked.count(f"GET {path}") for path in lists] == [1, 1, 1]


def test_a_cluster_that_does_not_answer_is_the_environments_fault(tmp_path: Path) -> None:
    with SimulatedCluster().running(tmp_path) as kubeconfig:
        pass
    api = ClusterApi(ClusterAttach(kubeconfig=str(kubeconfig)))
    with pytest.raises(NotReadyError, match="does not answer"):
        list(Interview(about("edge: false"), api).answers())


@pytest.mark.parametrize("part", [*networks().values(), *balancers().values()], ids=lambda p: p.id)
def test_an_entry_is_whole(part: KnownPart) -> None:
    assert part.name
    assert part.workloads or part.groups
    assert part.source.startswith("https://")
    assert part.note or part.enforces != "told"
