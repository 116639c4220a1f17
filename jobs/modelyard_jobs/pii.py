"""Personal data in rows or texts, as Presidio recognises it. What is found is counted by column and
kind, and never shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from modelyard_jobs.config import Config, Section
from modelyard_jobs.data import CURRENT, REFERENCE, Window, window
from modelyard_jobs.judging import undecided
from modelyard_jobs.verdict import Finding, Report, Verdict

if TYPE_CHECKING:
    import pandas as pd
    from presidio_analyzer import AnalyzerEngine

MEASURE = "personal_data"
NAMED = ("LOCATION", "NRP", "ORGANIZATION", "PERSON")
"""What has no pattern: only a model of the language finds it."""
PATTERNS = ("CREDIT_CARD", "CRYPTO", "EMAIL_ADDRESS", "IBAN_CODE", "IP_ADDRESS", "PHONE_NUMBER")
PATTERNS += ("US_SSN",)


class Settings(Section):
    entities: tuple[str, ...] = (*PATTERNS, "PERSON")
    """Presidio's names of what is looked for."""
    threshold: float = 0.5
    """How sure it has to be, between 0 and 1."""
    allowed: tuple[str, ...] = ()
    """Columns in which there may be personal data."""
    language: str = "en"
    """Of the texts."""
    names: str = "en_core_web_lg"
    """The spaCy model that finds names. The image of the jobs brings none: where it is missing,
    patterns are looked for, and the verdict says so.
    """
    values: int = 10_000
    """Of a column, different ones that are looked at, the most frequent first."""


def run(config: Config, settings: Settings) -> Report:
    """Look through `data.reference` and `data.current`, as far as they are given."""
    given = [n for n in (REFERENCE, CURRENT) if getattr(config.data, n) is not None]
    windows = [window(name, config.data) for name in given]
    rows = {each.name: len(each) for each in windows}
    return Report(config.job, config.model.name, tuple(_found(settings, windows)), rows)


def _found(settings: Settings, windows: list[Window]) -> Iterator[Finding]:
    if not any(map(len, windows)):
        notes = "; ".join(note for each in windows for note in each.notes)
        yield undecided(MEASURE, notes or "neither data.reference nor data.current is given")
        return
    named = _has_model(settings.names)
    if not named:
        yield from _unseen(settings)
    engine, looked = _engine(settings, named), _looked_for(settings, named)
    if not looked:
        return
    found = [f for each in windows for f in _in_window(engine, settings, looked, each)]
    seen = ", ".join(looked)
    nothing = Finding(MEASURE, Verdict.PASSED, value=0, limit=0, reason=f"looked for {seen}")
    yield from found or [nothing]


def _unseen(settings: Settings) -> Iterator[Finding]:
    reason = f"the model {settings.names} is not installed, and there is no pattern for it"
    for entity in settings.entities:
        if entity in NAMED:
            yield undecided(MEASURE, reason, entity)


def _looked_for(settings: Settings, named: bool) -> list[str]:
    return [entity for entity in settings.entities if named or entity not in NAMED]


def _in_window(
    engine: AnalyzerEngine, settings: Settings, looked: list[str], rows: Window
) -> Iterator[Finding]:
    for column in rows.frame.columns:
        if column not in settings.allowed:
            yield from _in_column(engine, settings, looked, rows.frame[column], rows.name)


def _in_column(
    engine: AnalyzerEngine, settings: Settings, looked: list[str], column: pd.Series, where: str
) -> Iterator[Finding]:
    """One finding for each kind that is there."""
    counted = _texts(column).value_counts()
    counts: dict[str, int] = {}
    for text, rows in counted.head(settings.values).items():
        for entity in _entities(engine, settings, looked, str(text), str(column.name)):
            counts[entity] = counts.get(entity, 0) + int(rows)
    unseen = f"; {len(counted) - settings.values} values were not looked at"
    unseen = unseen if len(counted) > settings.values else ""
    for entity, rows in sorted(counts.items()):
        reason = f"{entity} in {rows} of {len(column)} rows of {where}{unseen}"
        subject = f"{column.name}.{entity}"
        yield Finding(MEASURE, Verdict.BREACHED, subject, rows / len(column), 0, reason)


def _texts(column: pd.Series) -> pd.Series:
    """What may hold personal data: texts, and whole numbers, which are numbers of something."""
    from pandas.api import types

    known = column.dropna()
    number = types.is_numeric_dtype(known) and not types.is_integer_dtype(known)
    if number or types.is_datetime64_any_dtype(known):
        return known.head(0).astype(str)
    return known.map(_text)


def _text(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _entities(
    engine: AnalyzerEngine, settings: Settings, looked: list[str], text: str, column: str
) -> set[str]:
    # What a column is called helps as the words around a number do.
    around = column.replace("_", " ").replace(".", " ").split()
    found = engine.analyze(
        text, settings.language, looked, score_threshold=settings.threshold, context=around
    )
    return {each.entity_type for each in found}


def _has_model(name: str) -> bool:
    from spacy.util import is_package

    return is_package(name)


def _engine(settings: Settings, named: bool) -> AnalyzerEngine:
    import spacy
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    _suffixes_that_are_here()
    known = [{"lang_code": settings.language, "model_name": settings.names}]
    nlp = SpacyNlpEngine(models=known)
    loaded = spacy.load(settings.names) if named else spacy.blank(settings.language)
    nlp.nlp = {settings.language: loaded}
    recognizers = RecognizerRegistry(supported_languages=[settings.language])
    recognizers.load_predefined_recognizers([settings.language], nlp)
    return AnalyzerEngine(recognizers, nlp, supported_languages=[settings.language])


def _suffixes_that_are_here() -> None:
    """Presidio asks tldextract whether a domain can be one, and that asks the internet for a list,
    though it brings one.
    """
    import tldextract.tldextract as domains

    domains.TLD_EXTRACTOR = domains.TLDExtract(cache_dir=None, suffix_list_urls=())
