"""How results are shown: the machine that they are of, and tables."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from rich import box
from rich.table import Table


def this_machine() -> Mapping[str, object]:
    """What the figures depend on."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
    }


def drawn(title: str, columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> Table:
    """A table with these headings; a row is its values in order."""
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, justify="left" if column == "command" else "right")
    for row in rows:
        table.add_row(*(str(cell) for cell in row.values()))
    return table
