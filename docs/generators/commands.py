"""`commands.md`: the help of every command, as the command line prints it."""

from __future__ import annotations

import os
from importlib import import_module
from unittest.mock import patch

import click

from modelyard.cli.app import COMMANDS, group

INTRODUCTION = """# Commands

Exit codes: 0 fine; 1 findings (`check --strict` with warnings, `verify` with deviations) or a run
of the engine that failed; 2 bad input; 3 the machine is at fault; 130 stopped. Reports go to
standard output, problems to standard error. There is no colour where standard output is not a
terminal, or with `NO_COLOR` set.
"""


def page() -> str:
    """The whole page."""
    parts = [INTRODUCTION]
    for name, summary in COMMANDS.items():
        parts.append(f"## modelyard {name}\n\n{summary}\n\n```text\n{_help(name)}\n```\n")
    return "\n".join(parts)


def _help(name: str) -> str:
    command: click.Command = import_module(f"modelyard.cli.{name}").command
    with patch.dict(os.environ, {"NO_COLOR": "1"}):
        above = click.Context(group, info_name="modelyard", **group.context_settings)
        context = click.Context(command, above, info_name=name, terminal_width=80)
        return command.get_help(context)
