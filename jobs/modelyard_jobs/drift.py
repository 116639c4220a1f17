"""Whether what a model is asked, and what it answers, is still what it was trained on.

Evidently computes the population stability index, the Kolmogorov-Smirnov test and the drift of
embeddings; thresholds are the field's, not its own (0.1).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import isnan

from pydantic import Field

from modelyard_jobs import embedding, shift, stability
from modelyard_jobs.binning import Binned, binned
from modelyard_jobs.config import Bound, Config, Data, Section
from modelyard_jobs.data import Window, compared, features
from modelyard_jobs.judging import CHANCE, judged, undecided
from modelyard_jobs.verdict import Finding, Report, Verdict

NOT_FINITE = "one of the windows has no finite number"
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
    return compared(config, lambda old, new: _measured(config.data, settings, old, new))


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
    """One column after the other, for windows may be large."""
    numeric = []
    for name in features(data, reference, current):
        lack = reference.lacks(name) or current.lacks(name)
        if lack:
            yield undecided("psi", lack, name)
            continue
        found = binned(reference.frame[name], current.frame[name], settings.bins)
        yield _index(name, found, settings)
        if found.numeric:
            numeric.append(name)
    level = Bound(min=settings.ks / len(numeric)) if settings.ks and numeric else None
    for name in numeric:
        value = stability.p_value(reference.frame[name], current.frame[name])
        yield judged("ks", value, level, name, reason=NOT_FINITE if isnan(value) else "")


def _index(name: str, found: Binned, settings: Settings) -> Finding:
    if not found.judgeable:
        return undecided("psi", found.reason, name)
    return judged(
        "psi",
        stability.index(found),
        Bound(max=settings.psi),
        name,
        probability=found.probability,
        chance=settings.chance,
        reason=found.reason,
    )


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
