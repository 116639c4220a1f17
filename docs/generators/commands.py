"""`commands.md`: the help of every command, as the command line prints it."""

from __future__ import annotations

import os
from collections.abc import Iterator
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
        parts.append(f"## modelyard {name}\n\n{summary}\n")
        above = click.Context(group, info_name="modelyard", **group.context_settings)
        command: click.Command = import_module(f"modelyard.cli.{name}").command
        parts += [f"```text\n{text}\n```\n" for text in _helps(command, above, name)]
    return "\n".join(parts)


def _helps(command: click.Command, above: click.Context, name: str) -> Iterator[str]:
    """The help of a command; of a group, that of each of its commands instead."""
    context = click.Context(command, above, info_name=name, terminal_width=80)
    if isinstance(command, click.Group):
        for part in command.list_commands(context):
            yield from _helps(command.commands[part], context, part)
        return
    with patch.dict(os.environ, {"NO_COLOR": "1"}):
        yield command.get_help(context)
