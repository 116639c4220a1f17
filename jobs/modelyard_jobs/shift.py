"""Whether a model answers as it did: shift of its mean answer, or of the share of each class."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from modelyard_jobs.config import Bound, Data, Task
from modelyard_jobs.data import Window
from modelyard_jobs.judging import judged, undecided
from modelyard_jobs.verdict import Finding

if TYPE_CHECKING:
    import pandas as pd

    from modelyard_jobs.drift import Settings

MEASURE = "prediction_shift"
CLASSES = 20
"""More are looked at together, the rarest first."""
OTHERS = "(others)"


def measured(
    data: Data, settings: Settings, reference: Window, current: Window
) -> Iterator[Finding]:
    """One finding for numbers, one for each class; none where no answers are named."""
    column = data.score or data.prediction
    if column is None:
        return
    lack = reference.lacks(column) or current.lacks(column)
    if lack:
        yield undecided(MEASURE, lack)
        return
    old, new = reference.frame[column], current.frame[column]
    if _are_numbers(data, old):
        yield _of_numbers(old, new, settings)
    else:
        yield from _of_classes(old, new, settings)


def _are_numbers(data: Data, old: pd.Series) -> bool:
    from pandas.api import types

    if data.score or data.task is Task.REGRESSION:
        return True
    number = types.is_numeric_dtype(old) and not types.is_bool_dtype(old)
    return data.task is None and number and old.nunique() > CLASSES


def _of_numbers(old: pd.Series, new: pd.Series, settings: Settings) -> Finding:
    """Relative to the mean size of an answer, which is the mean where all have one sign."""
    from modelyard_jobs.stability import finite

    before, after = finite(old).dropna(), finite(new).dropna()
    if before.empty or after.empty:
        return undecided(MEASURE, "there are no finite answers in one of the windows")
    size = before.abs().mean()
    if size == 0:
        return undecided(MEASURE, "all answers of the reference are 0: nothing to be relative to")
    return judged(
        MEASURE,
        float(abs(after.mean() - before.mean()) / size),
        Bound(max=settings.prediction_shift),
        probability=lambda: _chance_of_means(before, after),
        chance=settings.chance,
    )


def _chance_of_means(before: pd.Series, after: pd.Series) -> float:
    """Welch's test; of two constants it knows nothing, and they differ or they do not."""
    from scipy.stats import ttest_ind

    if before.nunique() == after.nunique() == 1:
        return 1.0 if before.iloc[0] == after.iloc[0] else 0.0
    return float(ttest_ind(before, after, equal_var=False).pvalue)


def _of_classes(old: pd.Series, new: pd.Series, settings: Settings) -> Iterator[Finding]:
    from modelyard_jobs.binning import called

    before, after = called(old), called(new)
    frequent = before.value_counts().index[:CLASSES]
    unseen = after[~after.isin(set(before))]
    if before.nunique() > CLASSES:
        before = before.where(before.isin(frequent), OTHERS)
        after = after.where(after.isin(frequent) | after.isin(unseen), OTHERS)
    for name in before.unique():
        yield _of_class(str(name), before == name, after == name, settings)
    if len(unseen):
        yield _of_unseen(unseen, len(after), settings)


def _of_class(name: str, before: pd.Series, after: pd.Series, settings: Settings) -> Finding:
    from scipy.stats import fisher_exact

    table = [[int(each.sum()), int((~each).sum())] for each in (before, after)]
    return judged(
        MEASURE,
        float(abs(after.mean() - before.mean()) / before.mean()),
        Bound(max=settings.prediction_shift),
        name,
        probability=lambda: float(fisher_exact(table).pvalue),
        chance=settings.chance,
    )


def _of_unseen(unseen: pd.Series, rows: int, settings: Settings) -> Finding:
    """A class without a share in the reference has no relative shift: its own share is held."""
    names = sorted(set(unseen))
    reason = f"classes that the reference has not: {', '.join(names[:5])}"
    share = len(unseen) / rows
    return judged(MEASURE, share, Bound(max=settings.prediction_shift), "(new)", reason=reason)
