"""Whether two ways to the same model answer alike: batch and realtime, or a shadow and the
incumbent, of the same inputs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import Field

from modelyard_jobs.config import Bound, Config, Data, Section
from modelyard_jobs.data import Window, compared
from modelyard_jobs.judging import judged, undecided
from modelyard_jobs.verdict import Finding, Report

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

DIFFERING, UNMATCHED, LATENCY = "differing", "unmatched", "latency_ratio"


class Settings(Section):
    """What parity is held to. `data.reference` holds the answers of the batch or the incumbent,
    `data.current` those of realtime or the shadow.
    """

    key: str
    """Column that tells one input from another, in both."""
    tolerance: float = Field(default=0.01, ge=0)
    """By which two numbers may differ, relative to the reference's; labels are equal or are not."""
    share: float = Field(default=0.01, ge=0, le=1)
    """Of inputs whose answers differ."""
    latency: str | None = None
    """Column of how long an answer took."""
    ratio: float = Field(default=1.2, gt=0)
    """Of the 95th percentiles of latency, `current` to `reference`."""


def run(config: Config, settings: Settings) -> Report:
    """Compare the answers in `data.current` with those in `data.reference`, input by input."""
    return compared(config, lambda old, new: _measured(config.data, settings, old, new))


def _measured(
    data: Data, settings: Settings, reference: Window, current: Window
) -> Iterator[Finding]:
    column = data.prediction or data.score
    if column is None:
        yield undecided(DIFFERING, "neither data.prediction nor data.score names the answers")
        return
    named = (settings.key, column, settings.latency)
    lack = reference.lacks(*named) or current.lacks(*named)
    if lack:
        yield undecided(DIFFERING, lack)
        return
    both = _matched(settings.key, reference, current)
    yield judged(UNMATCHED, 1 - len(both) / max(current.frame[settings.key].nunique(), 1))
    if len(both) < max(data.minimum, 1):
        reason = f"{len(both)} inputs are in both, and fewer than {data.minimum} are not judged"
        yield undecided(DIFFERING, reason)
        return
    differ = _differ(both[f"{column}_old"], both[f"{column}_new"], settings.tolerance)
    yield judged(DIFFERING, float(differ.mean()), Bound(max=settings.share))
    if settings.latency:
        yield _slower(both, settings.latency, settings)


def _matched(key: str, reference: Window, current: Window) -> pd.DataFrame:
    """Inputs that both answered, once each: of an input asked twice, the last answer."""
    once = [
        each.frame.dropna(subset=[key]).drop_duplicates(key, keep="last").astype({key: str})
        for each in (reference, current)
    ]
    return once[0].merge(once[1], on=key, suffixes=("_old", "_new"))


def _differ(old: pd.Series, new: pd.Series, tolerance: float) -> np.ndarray:
    import numpy as np
    import pandas as pd

    numbers = [pd.to_numeric(each, errors="coerce") for each in (old, new)]
    if all(n.notna().equals(each.notna()) for n, each in zip(numbers, (old, new), strict=True)):
        before, after = (n.to_numpy(dtype="float64") for n in numbers)
        return ~np.isclose(after, before, rtol=tolerance, atol=1e-9, equal_nan=True)
    return (old.astype(str) != new.astype(str)).to_numpy()


def _slower(both: pd.DataFrame, column: str, settings: Settings) -> Finding:
    from modelyard_jobs.stability import finite

    old, new = (finite(both[f"{column}_{which}"]).quantile(0.95) for which in ("old", "new"))
    if not old > 0:
        return undecided(LATENCY, "the reference has no latency above 0")
    return judged(LATENCY, float(new / old), Bound(max=settings.ratio))
