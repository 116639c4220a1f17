"""Where data may rest, and what would keep some of them on another site."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from modelyard.blueprint.checks.finding import Finding, Path
from modelyard.blueprint.serve import Mode
from modelyard.blueprint.site import Carries
from modelyard.plan.capability import Capability as C
from modelyard.plan.standing import site_of_model

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.blueprint.model import Model
    from modelyard.plan.demand import Demand

HELD: Mapping[C, str] = {
    C.INGESTION: "what comes in",
    C.VALIDATION: "rows that break a rule",
    C.VERSIONING: "versions of the data",
    C.FEATURES: "features",
    C.REGISTRY: "artifacts, and samples of what models were trained on",
    C.REPLICATION: "artifacts on their way",
    C.TRACKING: "what runs record, with samples of their data",
    C.PIPELINES: "what runs read and leave behind",
    C.RETRAINING: "training data while a run lasts",
    C.RETRAINING_TRIGGER: "training data while a run lasts",
    C.PROMOTION: "test data while a run lasts",
    C.BENCHMARK: "test data while a run lasts",
    C.SHADOW: "copies of requests",
    C.FAIRNESS: "requests and answers, group by group",
    C.CHECKS: "requests, answers, and what was true, while a check runs",
    C.DRIFT: "captured requests",
    C.PERFORMANCE: "captured answers, and what was true",
    C.EXPLAINABILITY: "captured requests",
    C.FRESHNESS: "documents, when they were written",
    C.PERSONAL_DATA: "training data, requests and answers",
    C.ROBUSTNESS: "training data while a check runs",
    C.PARITY: "answers",
    C.LLM_CACHE: "prompts and answers",
    C.EVALUATION: "prompts and answers",
    C.RAG: "documents and their vectors",
}
"""What holds data of the platform's subject, and which."""
STORES = (C.OBJECT_STORE, C.DATABASE, C.CACHE)
"""What holds whatever others keep there: those are asked, since some keep only logs there."""
WITHOUT: Mapping[C, str] = {
    **dict.fromkeys(
        (C.SERVING, C.GATEWAY, C.GUARDRAILS, C.INGRESS, C.LINK, C.EAST_WEST, C.ENDPOINT_SERVICE),
        "requests pass",
    ),
    **dict.fromkeys((C.MONITORING, C.METRICS, C.AUTOSCALING, C.TOKEN_BUDGETS), "counts and times"),
    **dict.fromkeys((C.AUDIT_LOG, C.DETECTION, C.BUDGET), "who did what, and for how much"),
    **dict.fromkeys((C.LINEAGE, C.PROMPTS, C.GOVERNANCE, C.ACCESS), "names and rules"),
    **dict.fromkeys((C.IMAGE_REGISTRY, C.AIRGAP, C.ARTIFACT_CHECK), "software, public weights"),
    **dict.fromkeys((C.KEYS, C.KMS, C.SECRETS, C.IDENTITY), "keys"),
    **dict.fromkeys((C.ACCOUNT, C.VPC, C.NETWORK, C.BORDER), "ways"),
    **dict.fromkeys((C.CLUSTER, C.GPU_POOL), "machines"),
    C.DEVICES: "models, and what their servers say as they start",
}
"""What holds none, and what it has instead: whoever only answers forgets what it was asked."""


def misplaced(blueprint: Blueprint, demand: Demand) -> Finding | None:
    """A part that would hold data on a site where they may not rest.

    What is used from afar holds nothing here.
    """
    held = HELD.get(demand.capability)
    if held is None or demand.far or _may_rest(blueprint, demand.site):
        return None
    runs = {"retrain", "promote"} & set(demand.path)
    moved = "`pipelines: {on: SITE}`" if runs else "`on: SITE`"
    return _finding(blueprint, demand.path, str(demand.capability), held, demand.site, moved)


def strays(blueprint: Blueprint) -> Iterator[Finding]:
    """Models and links that would bring data to where they may not rest."""
    if not blueprint.data.sites:
        return
    for i, model in enumerate(blueprint.models):
        places = (site_of_model(blueprint, m) for m in (model, model.standing_in()) if m)
        for site in (place for place in places if not _may_rest(blueprint, place)):
            for key, held in _kept_by(model):
                path: Path = ("models", i, *key)
                yield _finding(blueprint, path, f"'{model.name}'", held, site, "`on: SITE`")
    for i, link in enumerate(blueprint.links):
        if Carries.FEATURES not in link.carries:
            continue
        for end in (link.from_, link.to):
            if not _may_rest(blueprint, end):
                path = ("links", i, "carries", link.carries.index(Carries.FEATURES))
                what = f"features would go to '{end}'; data may rest on {_places(blueprint)} alone"
                next = "remove features from `carries`, and read them where they are"
                yield Finding(path, what, next)


def _kept_by(model: Model) -> Iterator[tuple[Path, str]]:
    """What a server keeps that does more than answer, by the key that says so."""
    serve = model.serve
    if serve.mode in (Mode.BATCH, Mode.ASYNC):
        yield ("serve", "mode"), "what it reads and writes"
    if serve.challenger:
        yield ("serve", "challenger"), "requests and both answers"
    if model.source.startswith(("s3://", "gs://")):
        yield ("source",), "its artifacts, in a bucket"


def _may_rest(blueprint: Blueprint, site: str) -> bool:
    allowed = blueprint.data.sites
    return not allowed or site in allowed


def _places(blueprint: Blueprint) -> str:
    return " and ".join(f"'{site}'" for site in blueprint.data.sites)


def _finding(
    blueprint: Blueprint, path: Path, part: str, held: str, site: str, moved: str
) -> Finding:
    what = f"{part} would keep {held} on '{site}'; data may rest on {_places(blueprint)} alone"
    next = f"move it with {moved}, or list '{site}' in `data: {{sites: […]}}`"
    return Finding(path, what, next, blueprint.data.sites)
