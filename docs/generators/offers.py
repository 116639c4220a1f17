"""`capabilities.md`: what each kind of site provides today, from the tables the plan reads."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from modelyard.blueprint import data_plane, lifecycle, llm, serve
from modelyard.catalog.systems import Verdict, systems
from modelyard.plan.capability import Capability as C
from modelyard.plan.offers import kinds_offering
from modelyard.sites import offers

INTRODUCTION = """# Capabilities

What each kind of site provides today. The plan reads the same tables, so a blueprint that asks for
anything else is refused by `modelyard check`, with what is offered instead.
"""

ENGINES: dict[str, tuple[C, type[StrEnum]]] = {
    "ingestion.engine": (C.INGESTION, data_plane.IngestionEngine),
    "ingestion.validation": (C.VALIDATION, data_plane.ValidationEngine),
    "ingestion.versioning": (C.VERSIONING, data_plane.VersioningEngine),
    "ingestion.lineage": (C.LINEAGE, data_plane.LineageEngine),
    "features.engine": (C.FEATURES, data_plane.FeatureEngine),
    "registry.engine": (C.REGISTRY, lifecycle.RegistryEngine),
    "tracking.engine": (C.TRACKING, lifecycle.RegistryEngine),
    "pipelines.engine": (C.PIPELINES, lifecycle.PipelineEngine),
    "monitoring.engine": (C.MONITORING, lifecycle.MonitoringEngine),
    "models[].serve.engine": (C.SERVING, serve.ServingEngine),
    "llm.gateway": (C.GATEWAY, llm.GatewayEngine),
    "llm.prompts": (C.PROMPTS, llm.PromptEngine),
    "llm.guardrails[].engine": (C.GUARDRAILS, llm.GuardrailEngine),
    "llm.evaluation": (C.EVALUATION, llm.EvaluationEngine),
    "llm.rag.store": (C.RAG, llm.VectorStore),
}
"""Keys of a blueprint that name a system, and the capability that they ask for."""


def page() -> str:
    """The whole page."""
    return "\n".join((INTRODUCTION, _matrix(), _choices(), _operators(), _systems()))


def _table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(columns)]
    lines += [["---"] * len(lines[0]), *map(list, rows)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n"


def _codes(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words) or "—"


def _matrix() -> str:
    by_kind = offers()
    rows = []
    for capability in C:
        engines = [_codes(by_kind[kind].get(capability, {})) for kind in by_kind]
        rows.append((f"`{capability}`", *engines))
    heading = (
        "## By kind of site\n\n"
        "The engines of each capability; — where there is none yet. `feast/…` are the stores that\n"
        "Feast keeps features in.\n\n"
    )
    return heading + _table(("Capability", *(f"`{kind}`" for kind in by_kind)), rows)


def _choices() -> str:
    rows = []
    for key, (capability, engines) in ENGINES.items():
        for engine in engines:
            kinds = kinds_offering(offers(), capability, engine)
            system = systems().get(engine)
            refused = system is not None and system.verdict is Verdict.REFUSE
            rows.append((f"`{key}`", f"`{engine}`", "refused" if refused else _codes(kinds)))
    heading = "## By key\n\nEvery value that the vocabulary has, and where it is offered today.\n\n"
    return heading + _table(("Key", "Value", "Offered on"), rows)


def _operators() -> str:
    rows = []
    for capability, engines in offers()["kubernetes"].items():
        for engine, offer in engines.items():
            if offer.operators:
                rows.append((f"`{capability}`", f"`{engine}`", _codes(offer.operators)))
    heading = (
        "## Operators\n\n"
        "What an engine needs running in the cluster. It is installed by its chart unless the\n"
        "site says that it is there already: `operators: {keda: attach}`.\n\n"
    )
    return heading + _table(("Capability", "Engine", "Operators"), rows)


def _systems() -> str:
    rows = []
    for system in systems().values():
        if system.verdict is not Verdict.ACCEPT:
            verdict = "refused" if system.verdict is Verdict.REFUSE else "warned of"
            note = system.note.replace("|", "\\|")
            source = f"{note} ([source]({system.source}), {system.as_of})"
            rows.append((system.name, verdict, _codes(system.alternative), source))
    heading = "## Systems on their way out\n\n"
    return heading + _table(("System", "A blueprint that names it is", "Instead", "Why"), rows)
