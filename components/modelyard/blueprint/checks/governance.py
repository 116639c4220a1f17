"""What a governed platform demands: approvals, runnable retraining, living systems."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.finding import Finding, Findings, Path
from modelyard.blueprint.model import Approval
from modelyard.blueprint.site import AwsSite, GcpSite
from modelyard.blueprint.team import Classification
from modelyard.catalog.systems import systems

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint


def approvals(blueprint: Blueprint) -> Findings:
    """In a regulated industry a person lets each model into production."""
    if blueprint.preset is None or not blueprint.preset.regulated:
        return
    for i, model in enumerate(blueprint.models):
        if model.promote.approval is not Approval.REQUIRED:
            what = f"the {blueprint.preset} preset demands that a person approves '{model.name}'"
            path: Path = ("models", i, "promote", "approval")
            yield Finding(path, what, "set `promote: {approval: required}`", ("required",))


def approvers(blueprint: Blueprint) -> Findings:
    """Where approval is required, somebody can give it, and not to work of their own."""
    required = [m.name for m in blueprint.models if m.promote.approval is Approval.REQUIRED]
    access = blueprint.access
    if required and not access.approvers:
        what = f"'{required[0]}' needs an approval, and nobody may give it"
        next = "list people or groups in `access: {approvers: […]}`"
        yield Finding(("access", "approvers"), what, next)
    developers = {subject.casefold() for subject in access.developers}
    for i, subject in enumerate(access.approvers):
        if required and subject.casefold() in developers:
            what = f"{subject} both develops models and approves them"
            next = "keep the two apart: take one of the entries out"
            yield Finding(("access", "approvers", i), what, next)


SHORTEST = timedelta(hours=1)
"""The shortest cadence of retraining."""


def retraining(blueprint: Blueprint) -> Findings:
    """A cadence or a trigger without anything to run would be an empty promise."""
    for i, model in enumerate(blueprint.models):
        retrain = model.retrain
        if retrain is not None and not (retrain.image and retrain.command):
            what = f"'{model.name}' is to be retrained, but not with what"
            next = "add `image:` and `command:`, or remove `retrain`"
            yield Finding(("models", i, "retrain"), what, next)
        elif retrain is not None and not (retrain.every or retrain.on):
            what = f"nothing ever starts the retraining of '{model.name}'"
            yield Finding(("models", i, "retrain"), what, "add `every: 30d`", ("every", "on"))
        elif retrain is not None and retrain.every and retrain.every < SHORTEST:
            what = f"'{model.name}' would be retrained faster than a run can end"
            yield Finding(("models", i, "retrain", "every"), what, "choose an hour or more")


def living_systems(blueprint: Blueprint) -> Findings:
    """Systems that are gone are refused, those on their way out are warned of."""
    for path, name in chosen_systems(blueprint):
        system = systems().get(name)
        if system is None or system.verdict == "accept":
            continue
        severity = "error" if system.verdict == "refuse" else "warning"
        instead = tuple(system.alternative)
        next = f"use {' or '.join(instead)} instead"
        yield Finding(path, f"{system.name}: {system.note}", next, instead, severity)


def chosen_systems(blueprint: Blueprint) -> list[tuple[Path, str]]:
    """Every system the blueprint names as an engine, with where it does."""
    named: list[tuple[Path, str | None]] = []
    for key in ("features", "registry", "tracking", "pipelines", "monitoring"):
        section = getattr(blueprint, key)
        named.append(((key, "engine"), section.engine if section else None))
    if blueprint.ingestion:
        for key in ("engine", "validation", "versioning", "lineage"):
            named.append((("ingestion", key), getattr(blueprint.ingestion, key)))
    if blueprint.llm:
        for key in ("gateway", "prompts", "evaluation"):
            named.append((("llm", key), getattr(blueprint.llm, key)))
        for i, guardrail in enumerate(blueprint.llm.guardrails):
            named.append((("llm", "guardrails", i, "engine"), guardrail.engine))
    for i, model in enumerate(blueprint.models):
        named.append((("models", i, "serve", "engine"), model.serve.engine))
    return [(path, str(name)) for path, name in named if name is not None]


OLDEST = "1.30"
"""ValidatingAdmissionPolicy v1, which rejects untagged models, came with it."""


def versions(blueprint: Blueprint) -> Findings:
    """A cluster is young enough for the API that governs it."""
    for name, site in blueprint.sites.items():
        version = site.cluster.version
        if version and _minor(version) < _minor(OLDEST):
            what = f"Kubernetes {version} lacks admission policies of version v1"
            path: Path = ("sites", name, "cluster", "version")
            yield Finding(path, what, f"upgrade the cluster to {OLDEST} or later")


def _minor(version: str) -> int:
    return int(version.split(".")[1])


def personal_data(blueprint: Blueprint) -> Findings:
    """Personal data are never public."""
    if blueprint.data.pii and blueprint.data.classification is Classification.PUBLIC:
        what = "personal data cannot be classified as public"
        next = "raise the classification"
        allowed = ("internal", "confidential", "restricted")
        yield Finding(("data", "classification"), what, next, allowed)


def residency(blueprint: Blueprint) -> Findings:
    """Data stay in the regions that they may be in, where a site tells its region."""
    allowed = blueprint.data.residency
    for name, site in blueprint.sites.items():
        if allowed and isinstance(site, AwsSite | GcpSite) and site.region not in allowed:
            what = f"site '{name}' is in {site.region}, where the data may not be"
            next = "move the site, or add the region to `data: {residency: […]}`"
            yield Finding(("sites", name, "region"), what, next, allowed)


RULES = (approvals, approvers, retraining, living_systems, versions, personal_data, residency)
