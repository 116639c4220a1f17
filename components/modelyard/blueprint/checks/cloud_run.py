"""What Cloud Run can and cannot do with a container of a team's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.finding import Finding, Findings, Path
from modelyard.blueprint.checks.serving import engine_of
from modelyard.blueprint.cron import five_fields
from modelyard.blueprint.model import Model
from modelyard.blueprint.serve import Mode, ServingEngine
from modelyard.blueprint.site import GcpSite
from modelyard.catalog.accelerators import find
from modelyard.catalog.hosted import renting

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint

ENGINE = ServingEngine.CLOUD_RUN
IN_REGISTRY = re.compile(r"^[a-z0-9-]+-docker\.pkg\.dev/[^/]+/[^/]+/[^\s]+$")
BUCKETS = ("s3://", "gs://")
"""The site's own object store, by either name."""
AT_A_TIME = 1000
"""Most requests that one container takes at a time; source: Cloud Run quotas and limits."""
OF_ENGINES = ("context", "kv_cache")
"""Keys that an engine is told; a container of one's own decides by itself."""


def sources(blueprint: Blueprint) -> Findings:
    """An image in Artifact Registry, and weights where it can fetch them."""
    for i, model in enumerate(blueprint.models):
        if engine_of(model) is not ENGINE:
            continue
        at: Path = ("models", i)
        if model.serve.image is None:
            next = "add `image:` with a container in Artifact Registry that answers HTTP"
            yield Finding((*at, "serve"), "Cloud Run runs a container of your own", next)
        elif not IN_REGISTRY.match(model.serve.image):
            what = f"Cloud Run is to pull from Artifact Registry alone, not {model.serve.image}"
            next = "push it there: europe-west4-docker.pkg.dev/PROJECT/REPOSITORY/name:tag"
            yield Finding((*at, "serve", "image"), what, next)
        if not model.source.startswith((*BUCKETS, "hf://")):
            what = f"a container of Cloud Run has no way to {model.source}"
            next = "bring the artifact to a bucket, or serve it in the cluster"
            yield Finding((*at, "source"), what, next, (*BUCKETS, "hf://"))
        yield from _fetched(blueprint, model, at)


def _fetched(blueprint: Blueprint, model: Model, at: Path) -> Findings:
    """All that a container asks for goes through the site's own network."""
    site = blueprint.sites.get(model.on or next(iter(blueprint.sites)))
    if not isinstance(site, GcpSite) or not model.source.startswith("hf://"):
        return
    closed = site.perimeter is not None and not site.perimeter.dry_run
    if closed or site.network.nat == "none":
        where = "out of a service perimeter" if closed else "from a network without NAT"
        what = f"there is no way to {model.source} {where}"
        yield Finding((*at, "source"), what, "bring the weights to a bucket: s3://…")


def keys(blueprint: Blueprint) -> Findings:
    """What only a server of the cluster's is told."""
    for i, model in enumerate(blueprint.models):
        if engine_of(model) is ENGINE:
            for path, what in _idle(model):
                yield Finding(("models", i, *path), what, "remove it")


def _idle(model: Model) -> Iterator[tuple[Path, str]]:
    for key in OF_ENGINES:
        if key in model.serve.model_fields_set:
            yield ("serve", key), f"a container of your own decides on its {key} by itself"
    if model.revision is not None:
        yield ("revision",), "a container of your own decides by itself what it fetches"
    if model.shape is not None:
        yield ("shape",), "what a container of your own holds is not sized"
    if model.serve.concurrency is not None and model.serve.mode is Mode.BATCH:
        yield ("serve", "concurrency"), "a batch run takes no requests"


def sizes(blueprint: Blueprint) -> Findings:
    """Containers have sizes, one GPU at most, and that in some regions."""
    for i, model in enumerate(blueprint.models):
        serve, at = model.serve, ("models", i, "serve")
        if engine_of(model) is not ENGINE:
            continue
        asked, rented = serve.resources, renting(str(ENGINE))
        if rented.container(asked.cpu, asked.memory, accelerated=serve.gpu is not None) is None:
            what = "no container of Cloud Run has so many cores and so much memory"
            yield Finding((*at, "resources"), what, "lower them: 8 cores and 32Gi at most")
        if (serve.concurrency or 1) > AT_A_TIME:
            what = f"a container takes {AT_A_TIME} requests at a time at most"
            yield Finding((*at, "concurrency"), what, "lower it")
        if serve.gpu is not None:
            yield from _gpu(blueprint, model, at)


def _gpu(blueprint: Blueprint, model: Model, at: Path) -> Findings:
    site = blueprint.sites.get(model.on or next(iter(blueprint.sites)))
    gpu, rented = model.serve.gpu, renting(str(ENGINE))
    assert gpu is not None
    device = find(gpu.accelerator)
    called = device.accelerator if device else gpu.accelerator
    if called not in rented.containers:
        what = f"Cloud Run has no {called}"
        known = tuple(rented.containers)
        next_step = f"choose {' or '.join(known)}, or serve it in the cluster"
        yield Finding((*at, "gpu", "accelerator"), what, next_step, known)
    elif isinstance(site, GcpSite) and site.region not in rented.regions[called]:
        known = tuple(rented.regions[called])
        what = f"Cloud Run has no {called} in {site.region}"
        yield Finding((*at, "gpu"), what, f"it has some in {', '.join(known)}")
    if (gpu.count or 1) > 1:
        yield Finding((*at, "gpu", "count"), "a container of Cloud Run has one GPU", "remove it")


def runs(blueprint: Blueprint) -> Findings:
    """A batch run comes by the clock, and reads and writes buckets."""
    for i, model in enumerate(blueprint.models):
        serve, at = model.serve, ("models", i, "serve")
        if engine_of(model) is not ENGINE or serve.mode is not Mode.BATCH:
            continue
        if serve.schedule is None:
            what = "nothing starts a batch run of Cloud Run's but a schedule"
            yield Finding(at, what, 'add `schedule: "0 2 * * *"`')
        elif not five_fields(serve.schedule):
            what = f"Cloud Scheduler cannot say '{serve.schedule}'"
            yield Finding((*at, "schedule"), what, "name five fields: `0 2 * * 1-5`")
        for key in ("input", "output"):
            if (address := getattr(serve, key)) and not address.startswith(BUCKETS):
                what = f"a container of Cloud Run has no way to {address}"
                yield Finding((*at, key), what, "name an address in a bucket: s3://bucket/path")


RULES = (sources, keys, sizes, runs)
