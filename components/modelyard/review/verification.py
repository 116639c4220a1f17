"""What `verify` found, as a table."""

from __future__ import annotations

from collections import Counter

from modelyard.contracts.inventory import Deviation
from modelyard.engine.verify import Deviating, Verification
from modelyard.review.table import Table


def table(verification: Verification) -> Table:
    """Every deviation, the worst kinds first."""
    order = list(Deviation)
    found = sorted(verification.deviations, key=lambda d: (order.index(d.found.deviation), d.part))
    rows = tuple(_row(deviating) for deviating in found)
    columns = ("deviation", "part", "object and why")
    return Table("Deviations", columns, rows, summary(verification))


def summary(verification: Verification) -> str:
    """`2 missing, 1 drifted`."""
    counts = Counter(deviating.found.deviation for deviating in verification.deviations)
    return ", ".join(f"{counts[kind]} {kind}" for kind in Deviation if counts[kind])


def _row(deviating: Deviating) -> tuple[str, ...]:
    found = deviating.found
    return str(found.deviation), deviating.part or deviating.site, f"{found.name}: {found.why}"
