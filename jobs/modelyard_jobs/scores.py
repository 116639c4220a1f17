"""scikit-learn's metrics of answers, and how far they vary by the rows that happened to come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelyard_jobs.config import Data, Task

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

ERRORS = {"rmse", "mae"}
"""The less the better."""
REGRESSION = ("rmse", "mae")
RESAMPLES, ROWS = 100, 5000
"""Of the bootstrap; of more rows a part tells the deviation as well."""


@dataclass(frozen=True)
class Answers:
    """Truth and answers, row by row, where the truth is known."""

    truth: np.ndarray
    prediction: np.ndarray | None
    score: np.ndarray | None

    def __len__(self) -> int:
        return len(self.truth)

    def __getitem__(self, rows: np.ndarray) -> Answers:
        prediction = None if self.prediction is None else self.prediction[rows]
        score = None if self.score is None else self.score[rows]
        return Answers(self.truth[rows], prediction, score)


def usual(data: Data) -> tuple[str, ...]:
    """The metrics of a task, as far as there are answers for them."""
    if data.task is Task.REGRESSION:
        return REGRESSION
    labels = ("accuracy", "f1") if data.prediction else ()
    return (*labels, "auc") if data.score else labels or ("accuracy", "f1")


def answers(frame: pd.DataFrame, data: Data) -> Answers:
    """Rows with a truth and an answer; a row without either tells nothing."""
    import numpy as np

    named = [c for c in (data.target, data.prediction, data.score) if c is not None]
    whole = frame[named].replace([np.inf, -np.inf], np.nan).dropna()
    columns = {c: _plain(whole[c], data.task) for c in named}
    truth, prediction, score = (
        columns.get(c or "") for c in (data.target, data.prediction, data.score)
    )
    if prediction is not None and truth is not None and truth.dtype != prediction.dtype:
        truth, prediction = truth.astype(str), prediction.astype(str)
    return Answers(truth, prediction, score)


def _plain(column: pd.Series, task: Task | None) -> np.ndarray:
    """Numbers where all are some, whatever they were written as; text otherwise."""
    import pandas as pd

    numbers = pd.to_numeric(column.astype("object"), errors="coerce")
    if numbers.notna().all():
        return numbers.astype("float64").to_numpy()
    return column.astype(str).to_numpy()


def value(name: str, answers: Answers) -> tuple[float | None, str]:
    """A metric of answers; or None, and why it has no value."""
    import numpy as np

    if name == "auc":
        return _auc(answers)
    if answers.prediction is None:
        return None, "data.prediction does not say which column holds the answers"
    if name in ERRORS and not np.issubdtype(answers.truth.dtype, np.number):
        return None, "truth and answers are no numbers"
    return _computed(name, answers), ""


def _computed(name: str, answers: Answers) -> float:
    from sklearn import metrics

    truth, prediction = answers.truth, answers.prediction
    assert prediction is not None
    if name == "accuracy":
        return float(metrics.accuracy_score(truth, prediction))
    if name == "rmse":
        return float(metrics.root_mean_squared_error(truth, prediction))
    if name == "mae":
        return float(metrics.mean_absolute_error(truth, prediction))
    # Of 0 and 1, the F1 of 1, as training reports it; of other classes, the mean over them.
    average = "binary" if {*truth, *prediction} <= {0.0, 1.0} else "macro"
    return float(metrics.f1_score(truth, prediction, average=average, zero_division=0))


def _auc(answers: Answers) -> tuple[float | None, str]:
    import numpy as np
    from sklearn import metrics

    if answers.score is None:
        return None, "data.score does not say which column holds the probability"
    classes = np.unique(answers.truth)
    if len(classes) != 2:
        return None, f"the area needs two classes, and the truth has {len(classes)}"
    return float(metrics.roc_auc_score(answers.truth == classes[1], answers.score)), ""


def chance(name: str, answers: Answers, difference: float) -> float:
    """How probable so large a difference is by the rows that came: of a normal with the deviation
    that a bootstrap finds.
    """
    import numpy as np
    from scipy.stats import norm

    draw = np.random.default_rng(0)
    rows = min(len(answers), ROWS)
    samples = (answers[draw.integers(len(answers), size=rows)] for _ in range(RESAMPLES))
    values = [
        found for found, _ in (value(name, sample) for sample in samples) if found is not None
    ]
    deviation = float(np.std(values)) * (rows / len(answers)) ** 0.5 if values else 0.0
    return float(norm.sf(difference / deviation)) if deviation else float(difference == 0)
