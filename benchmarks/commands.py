"""The commands as a person meets them: a process each, over what bare imports take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.process import Run, middle, run

FLOORS = {
    "python": ["-c", "pass"],
    "import BaseModel": ["-c", "from pydantic import BaseModel"],
    "import BaseModel, pulumi": ["-c", "from pydantic import BaseModel; import pulumi"],
}
"""Nothing of ours: what the interpreter and the libraries take. pydantic imports nothing until a
name is asked of it, so a bare `import pydantic` would be too low."""

_MAIN = ["-c", "from modelyard.cli import main; main()"]
_QUICKSTART, _FULL = "blueprints/quickstart.yaml", "blueprints/finance.yaml"

COMMANDS = {
    "check quickstart": ("import BaseModel", [*_MAIN, "check", _QUICKSTART]),
    "check finance": ("import BaseModel", [*_MAIN, "check", _FULL]),
    "plan quickstart": ("import BaseModel, pulumi", [*_MAIN, "plan", _QUICKSTART]),
    "plan finance prod": ("import BaseModel, pulumi", [*_MAIN, "plan", _FULL, "-e", "prod"]),
}
"""Each with the floor that it stands on."""


@dataclass(frozen=True)
class Timing:
    """One command: its wall time, that of its floor, and the difference; seconds, MiB."""

    name: str
    wall: float
    floor: float
    mib: float

    @property
    def own(self) -> float:
        return self.wall - self.floor

    def json(self) -> Mapping[str, object]:
        return {
            "command": self.name,
            "wall_s": round(self.wall, 3),
            "floor_s": round(self.floor, 3),
            "own_s": round(self.own, 3),
            "times_floor": round(self.wall / self.floor, 2),
            "rss_mib": round(self.mib, 1),
        }


def measure(rounds: int) -> list[Timing]:
    """Medians over the rounds, after one that warms up files and bytecode.

    Each round runs everything once, so that a busy minute meets commands and floors alike.
    """
    programs = {**FLOORS, **{name: arguments for name, (_, arguments) in COMMANDS.items()}}
    runs: dict[str, list[Run]] = {name: [] for name in programs}
    for number in range(rounds + 1):
        for name, arguments in programs.items():
            measured = run(arguments)
            if number:
                runs[name].append(measured)
    medians = {name: middle(measured) for name, measured in runs.items()}
    floors = [_timing(name, medians[name], medians["python"]) for name in FLOORS]
    return floors + [
        _timing(name, medians[name], medians[floor]) for name, (floor, _) in COMMANDS.items()
    ]


def _timing(name: str, median: Run, floor: Run) -> Timing:
    return Timing(name, median.seconds, floor.seconds, median.mib)
