"""What the engine refuses before it begins, in words that say what to do."""

from __future__ import annotations

import re

from pulumi.automation import CommandError

from modelyard.blueprint.errors import ModelyardError, NotReadyError
from modelyard.engine.interruption import locks

_NEXT = {
    r"no stack named": "make it: run `modelyard up` or `modelyard preview` first",
    r"PULUMI_ACCESS_TOKEN must be set": (
        "say where stacks are kept: `pulumi login --local`, or `pulumi login s3://…`"
    ),
    r"passphrase must be set|incorrect passphrase": (
        "set PULUMI_CONFIG_PASSPHRASE, or PULUMI_CONFIG_PASSPHRASE_FILE, to what the stack's "
        "secrets are encrypted with"
    ),
    r"unable to open bucket|unable to check if bucket|login failed": (
        "see to it that the backend of `pulumi whoami --verbose` can be reached"
    ),
    r"failed to load checkpoint: EOF": (
        "a run was killed while it wrote the file STACK.json.attrs beside the state, which itself "
        "is whole: delete that file in the backend's folder `.pulumi/stacks`. A backend "
        "`file://FOLDER?metadata=skip` goes without such files"
    ),
    r"organization name must be|stack name": (
        "name the stack with --stack, in the form that `pulumi stack ls` has"
    ),
}
"""What to do, by what the engine says (pulumi 3.246)."""


def refusal(error: CommandError) -> ModelyardError:
    """The engine's own words, without its command line, and what to do about them."""
    said = said_by(error)
    for pattern, advice in _NEXT.items():
        if re.search(pattern, said):
            return NotReadyError(f"the engine says: {said}. Next: {advice}")
    return NotReadyError(f"the engine says: {said}")


def locked(name: str, error: CommandError) -> NotReadyError:
    """Somebody else is at work on the stack, or was and did not finish."""
    holders = "; ".join(map(str, locks(str(error)))) or said_by(error)
    return NotReadyError(
        f"the stack {name} is locked by another run: {holders}. Next: wait for it; or, where it is "
        f"certain that nothing runs there any more, `pulumi cancel --stack {name}`"
    )


def said_by(error: CommandError) -> str:
    """The reason the engine gives: on standard error, or as an error among its output."""
    output, _, errors = str(error).partition("stderr:")
    lines = [line.strip() for line in errors.splitlines()]
    lines = [line for line in lines if line and not line.startswith("warning:")]
    lines = lines or [line.strip() for line in output.splitlines() if "error:" in line]
    return " ".join(line.removeprefix("error: ") for line in lines)
