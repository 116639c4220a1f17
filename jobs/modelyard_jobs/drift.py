"""Whether what a model is asked, and what it answers, is still what it was trained on.

Evidently computes the population stability index, the Kolmogorov-Smirnov test and the drift of
embeddings; thresholds are the field's, not its own (0.1).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pydantic import Field

from modelyard_jobs import embedding, shift, stability
from modelyard_jobs.binning import Binned, binned
from modelyard_jobs.config import Bound, Config, Data, Section
from modelyard_jobs.data import CURRENT, REFERENCE, Window, features, looked_at, window
from modelyard_jobs.judging import CHANCE, judged, undecided
from modelyard_jobs.verdict import Finding, Report, Verdict

COUNTED = "beyond its limit: counted in drifted_share"


class Settings(Section):
    """What drift is held to."""

    psi: float = Field(default=0.2, gt=0)
    """Population stability index of one feature."""
    ks: float | None = Field(default=None, gt=0, lt=1)
    """Level of the Kolmogorov-Smirnov test over all numeric features together (each is held to this
    by their number); its p-value is only reported where left out, for with enough rows it finds any
    difference.
    """
    prediction_shift: float = Field(default=0.15, gt=0)
    """Shift of the mean answer, or of the share of a class, relative to the reference."""
    embedding: float = Field(default=0.2, gt=0)
    """Share of the components of vectors whose index is above `psi`."""
    alert_share: float | None = Field(default=None, ge=0, le=1)
    """Share of drifted features that breaches; one is enough where left out."""
    bins: int = Field(default=10, ge=2)
    """Quantiles of the reference that a number falls into."""
    chance: float = Field(default=CHANCE, gt=0, lt=1)
    """What chance alone brings about more often than this is not a breach."""


def run(config: Config, settings: Settings) -> Report:
    """Compare `data.current` with `data.reference`."""
    reference, current = window(REFERENCE, config.data), window(CURRENT, config.data)
    return looked_at(
        config,
        (reference, current),
        lambda: _measured(config.data, settings, reference, current),
    )


def _measured(
    data: Data, settings: Settings, reference: Window, current: Window
) -> Iterator[Finding]:
    found = list(_features(data, settings, reference, current))
    yield from _together(found, settings)
    yield from shift.measured(data, settings, reference, current)
    yield from embedding.measured(data, settings, reference, current)


def _features(
    data: Data, settings: Settings, reference: Window, current: Window
) -> Iterator[Finding]:
    columns: dict[str, Binned] = {}
    for name in features(data, reference, current):
        lack = reference.lacks(name) or current.lacks(name)
        if lack:
            yield undecided("psi", lack, name)
            continue
        found = binned(reference.frame[name], current.frame[name], settings.bins)
        if found.judgeable:
            columns[name] = found
        else:
            yield undecided("psi", found.reason, name)
    yield from _indices(columns, settings)
    yield from _p_values(columns, settings, reference, current)


def _indices(columns: dict[str, Binned], settings: Settings) -> Iterator[Finding]:
    for name, index in stability.indices(columns).items():
        yield judged(
            "psi",
            index,
            Bound(max=settings.psi),
            name,
            probability=columns[name].probability,
            chance=settings.chance,
            reason=columns[name].reason,
        )


def _p_values(
    columns: dict[str, Binned], settings: Settings, reference: Window, current: Window
) -> Iterator[Finding]:
    numeric = [name for name, found in columns.items() if found.numeric]
    level = Bound(min=settings.ks / len(numeric)) if settings.ks and numeric else None
    for name, value in stability.p_values(numeric, reference.frame, current.frame).items():
        yield judged("ks", value, level, name)


def _together(found: list[Finding], settings: Settings) -> Iterator[Finding]:
    """With `alert_share` a feature's drift counts, and only the share of them breaches."""
    decided = [f for f in found if f.measure == "psi" and f.verdict is not Verdict.UNDECIDED]
    if settings.alert_share is None or not decided:
        yield from found
        return
    drifted = [f for f in decided if f.verdict is Verdict.BREACHED]
    for each in found:
        counts = each in drifted
        yield replace(each, verdict=Verdict.PASSED, reason=COUNTED) if counts else each
    yield judged("drifted_share", len(drifted) / len(decided), Bound(max=settings.alert_share))
