"""`python -m tests.upgrades`: keep the states of the version that is about to be released."""

from __future__ import annotations

import sys
from importlib.metadata import version

from tests.support.shipped import cases
from tests.upgrades.released import released_as

if __name__ == "__main__":
    for case in cases():
        sys.stdout.write(f"{released_as(version('modelyard'), case).write()}\n")
