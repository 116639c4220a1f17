"""Rows as numbers and back: SHAP mixes rows as numbers, models take columns as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


@dataclass(frozen=True)
class Encoding:
    """Types of columns, and the values of those that are no numbers."""

    types: dict[str, object]
    values: dict[str, pd.Index]

    @classmethod
    def of(cls, *frames: pd.DataFrame) -> Encoding:
        """That holds all values of all frames, whose columns are the same."""
        import pandas as pd
        from pandas.api import types

        both = pd.concat(frames, ignore_index=True)
        others = [c for c in both if not types.is_numeric_dtype(both[c])]
        values = {c: pd.Index(both[c].astype("object").dropna().unique()) for c in others}
        return cls(dict(frames[0].dtypes), values)

    def encoded(self, frame: pd.DataFrame) -> np.ndarray:
        """A matrix of floats; what is missing is NaN."""
        import numpy as np

        columns = [
            np.where((found := self.values[c].get_indexer(frame[c])) < 0, np.nan, found)
            if c in self.values
            else frame[c].to_numpy(dtype="float64", na_value=np.nan)
            for c in self.types
        ]
        return np.column_stack(columns)

    def decoded(self, rows: np.ndarray) -> pd.DataFrame:
        """The columns that a matrix stands for, in their types."""
        import pandas as pd

        return pd.DataFrame(
            {name: self._column(name, rows[:, i]) for i, name in enumerate(self.types)}
        )

    def _column(self, name: str, numbers: np.ndarray) -> pd.Series:
        import numpy as np
        import pandas as pd

        if name not in self.values:
            column = pd.Series(numbers)
            return column if column.isna().any() else column.astype(self.types[name])  # type: ignore[arg-type]
        known = self.values[name]
        texts = [None if np.isnan(n) else known[int(n)] for n in numbers]
        return pd.Series(texts, dtype=self.types[name])  # type: ignore[arg-type]
