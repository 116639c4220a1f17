"""Whether vectors are still distributed as they were: the share of components that drifted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from modelyard_jobs.config import Bound, Data
from modelyard_jobs.data import Window
from modelyard_jobs.judging import judged, undecided
from modelyard_jobs.verdict import Finding, Verdict

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from modelyard_jobs.drift import Settings

MEASURE = "embedding"


def measured(
    data: Data, settings: Settings, reference: Window, current: Window
) -> Iterator[Finding]:
    """One finding; none where no vectors are named."""
    column = data.embedding
    if column is None:
        return
    lack = reference.lacks(column) or current.lacks(column)
    if lack:
        yield undecided(MEASURE, lack)
        return
    old, new = _vectors(reference.frame[column]), _vectors(current.frame[column])
    few = [
        f"{len(each)} vectors in {window.name} are whole"
        for each, window in ((old, reference), (new, current))
        if len(each) < data.minimum
    ]
    yield undecided(MEASURE, "; ".join(few)) if few else _compared(old, new, settings)


def _vectors(column: pd.Series) -> np.ndarray:
    """Rows with a whole vector of the length that most have, as a matrix."""
    import numpy as np

    arrays = [each for each in map(_vector, column) if each is not None]
    lengths = [len(each) for each in arrays]
    usual = max(set(lengths), key=lengths.count, default=0)
    return np.array([each for each in arrays if len(each) == usual])


def _vector(value: Any) -> np.ndarray | None:
    import json

    import numpy as np

    try:
        array = np.asarray(json.loads(value) if isinstance(value, str) else value, dtype="float64")
    except (TypeError, ValueError):
        return None
    return array if array.ndim == 1 and len(array) and np.isfinite(array).all() else None


def _compared(old: np.ndarray, new: np.ndarray, settings: Settings) -> Finding:
    if old.shape[1] != new.shape[1]:
        reason = (
            f"vectors of {old.shape[1]} numbers, now of {new.shape[1]}: another model made them"
        )
        return Finding(
            MEASURE, Verdict.BREACHED, value=1.0, limit=settings.embedding, reason=reason
        )
    import pandas as pd
    from evidently.metrics.embeddings import RatioDriftMethod

    method = RatioDriftMethod(component_stattest="psi", component_stattest_threshold=settings.psi)
    share, _, _ = method(current_emb=pd.DataFrame(new), reference_emb=pd.DataFrame(old))
    return judged(MEASURE, float(share), Bound(max=settings.embedding))
