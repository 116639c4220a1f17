"""Evidently, asked for one number of one column."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from modelyard_jobs.binning import Binned

_COLUMN = "column"


def index(found: Binned) -> float:
    """Population stability index of the bins given."""
    import pandas as pd

    return _asked("psi", pd.Series(found.reference), pd.Series(found.current), numeric=False)


def p_value(reference: pd.Series, current: pd.Series) -> float:
    """Of the Kolmogorov-Smirnov test of the finite numbers; NaN where one side has none."""
    old, new = finite(reference).dropna(), finite(current).dropna()
    return _asked("ks", old, new, numeric=True) if len(old) and len(new) else float("nan")


def finite(column: pd.Series) -> pd.Series:
    """Its numbers; whatever else is in it is missing."""
    import numpy as np
    import pandas as pd

    numbers = pd.to_numeric(column, errors="coerce").astype("float64")
    return numbers.where(np.isfinite(numbers))


def _asked(method: str, reference: pd.Series, current: pd.Series, *, numeric: bool) -> float:
    with warnings.catch_warnings():
        # What it imports warns of what it imports.
        warnings.simplefilter("ignore")
        from evidently import DataDefinition, Dataset, Report
        from evidently.metrics import ValueDrift

        # Evidently's own threshold is of no account: the value is judged here.
        asked = Report([ValueDrift(column=_COLUMN, method=method, threshold=1.0)])
        role = {"numerical_columns" if numeric else "categorical_columns": [_COLUMN]}
        windows = [
            Dataset.from_pandas(
                each.to_frame(_COLUMN).reset_index(drop=True),
                data_definition=DataDefinition(**role),
            )
            for each in (current, reference)
        ]
        return float(asked.run(*windows).dict()["metrics"][0]["value"])
