"""Whether guardrails and retrieval are asked for what their engines can do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelyard.blueprint.checks.finding import Finding, Findings, Path
from modelyard.blueprint.llm import Guardrail, GuardrailEngine, VectorStore
from modelyard.catalog.models import find

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint

BEDROCK_KEYS = ("filters", "pii", "topics", "words")
ARMOR_LACKS = ("threshold", "topics", "words")
"""What Model Armor has no counterpart for; source: Model Armor guide, filters."""
INDEXED = (VectorStore.S3_VECTORS, VectorStore.VERTEX)
"""Stores whose index is made with them."""
HIGHEST = 0.99
"""The highest threshold that Bedrock takes; source: API reference, grounding filters."""


def guardrails(blueprint: Blueprint) -> Findings:
    """Each is there once, checks something, and on the side where that is possible."""
    rails = blueprint.llm.guardrails if blueprint.llm else ()
    names = [rail.name for rail in rails]
    for i, rail in enumerate(rails):
        at: Path = ("llm", "guardrails", i)
        if rail.name in names[:i]:
            yield Finding((*at, "name"), f"there are two guardrails '{rail.name}'", "rename one")
        if rail.engine is GuardrailEngine.BEDROCK:
            yield from _bedrock(rail, at)
            continue
        if rail.engine is GuardrailEngine.MODEL_ARMOR:
            yield from _model_armor(rail, at)
            continue
        for key in sorted(rail.model_fields_set & set(BEDROCK_KEYS)):
            what = f"'{key}' is a setting of bedrock, not of {rail.engine}"
            yield Finding((*at, key), what, "remove it, or set `engine: bedrock`")


def _model_armor(rail: Guardrail, at: Path) -> Findings:
    for key in ARMOR_LACKS:
        if key in rail.model_fields_set:
            what = f"model-armor has no filter for '{key}'"
            next = "remove it, and say it in the model's own instructions"
            yield Finding((*at, key), what, next)
    if rail.filters == "none" and rail.pii == "allow":
        yield _idle(rail, at)


def _bedrock(rail: Guardrail, at: Path) -> Findings:
    if rail.threshold is not None and rail.on == "input":
        what = "whether an answer is founded can be told of answers alone"
        yield Finding((*at, "threshold"), what, "set `on: output` or `on: both`")
    if rail.threshold is not None and rail.threshold > HIGHEST:
        what = f"bedrock knows no threshold above {HIGHEST}"
        yield Finding((*at, "threshold"), what, f"set it to {HIGHEST} or less")
    if rail.topics and rail.on != "both":
        what = "bedrock looks for denied topics in what comes in and in what goes out"
        yield Finding((*at, "on"), what, "set `on: both`, or remove `topics`", ("both",))
    checks = (rail.filters != "none", rail.pii != "allow", rail.topics, rail.words, rail.threshold)
    if not any(checks):
        yield _idle(rail, at)


def _idle(rail: Guardrail, at: Path) -> Finding:
    return Finding(at, f"'{rail.name}' checks nothing", "set `filters` or `pii`, or remove it")


def dimension(blueprint: Blueprint) -> int | None:
    """Length of the vectors of retrieval; None where neither blueprint nor catalog says it.

    An encoder's vectors are as long as its heads are wide together; of other embedding models the
    catalog does not know it.
    """
    rag = blueprint.llm.rag if blueprint.llm else None
    if rag is None or rag.dimension is not None or rag.embedding is None:
        return rag.dimension if rag else None
    shape = find(blueprint.model(rag.embedding).source)
    encoder = shape is not None and shape.kv_elements == 0
    return shape.heads * shape.head_dim if shape is not None and encoder else None


def vectors(blueprint: Blueprint) -> Findings:
    """An index is made for vectors of one length."""
    rag = blueprint.llm.rag if blueprint.llm else None
    if rag is None:
        return
    at: Path = ("llm", "rag")
    if rag.store not in INDEXED:
        for key in sorted(rag.model_fields_set & {"dimension", "metric"}):
            what = f"'{key}' is said to {rag.store} by whoever makes an index in it"
            yield Finding((*at, key), what, f"remove it, or set `store: {INDEXED[0]}`")
        return
    known = rag.embedding in (None, *(model.name for model in blueprint.models))
    if known and dimension(blueprint) is None:
        what = "nothing says how long the vectors are"
        next = "add `dimension:` with what the embedding model returns"
        yield Finding((*at, "store"), what, next)


RULES = (guardrails, vectors)
