"""`python -m tools [--list]`: build the commands that the heavy tests use, or say what is here."""

from __future__ import annotations

import argparse
import shutil
import sys

from tools.build import BuildError, build, table
from tools.cache import HOW, all_names, missing

PLUGINS = ("kubernetes", "random")
"""Provider plugins of platforms on Kubernetes. They are not built here, and no test needs them."""


def main() -> int:
    """Exit code 0 if everything is here, 3 if something is not and could not be built."""
    parser = argparse.ArgumentParser(prog="python -m tools", description=__doc__)
    parser.add_argument("--list", action="store_true", help="build nothing")
    arguments = parser.parse_args()
    try:
        if not arguments.list:
            build()
    except BuildError as error:
        sys.stderr.write(f"error: {error}\n")
        return 3
    except KeyboardInterrupt:
        sys.stderr.write("\nstopped; `make tools` goes on where it ended\n")
        return 130
    sys.stdout.write(f"{table()}\n{_plugins()}")
    absent = missing(*all_names())
    if absent:
        sys.stdout.write(f"next: {HOW}\n")
    return 3 if absent else 0


def _plugins() -> str:
    """What cannot be built here, and how to get it."""
    lines = []
    for name in PLUGINS:
        command = f"pulumi-resource-{name}"
        how = f"not on PATH; get it with `pulumi plugin install resource {name}`"
        lines.append(f"  {command:<35} {shutil.which(command) or how}\n")
    return "".join(lines)


if __name__ == "__main__":
    sys.exit(main())
