"""The engine and the control plane that the heavy tests run against, built from pinned sources.

`go.mod` pins them; `python -m tools` builds what is missing into a cache outside the repository.
Nothing else builds or downloads: `find` only looks.
"""

from __future__ import annotations

from tools.cache import find, missing

__all__ = ["find", "missing"]
