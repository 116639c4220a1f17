"""Whether groups are treated alike: Fairlearn's measures, by column of groups."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from modelyard_jobs.binning import ROWS_PER_CATEGORY, called
from modelyard_jobs.config import Bound, Config, Data, Section, Task
from modelyard_jobs.data import CURRENT, Window, looked_at, window
from modelyard_jobs.judging import CHANCE, judged, undecided
from modelyard_jobs.verdict import Finding, Report

if TYPE_CHECKING:
    import pandas as pd

PARITY = ("demographic_parity_difference", "demographic_parity_ratio")
"""Of the shares of positive answers."""
ODDS = ("equalized_odds_difference", "equalized_odds_ratio")
"""Of the shares of positive answers among those that are, and among those that are not."""
Measure = Literal[
    "demographic_parity_difference",
    "demographic_parity_ratio",
    "equalized_odds_difference",
    "equalized_odds_ratio",
]
GROUPS = 20
"""More are no groups that somebody named."""


class Settings(Section):
    """What bias is held to."""

    limits: dict[Measure, Bound] = {
        "demographic_parity_difference": Bound(max=0.1),
        "equalized_odds_difference": Bound(max=0.1),
    }
    """By measure; the others are told and not judged."""
    positive: str | float | bool | None = None
    """The answer that is wished for; the greater of two where left out."""
    group: int = Field(default=30, ge=1)
    """Rows of a group; smaller ones are left out, and said."""
    chance: float = Field(default=CHANCE, gt=0, lt=1)
    """What chance alone brings about more often than this is not a breach."""


def run(config: Config, settings: Settings) -> Report:
    """Measure the answers in `data.current`, by each of `data.sensitive`."""
    current = window(CURRENT, config.data)
    return looked_at(config, (current,), lambda: _all(config.data, settings, current))


def _all(data: Data, settings: Settings, current: Window) -> Iterator[Finding]:
    """Of each column, and of the model as a whole the worst, which gates ask for."""
    found = list(_measured(data, settings, current))
    yield from found
    for measure in (*PARITY, *ODDS):
        values = [f.value for f in found if f.measure == measure and f.value is not None]
        if values:
            yield judged(measure, min(values) if measure.endswith("ratio") else max(values))


def _measured(data: Data, settings: Settings, current: Window) -> Iterator[Finding]:
    lack = _unnamed(data) or current.lacks(data.prediction, data.target)
    if lack:
        yield undecided(PARITY[0], lack)
        return
    answers = current.frame.dropna(subset=[c for c in (data.prediction, data.target) if c])
    positive, reason = _positive(answers, data, settings)
    for column in data.sensitive:
        lack = current.lacks(column) or reason
        if lack:
            yield undecided(PARITY[0], lack, column)
        else:
            groups, small = _grouped(called(answers[column]), settings)
            yield from (_small(column, *each, settings) for each in small.items())
            yield from _between(column, answers.loc[groups.index], groups, positive, data, settings)


def _unnamed(data: Data) -> str:
    if not data.sensitive:
        return "data.sensitive names no column of groups"
    if data.prediction is None:
        return "data.prediction does not say which column holds the answers"
    if data.task is Task.REGRESSION:
        return "of numbers no share is positive: give a column of the decisions made of them"
    return ""


def _positive(frame: pd.DataFrame, data: Data, settings: Settings) -> tuple[str, str]:
    """The answer that is wished for; or why nobody knows."""
    import pandas as pd

    columns = [called(frame[c]) for c in (data.prediction, data.target) if c]
    classes = sorted(set(pd.concat(columns)))
    if settings.positive is not None:
        wished = called(pd.Series([settings.positive], dtype="object")).iloc[0]
        known = "" if wished in classes else f"no answer is {wished}; there are {classes[:5]}"
        return wished, known
    if len(classes) == 2:
        return classes[1], ""
    return "", f"of {len(classes)} classes settings.positive names none"


def _grouped(groups: pd.Series, settings: Settings) -> tuple[pd.Series, dict[str, int]]:
    """Rows of groups that are large enough, and the sizes of the others."""
    sizes = groups.value_counts()
    small = {str(name): int(rows) for name, rows in sizes.items() if rows < settings.group}
    return groups[~groups.isin(small)], small if len(sizes) <= GROUPS else {}


def _small(column: str, group: str, rows: int, settings: Settings) -> Finding:
    reason = f"{rows} rows, and groups of fewer than {settings.group} are not judged"
    return undecided("selection_rate", reason, f"{column}={group}")


def _between(
    column: str,
    frame: pd.DataFrame,
    groups: pd.Series,
    positive: str,
    data: Data,
    settings: Settings,
) -> Iterator[Finding]:
    found = groups.nunique()
    if not 2 <= found <= GROUPS:
        many = f"{found} groups are too many: give bands" if found else "no group is large enough"
        reason = "there is nothing to compare one group with" if found == 1 else many
        yield undecided(PARITY[0], reason, column)
        return
    answers = (called(frame[data.prediction]) == positive).astype(int)
    truth = None if data.target is None else (called(frame[data.target]) == positive).astype(int)
    yield from _by_group(column, answers, truth, groups)
    held = partial(_held, column, answers, truth, groups, settings)
    yield from map(held, PARITY)
    reason = _without_odds(truth, groups)
    for measure in ODDS if data.target else ():
        yield undecided(measure, reason, column) if reason else held(measure)


def _by_group(
    column: str, answers: pd.Series, truth: pd.Series | None, groups: pd.Series
) -> Iterator[Finding]:
    """Told, so that somebody can see which group it is."""
    from fairlearn.metrics import MetricFrame, selection_rate
    from sklearn.metrics import accuracy_score

    metrics = {"selection_rate": selection_rate}
    if truth is not None:
        metrics["accuracy"] = accuracy_score
    frame = MetricFrame(
        metrics=metrics,
        y_true=answers if truth is None else truth,
        y_pred=answers,
        sensitive_features=groups,
    )
    for name, of_groups in frame.by_group.items():
        for group, value in of_groups.items():
            yield judged(str(name), float(value), subject=f"{column}={group}")


def _held(
    column: str,
    answers: pd.Series,
    truth: pd.Series | None,
    groups: pd.Series,
    settings: Settings,
    measure: Measure,
) -> Finding:
    import fairlearn.metrics

    compute = getattr(fairlearn.metrics, measure)
    value = compute(answers if truth is None else truth, answers, sensitive_features=groups)
    within = None if measure in PARITY else truth
    return judged(
        measure,
        float(value),
        settings.limits.get(measure),
        column,
        probability=lambda: _chance(answers, groups, within),
        chance=settings.chance,
        reason="" if value == value else "no group has a positive answer",
    )


def _without_odds(truth: pd.Series | None, groups: pd.Series) -> str:
    """Why odds are not compared: Fairlearn calls the rate of a group that has no such row 0."""
    import pandas as pd

    if truth is None:
        return ""
    counts = pd.crosstab(groups, truth).reindex(columns=[0, 1], fill_value=0)
    few = counts[(counts < ROWS_PER_CATEGORY).any(axis="columns")].index
    return f"too few rows of both outcomes in {', '.join(map(str, few))}" if len(few) else ""


def _chance(answers: pd.Series, groups: pd.Series, truth: pd.Series | None) -> float:
    """Of rates as different by chance: a chi-squared test, within each outcome for odds."""
    import pandas as pd
    from scipy.stats import chi2_contingency

    outcomes = pd.Series(0, index=answers.index) if truth is None else truth
    tables = [
        pd.crosstab(groups[outcomes == each], answers[outcomes == each])
        for each in outcomes.unique()
    ]
    values = [chi2_contingency(t).pvalue if t.shape[1] > 1 else 1.0 for t in tables]
    return min(1.0, float(min(values)) * len(values))
