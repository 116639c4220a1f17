"""Nodes: those that pods are sent to, and their GPUs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from modelyard.blueprint.gpus import GpuNodes
from modelyard.contracts.preflight import Answer, Verdict
from modelyard.sites.kubernetes.cluster_api import Object
from modelyard.sites.kubernetes.gpu_pool import DeclaredNodes
from modelyard.sites.kubernetes.preflight.look import Look, Planned, listed

_WORKLOADS = ("DaemonSet", "Deployment", "StatefulSet")
_OF_GPUS = "nvidia.com/"
"""Labels that GPU feature discovery gives, once it runs."""


def nodes(planned: Planned, look: Look) -> Iterator[Answer]:
    """Whatever is sent to certain nodes finds one."""
    chosen: dict[tuple[tuple[str, str], ...], str] = {}
    for item in planned.of(*_WORKLOADS):
        selector = item["spec"]["template"]["spec"].get("nodeSelector") or {}
        if selector and not any(key.startswith(_OF_GPUS) for key in selector):
            chosen.setdefault(tuple(sorted(selector.items())), item["metadata"]["name"])
    for labels, name in sorted(chosen.items()):
        said = ",".join(f"{key}={value}" for key, value in labels)
        there = look.matching(dict(labels))
        if there:
            found = listed([node["metadata"]["name"] for node in there])
            yield Answer("node", said, Verdict.OK, found)
        else:
            next = f"kubectl label node NODE {said.replace(',', ' ')}"
            found = f"none of {len(look.nodes)} nodes has this label"
            yield Answer("node", said, Verdict.FAILED, found, f"one for {name}", next)


def gpus(planned: Planned, look: Look) -> Iterator[Answer]:
    """The GPU nodes that the blueprint declares, as far as labels and resources tell of them."""
    settings = planned.site.gpus
    makes = settings.engine in _releases(planned)
    if not makes and settings.engine != "attach":
        return  # nothing that is planned runs on them
    declared = DeclaredNodes(settings)
    known = {resource for resource in declared.resources if _having(look.nodes, resource)}
    own = any(each.namespace in look.own_namespaces for each in planned.operators)
    if makes and known and not own:
        found = f"nodes have {listed(known)} already: something tells of them"
        next = "set `gpus: {engine: attach}`"
        yield Answer("gpu", str(settings.engine), Verdict.FAILED, found, next=next)
    for group in settings.nodes:
        yield _group(group, declared, look, makes=makes and not known)


def _releases(planned: Planned) -> set[str]:
    """The engines that are installed, as the blueprint calls them."""
    own = {"nvidia-device-plugin": "device-plugin", "gpu-operator": "gpu-operator"}
    return {own[name] for name in planned.releases if name in own}


def _group(group: GpuNodes, declared: DeclaredNodes, look: Look, *, makes: bool) -> Answer:
    """One kind of GPU node: how many there are, and how many GPUs they have."""
    selector, resource = declared.selector(group), declared.resource(group)
    asked, want = f"nodes {group.name}", group.count
    if makes and not group.labels:
        found = "what they have shows once the GPUs are made known to the scheduler"
        next = "see `kubectl get nodes -L nvidia.com/gpu.product` after `up`"
        return Answer("gpu", asked, Verdict.UNKNOWN, found, f"{want} nodes", next)
    there = look.matching(selector)
    having = there if makes else _having(there, resource)
    said = ", ".join(f"{key}={value}" for key, value in selector.items()) or "any label"
    if len(having) < want:
        found = f"{len(having)} of {len(look.nodes)} nodes with {said}"
        found += "" if makes else f" have {resource}"
        next = "lower `count`, correct `labels`, or add the nodes"
        return Answer("gpu", asked, Verdict.FAILED, found, f"{want} nodes", next)
    whole = sum(int(_allocatable(node).get(resource, 0)) for node in having)
    found = f"{len(having)} nodes" + ("" if makes else f" with {whole} {resource}")
    return Answer("gpu", asked, Verdict.OK, found)


def _having(nodes: list[Object], resource: str) -> list[Object]:
    return [node for node in nodes if int(_allocatable(node).get(resource, 0))]


def _allocatable(node: Object) -> Mapping[str, str]:
    return (node.get("status") or {}).get("allocatable") or {}
