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
_AWS, _GCP = "blueprints/aws-finance.yaml", "blueprints/gcp-finance.yaml"

COMMANDS = {
    "check quickstart": ("import BaseModel", [*_MAIN, "check", _QUICKSTART]),
    "check finance": ("import BaseModel", [*_MAIN, "check", _FULL]),
    "check AWS finance": ("import BaseModel", [*_MAIN, "check", _AWS]),
    "check Google finance": ("import BaseModel", [*_MAIN, "check", _GCP]),
    "plan quickstart": ("import BaseModel, pulumi", [*_MAIN, "plan", _QUICKSTART]),
    "plan finance prod": ("import BaseModel, pulumi", [*_MAIN, "plan", _FULL, "-e", "prod"]),
    "plan AWS finance prod": ("import BaseModel, pulumi", [*_MAIN, "plan", _AWS, "-e", "prod"]),
    "plan Google finance prod": ("import BaseModel, pulumi", [*_MAIN, "plan", _GCP, "-e", "prod"]),
}
"""Each with the floor that it stands on."""


@dataclass(frozen=True)
class Timing:
    """One command and the floor that it stands on."""

    name: str
    whole: Run
    floor: Run

    def json(self) -> Mapping[str, object]:
        whole, floor = self.whole, self.floor
        return {
            "command": self.name,
            "wall_s": round(whole.seconds, 2),
            "own_s": round(whole.seconds - floor.seconds, 2),
            "cpu_s": round(whole.processor, 2),
            "own_cpu_s": round(whole.processor - floor.processor, 2),
            "times_floor": round(whole.processor / floor.processor, 1),
            "rss_mib": round(whole.mib, 1),
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
    floors = dict.fromkeys(FLOORS, "python") | {name: pair[0] for name, pair in COMMANDS.items()}
    return [Timing(name, medians[name], medians[floor]) for name, floor in floors.items()]
