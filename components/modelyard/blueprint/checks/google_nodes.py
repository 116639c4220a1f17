"""What nodes of GKE cannot be asked for: by whom they are made, and how their GPUs are shared."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.finding import Finding, Findings, Path
from modelyard.blueprint.checks.google import google_sites
from modelyard.catalog import accelerators
from modelyard.catalog.machines import machines

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.blueprint.model import Model

TAINT = "nvidia.com/gpu"
"""What GKE itself puts on nodes with GPUs; source: GKE guide, GPUs in Standard clusters."""
LONGEST = timedelta(days=7)
"""That a machine of flex-start is there; source: GKE guide, flex-start."""


def ordinary(blueprint: Blueprint) -> Findings:
    """Nodes without accelerators are described only where they are ours to make."""
    for name, site in google_sites(blueprint):
        cluster, path = site.cluster, ("sites", name, "cluster", "nodes")
        if "nodes" not in cluster.model_fields_set:
            continue
        if cluster.attach is not None:
            what = f"the nodes of '{cluster.attach.name}' are its owner's to describe"
            yield Finding(path, what, "remove `nodes`")
        elif cluster.mode == "auto":
            what = "nodes of an Autopilot cluster are Google's to choose"
            yield Finding(path, what, "remove `nodes`, or set `mode: standard`")


def taints(blueprint: Blueprint) -> Findings:
    """Pods for GPUs tolerate the taint that GKE puts on their nodes."""
    for name, site in google_sites(blueprint):
        if site.gpus.taint != TAINT:
            what = f"GKE taints nodes with GPUs by {TAINT}, and by nothing else"
            yield Finding(("sites", name, "gpus", "taint"), what, "remove it", (TAINT,))


def shared(blueprint: Blueprint) -> Findings:
    """GPUs are shared on nodes of ours, and cut only into slices that they have."""
    for name, site in google_sites(blueprint):
        if (sharing := site.gpus.sharing) is None:
            continue
        path: Path = ("sites", name, "gpus", "sharing")
        if site.cluster.mode == "auto":
            what = "a class of an Autopilot cluster cannot say how its GPUs are shared"
            yield Finding(path, what, "remove `sharing`, or set `mode: standard`")
        if sharing.mig and sharing.mig not in _profiles():
            what = f"no GPU that Google sells can be cut into slices of {sharing.mig}"
            yield Finding((*path, "mig"), what, "choose a profile that one has", _profiles())
        elif sharing.mig:
            yield from _undivided(blueprint, name, sharing.mig)


def _undivided(blueprint: Blueprint, name: str, profile: str) -> Findings:
    """Models that name a GPU without such slices."""
    for i, model in _standing(blueprint, name):
        asked = model.serve.gpu.accelerator if model.serve.gpu else None
        known = accelerators.find(asked) if asked else None
        if known and profile not in known.mig:
            what = f"{known.accelerator} cannot be cut into slices of {profile}, as '{name}' says"
            able = [it.accelerator for it in _sold() if profile in it.mig]
            at: Path = ("models", i, "serve", "gpu", "accelerator")
            next = "choose one that can, or share GPUs by `time_slicing`"
            yield Finding(at, what, next, tuple(able))


def queued(blueprint: Blueprint) -> Findings:
    """What waits for machines to spare has them for a week."""
    for name, site in google_sites(blueprint):
        if not site.gpus.queued:
            continue
        runs = [(i, m.retrain) for i, m in _standing(blueprint, name) if m.retrain]
        if not any(retrain.gpus for _, retrain in runs):
            what = f"nothing on '{name}' is trained on GPUs, and nothing else waits for them"
            next = "remove `queued`, or give a model `retrain: {gpus: 1}`"
            yield Finding(("sites", name, "gpus", "queued"), what, next)
        for i, retrain in runs:
            if retrain.gpus and retrain.timeout and retrain.timeout > LONGEST:
                what = "machines that Google has to spare are there for 7 days at most"
                at: Path = ("models", i, "retrain", "timeout")
                yield Finding(at, what, "lower it, or remove `queued` from `gpus` of the site")


def _standing(blueprint: Blueprint, name: str) -> Iterator[tuple[int, Model]]:
    """The models of a site."""
    first = next(iter(blueprint.sites))
    return ((i, m) for i, m in enumerate(blueprint.models) if (m.on or first) == name)


def _sold() -> list[accelerators.Accelerator]:
    return list({m.accelerator: m.accelerator_facts for m in machines("gcp")}.values())


def _profiles() -> tuple[str, ...]:
    return tuple(dict.fromkeys(profile for each in _sold() for profile in each.mig))


RULES = (ordinary, taints, shared, queued)
