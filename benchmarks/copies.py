"""A blueprint under many names."""

from __future__ import annotations

import re
from pathlib import Path


def copies(blueprint: Path, folder: Path, count: int) -> list[Path]:
    """Write the blueprint under so many names."""
    text = blueprint.read_text(encoding="utf-8")
    files = [folder / f"copy-{number:04}.yaml" for number in range(count)]
    for file in files:
        renamed = re.sub(r"(?m)^name: .*$", f"name: {file.stem}", text, count=1)
        file.write_text(renamed, encoding="utf-8")
    return files
