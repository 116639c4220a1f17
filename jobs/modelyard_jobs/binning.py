"""A column of two windows as shares of the same bins: what a population stability index is of.

Bins are quantiles of the reference, as the thresholds of the field suppose. Evidently's own are of
equal width over both windows, so that one far value leaves all others in one bin: a lognormal
column that triples has there an index of 0.05.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

MISSING, RARE = "(missing)", "(rare)"
"""Bins of rows without a value, and of categories that the reference has hardly or not at all."""
ROWS_PER_CATEGORY = 5
"""Fewer say nothing about a share (Cochran's rule)."""


@dataclass(frozen=True)
class Binned:
    """Both windows' bins, by name; or why there are none."""

    reference: list[str]
    current: list[str]
    numeric: bool
    reason: str = ""

    @property
    def judgeable(self) -> bool:
        return bool(self.reference and self.current)

    def probability(self) -> float:
        """Of bins as different as these by chance: a chi-squared test of homogeneity."""
        import numpy as np
        from scipy.stats import chi2_contingency

        names, codes = np.unique([*self.reference, *self.current], return_inverse=True)
        if len(names) == 1:
            return 1.0
        split = len(self.reference)
        counts = [
            np.bincount(part, minlength=len(names)) for part in (codes[:split], codes[split:])
        ]
        return float(chi2_contingency(np.array(counts)).pvalue)


def binned(reference: pd.Series, current: pd.Series, bins: int) -> Binned:
    """What the reference is decides what both are: numbers in it, and text in `current` is missing.

    Missing values are a bin of their own, infinite ones are in the outer bins.
    """
    import pandas as pd
    from pandas.api import types

    if reference.isna().all():
        return _not("the reference has no value")
    if types.is_datetime64_any_dtype(reference):
        return _not("dates only go forward: they are not compared")
    if reference.map(_compound).any():
        return _not("its values are neither numbers nor categories")
    if types.is_numeric_dtype(reference) and not types.is_bool_dtype(reference):
        numbers = pd.to_numeric(current, errors="coerce")
        return _numbers(reference.astype("float64"), numbers.astype("float64"), bins)
    return _categories(called(reference), called(current))


def _compound(value: Any) -> bool:
    return isinstance(value, (list, dict, set, tuple)) or getattr(value, "shape", ()) != ()


def _not(reason: str) -> Binned:
    return Binned([], [], numeric=False, reason=reason)


def _numbers(reference: pd.Series, current: pd.Series, bins: int) -> Binned:
    import numpy as np

    finite = reference[np.isfinite(reference)].to_numpy()
    if not len(finite):
        return _not("the reference has no finite number")
    if reference.nunique() <= bins:
        found = _categories(called(reference), called(current))
        return Binned(found.reference, found.current, numeric=True, reason=found.reason)
    edges = _edges(finite, bins)
    names = [*(f"bin {i}" for i in range(len(edges) + 1)), MISSING]
    return Binned(_placed(reference, edges, names), _placed(current, edges, names), numeric=True)


def _edges(finite: np.ndarray, bins: int) -> np.ndarray:
    """Upper edges of all bins but the last. A value with the rows of a whole bin gets its own."""
    import numpy as np

    inner = np.linspace(0, 1, bins + 1)[1:-1]
    edges = np.unique(np.quantile(finite, inner, method="inverted_cdf"))
    heavy = [edge for edge in edges if (finite == edge).mean() >= 1 / bins]
    return np.unique(np.concatenate([edges, np.nextafter(heavy, -np.inf)]))


def _placed(column: pd.Series, edges: np.ndarray, names: list[str]) -> list[str]:
    import numpy as np

    places = np.digitize(column, edges, right=True)
    places[column.isna()] = len(names) - 1
    return [names[place] for place in places]


def called(column: pd.Series) -> pd.Series:
    """Categories as text: `1`, `1.0` and `True` are what they are called."""
    return column.astype("object").map(_name, na_action="ignore").fillna(MISSING)


def _name(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _categories(reference: pd.Series, current: pd.Series) -> Binned:
    """What is rare in the reference is in one bin with what it does not have: which of many rare
    values it has is chance, and the others are no newer (Good and Turing).
    """
    counts = reference.value_counts()
    frequent = {*counts[counts >= ROWS_PER_CATEGORY].index, MISSING}
    rare = int(counts[~counts.index.isin(frequent)].sum())
    if 2 * rare > len(reference):
        return _not(f"{rare} of {len(reference)} rows have values that hardly any other has")
    placed = [each.where(each.isin(frequent), RARE) for each in (reference, current)]
    new = sorted(set(current) - set(reference) - {MISSING})
    reason = f"new categories: {', '.join(new[:5])}{' …' if len(new) > 5 else ''}" if new else ""
    return Binned(list(placed[0]), list(placed[1]), numeric=False, reason=reason)
