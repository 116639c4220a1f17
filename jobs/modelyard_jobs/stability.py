"""Evidently, asked for one number for each column."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from modelyard_jobs.binning import Binned


def indices(columns: dict[str, Binned]) -> dict[str, float]:
    """Population stability index of each column, of the bins given."""
    import pandas as pd

    if not columns:
        return {}
    reference = pd.DataFrame({name: found.reference for name, found in columns.items()})
    current = pd.DataFrame({name: found.current for name, found in columns.items()})
    return _asked("psi", reference, current, numeric=False)


def p_values(
    names: Iterable[str], reference: pd.DataFrame, current: pd.DataFrame
) -> dict[str, float]:
    """P-value of the Kolmogorov-Smirnov test of each column that has finite numbers in both."""
    old = {name: finite(reference[name]) for name in names}
    new = {name: finite(current[name]) for name in old}
    known = [name for name in old if old[name].notna().any() and new[name].notna().any()]
    if not known:
        return {}
    import pandas as pd

    return _asked(
        "ks",
        pd.DataFrame({name: old[name] for name in known}),
        pd.DataFrame({name: new[name] for name in known}),
        numeric=True,
    )


def finite(column: pd.Series) -> pd.Series:
    """Its numbers; whatever else is in it is missing."""
    import numpy as np
    import pandas as pd

    numbers = pd.to_numeric(column, errors="coerce").astype("float64")
    return numbers.where(np.isfinite(numbers))


def _asked(
    method: str, reference: pd.DataFrame, current: pd.DataFrame, *, numeric: bool
) -> dict[str, float]:
    with warnings.catch_warnings():
        # What it imports warns of what it imports.
        warnings.simplefilter("ignore")
        from evidently import DataDefinition, Dataset, Report
        from evidently.metrics import ValueDrift

        names = list(reference)
        # Evidently's own thresholds are of no account: the value is judged here.
        asked = Report([ValueDrift(column=name, method=method, threshold=1.0) for name in names])
        roles = {"numerical_columns" if numeric else "categorical_columns": names}
        windows = [
            Dataset.from_pandas(frame, data_definition=DataDefinition(**roles))
            for frame in (current, reference)
        ]
        found = asked.run(*windows).dict()["metrics"]
    return {each["config"]["column"]: float(each["value"]) for each in found}
