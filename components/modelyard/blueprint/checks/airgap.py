"""What a site that reaches nothing outside can do with, and what it cannot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from modelyard.blueprint.checks.finding import Finding, Findings
from modelyard.blueprint.site import Airgap, ClusterSite
from modelyard.catalog.mirrors import mirrored_charts
from modelyard.catalog.operators import operator

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.blueprint.model import Model

FORGES = ("github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "dev.azure.com")
"""Where repositories are that no such site can clone."""


def registries(blueprint: Blueprint) -> Findings:
    """There is one registry that everything comes from; `image_registry` brings its secret."""
    for name, site, airgap in _sites(blueprint):
        attach = site.image_registry.attach if site.image_registry else None
        if attach and attach.url != airgap.registry:
            what = f"images cannot come from {attach.url} and from {airgap.registry} at once"
            next = f"write {airgap.registry} in both, or remove `image_registry`"
            yield Finding(("sites", name, "image_registry", "attach", "url"), what, next)


def sources(blueprint: Blueprint) -> Findings:
    """Buckets of a cloud are outside; a token opens what is not asked here."""
    for i, model, name in _models(blueprint):
        if model.source.startswith("gs://"):
            what = f"'{model.name}' comes from {model.source}, and site '{name}' has no way out"
            next = "copy it to the object store of the site, and name it `s3://…`"
            yield Finding(("models", i, "source"), what, next)
        if model.token is not None and model.source.startswith("hf://"):
            what = f"the copy of '{model.name}' on site '{name}' is not gated: no token opens it"
            next = "remove it, and give the token to the script that copies, as HF_TOKEN"
            yield Finding(("models", i, "token"), what, next, severity="warning")


def repositories(blueprint: Blueprint) -> Findings:
    """Definitions of features are cloned from inside."""
    features = blueprint.features
    name = (features and features.on) or next(iter(blueprint.sites))
    if features is None or name not in [site for site, _, _ in _sites(blueprint)]:
        return
    if features.repo and _host(features.repo) in FORGES:
        what = f"site '{name}' has no way out to {_host(features.repo)}"
        yield Finding(("features", "repo"), what, "name a repository that the site can reach")


def operators(blueprint: Blueprint) -> Findings:
    """What is installed besides can be told where its images are."""
    for name, site, _ in _sites(blueprint):
        known = mirrored_charts()
        for wanted, how in site.operators.items():
            items = operator(wanted).charts if how == "create" else ()
            if unknown := [item.chart.id for item in items if item.chart.id not in known]:
                what = f"nothing says how {', '.join(unknown)} is told where its images are"
                next = "remove it, or install it by other means and set `attach`"
                yield Finding(("sites", name, "operators", str(wanted)), what, next)


def drivers(blueprint: Blueprint) -> Findings:
    """The driver's container wants packages of the node's system, which no image brings."""
    for name, site, _ in _sites(blueprint):
        if site.gpus.engine == "gpu-operator":
            what = "the operator builds drivers with packages of the node's system, from outside"
            next = "use nodes with the driver and `engine: device-plugin`, or mirror the packages"
            path = ("sites", name, "gpus", "engine")
            yield Finding(path, what, next, severity="warning")


def _sites(blueprint: Blueprint) -> Iterator[tuple[str, ClusterSite, Airgap]]:
    for name, site in blueprint.sites.items():
        if isinstance(site, ClusterSite) and site.airgap:
            yield name, site, site.airgap


def shut_in(blueprint: Blueprint, model: Model) -> bool:
    """Whether a model stands on such a site, as far as the blueprint says where it stands."""
    site = blueprint.sites.get(_site(blueprint, model))
    return isinstance(site, ClusterSite) and site.airgap is not None


def _site(blueprint: Blueprint, model: Model) -> str:
    return model.on or next(iter(blueprint.sites))


def _models(blueprint: Blueprint) -> Iterator[tuple[int, Model, str]]:
    for i, model in enumerate(blueprint.models):
        if shut_in(blueprint, model):
            yield i, model, _site(blueprint, model)


def _host(repo: str) -> str:
    """Of `https://host/path` and of `git@host:path`."""
    if "://" in repo:
        return urlsplit(repo).hostname or ""
    return repo.partition(":")[0].rpartition("@")[2]


RULES = (registries, sources, repositories, operators, drivers)
