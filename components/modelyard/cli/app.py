"""The commands by name, each imported only when it is called."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from modelyard import __version__

COMMANDS = {
    "new": "Write a first blueprint.",
    "check": "Say whether a blueprint can stand, and what is wrong with it.",
    "plan": "Show what a blueprint becomes: places, machines, resources, cost.",
    "diff": "Say what a change to a blueprint changes, before anything is deployed.",
    "ci": "Review every blueprint that a change touches, where a pipeline runs.",
    "scan": "Look for what is unsafe, by the policies and by Checkov, in one list.",
    "preflight": "Ask each site whether a plan can be carried out on it.",
    "preview": "Ask Pulumi's engine and the sites what `up` would change.",
    "up": "Deploy a blueprint, or bring what is deployed up to it.",
    "failover": "Send all requests of models to their second site, or back.",
    "promote": "Let a version of a model into production, or approve one.",
    "rollback": "Take a model back to the version before.",
    "verify": "Say whether what is deployed is what is planned, and ready.",
    "refresh": "Take over into the state what has become of each resource.",
    "destroy": "Take a platform down, and prove that nothing is left.",
    "render": "Write the Kubernetes manifests of a blueprint, for GitOps.",
    "pipeline": "Write a model's pipeline, from a commit to the audit trail.",
    "airgap": "Write what a platform takes from outside, and the script that copies it.",
    "schema": "Print the JSON Schema of blueprints, for editors.",
}


class _Commands(click.Group):
    """A group that imports a command when it is called, so that starting stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        return import_module(f"modelyard.cli.{cmd_name}").command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """As click does, with the nearest name when there is none of that name."""
        from modelyard.blueprint.errors import nearest

        if args and args[0] not in COMMANDS and (near := nearest(args[0], COMMANDS)):
            ctx.fail(f"No such command {args[0]!r}. Did you mean {near!r}?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="modelyard")
def group() -> None:
    """One typed blueprint in; a complete, governed MLOps platform out.

    Exit codes: 0 fine, 1 findings, 2 bad input, 3 environment.
    """


def _about_a_file(error: OSError) -> str:
    """What the system refused, where, and what to look at."""
    why = error.strerror or str(error)
    if not error.filename:
        return f"error: {why}. Next: see what the system is short of, and run it again"
    return (
        f"error: {error.filename}: {why}. Next: check the path, its folder and who may write there"
    )


def app() -> int:
    """Run the command line and return its exit code; a refusal is words, never a traceback."""
    from modelyard.blueprint.errors import ModelyardError

    try:
        return group(standalone_mode=False) or 0
    except click.exceptions.Exit as exit:
        return exit.exit_code
    except click.Abort:
        click.echo("stopped", err=True)
        return 130
    except click.ClickException as error:
        error.show()
        return 2
    except ModelyardError as error:
        from modelyard.cli.messages import show_error

        show_error(error)
        return error.exit_code
    except SystemExit:
        # All that click itself exits for here is a reader that has gone: nothing is left to say.
        return 0
    except OSError as error:
        click.echo(_about_a_file(error), err=True)
        return 3
