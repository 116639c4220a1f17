"""What a plan costs, as tables."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from modelyard.review.table import Table

if TYPE_CHECKING:
    from modelyard.plan.cost import Monthly, Rate
    from modelyard.plan.plan import Plan


def cost_tables(plan: Plan) -> list[Table]:
    """By site, capability and model; then what is billed by use, and how much a unit is."""
    cost = plan.cost
    keys = ("site", "capability", "model") if cost.by_use else ("site", "model")
    rows = [
        (f"{key} {name}", *_dollars(monthly))
        for key in keys
        for name, monthly in cost.by(key).items()
    ]
    partly = cost.unpriced or cost.by_use
    rows.append(("total of what has a price" if partly else "total", *_dollars(cost.monthly)))
    note = f"prices as of {cost.prices_as_of}"
    if cost.regions:
        note += f", of {' and '.join(cost.regions)}"
    if cost.unpriced:
        note += "; without a price: " + "; ".join(cost.unpriced)
    columns = ("US dollars a month", "minimum", "maximum")
    return [Table("Cost", columns, tuple(rows), note, numbers=(1, 2)), *_by_use(cost.by_use)]


def _by_use(rates: tuple[Rate, ...]) -> list[Table]:
    """Each rate once, with all that it is for. A blueprint does not tell how much there will be."""
    used: dict[tuple[str, str], list[str]] = defaultdict(list)
    for rate in rates:
        parts = used[rate.site, f"{rate.what} {rate.rate}"]
        parts += [rate.capability] if rate.capability not in parts else []
    together: dict[tuple[str, str], list[str]] = defaultdict(list)
    for (site, line), parts in used.items():
        together[site, parts[0] if len(parts) == 1 else "several"].append(line)
    rows = tuple((site, parts, "; ".join(lines)) for (site, parts), lines in together.items())
    note = "comes on top of the total"
    return [Table("Billed by use", ("site", "for", "at"), rows, note)] if rows else []


def _dollars(monthly: Monthly) -> tuple[str, str]:
    return f"{monthly.minimum:,.2f}", f"{monthly.maximum:,.2f}"
