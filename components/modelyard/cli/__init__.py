"""The command line. Each command is a file; what it does lies in the packages below."""

from __future__ import annotations

import gc
import sys

from modelyard.cli.app import app


def main() -> None:
    """Run a command; the exit code is 0 fine, 1 findings, 2 bad input, 3 environment."""
    # Imports make many objects and no garbage: looking for some takes a tenth of a command's time.
    gc.set_threshold(400_000, 20, 20)
    code = app()
    gc.freeze()  # nor has the interpreter to look through all of them when it ends
    sys.exit(code)
