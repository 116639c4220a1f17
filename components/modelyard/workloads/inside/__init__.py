"""Programs that run inside the platform's containers, with what the container's image brings.

Each is a file of its own, mounted from a ConfigMap; none imports another or Modelyard.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

MOUNT = "/opt/modelyard"
"""Where the programs are found in a container."""


@cache
def program(name: str) -> str:
    """The text of one program."""
    return Path(__file__).with_name(f"{name}.py").read_text(encoding="utf-8")


def programs(*names: str) -> dict[str, str]:
    """File names and texts, as a ConfigMap has them."""
    return {f"{name}.py": program(name) for name in names}


def fingerprint(*names: str) -> str:
    """Changes when one of the programs does: pods that carry it are made anew."""
    return sha256("".join(map(program, names)).encode()).hexdigest()[:16]
