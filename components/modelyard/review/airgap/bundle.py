"""Writes a bill of materials with the script that copies it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelyard.review.airgap.item import AirgapError
from modelyard.review.airgap.script import script

if TYPE_CHECKING:
    from modelyard.review.airgap.bill import Bill

BILL, REFERENCES, SCRIPT = "bill-of-materials.json", "references.json", "mirror.sh"


@dataclass(frozen=True)
class Bundle:
    """What was written."""

    bill: Path
    references: Path
    script: Path


def write(bill: Bill, folder: Path) -> Bundle:
    """Write into a folder that is new, empty or a bundle already; what it has fetched stays.

    Raises AirgapError for a folder that holds something else.
    """
    if folder.exists() and not folder.is_dir():
        raise AirgapError(f"{folder} is not a folder. Next: name one that is, or a new one")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / BILL).exists():
        raise AirgapError(f"{folder} holds other files. Next: name an empty or a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / BILL, text(bill.json()))
    _write(folder / REFERENCES, text(bill.references()))
    _write(folder / SCRIPT, script(bill))
    (folder / SCRIPT).chmod(0o755)
    return Bundle(folder / BILL, folder / REFERENCES, folder / SCRIPT)


def text(content: Any) -> str:
    """Content as JSON for people, too."""
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _write(path: Path, content: str) -> None:
    """All of it, or what was there before."""
    draft = path.with_name(f".{path.name}.part")
    draft.write_text(content, encoding="utf-8")
    draft.replace(path)
