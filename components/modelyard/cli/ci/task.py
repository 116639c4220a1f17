"""One blueprint to review, with all that its review needs to know."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from modelyard.cli.ci.touched import Touched
from modelyard.cli.revision import Repository


@dataclass(frozen=True)
class Task:
    """Plain values: it is handed to another process."""

    touched: Touched
    root: str
    """Of the repository, where the process stands."""
    base: str
    start: str
    """The base in words."""
    environment: str | None
    policies: str | None
    policies_changed: bool
    folder: str
    """Of the report."""
    code: str | None = None
    """Folder with the package as it was at the base, where the change is of that too."""

    @property
    def path(self) -> str:
        return self.touched.path

    @property
    def was(self) -> str:
        """Where the blueprint was, or would have been, at the base."""
        return self.touched.was or self.touched.path

    @property
    def label_before(self) -> str:
        return f"{self.was}@{self.start}"

    @property
    def before(self) -> Repository:
        """The repository, at the blueprint as it was called at the base."""
        return Repository(Path(self.root), self.was)
