"""The `pulumi` command: where it is, and how it is run and stopped."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from typing import IO

from pulumi.automation import CommandResult, InvalidVersionError, PulumiCommand
from pulumi.automation.errors import create_command_error
from semver import VersionInfo

from modelyard.blueprint.errors import NotReadyError

OLDEST = VersionInfo.parse("3.206.0")
"""From then on the engine sends its events over gRPC, none late or lost. Source: the Automation
API of pulumi 3.272.0, `Stack._setup_event_log`."""

_GET_IT = "Next: install it (https://www.pulumi.com/docs/install) or put its folder on PATH"

Told = Callable[[str], object]


class Command(PulumiCommand):
    """Pulumi's command line in a session of its own.

    A Ctrl-C in the terminal reaches every process of it. The engine takes the first as "finish what
    is under way" and a second as "stop now", so it gets them from here alone, one for one.
    """

    def __init__(self) -> None:
        """Raises NotReadyError where there is no `pulumi`, or only one that is too old."""
        if shutil.which("pulumi") is None:
            raise NotReadyError(f"the `pulumi` command is not on PATH. {_GET_IT}")
        try:
            super().__init__(version=OLDEST)
        except InvalidVersionError as error:
            raise NotReadyError(f"{error} {_GET_IT}") from None
        self._running: subprocess.Popen[str] | None = None

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: Told | None = None,
        on_error: Told | None = None,
    ) -> CommandResult:
        """Run a command to its end. Raises CommandError if it fails."""
        process = subprocess.Popen(
            [self.command, "--non-interactive", *args],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env={**os.environ, **additional_env, "PULUMI_AUTOMATION_API": "true"},
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        self._running = process
        try:
            result = _outcome(process, on_output, on_error)
        finally:
            self._running = None
        if result.code:
            raise create_command_error(result)
        return result

    def interrupt(self) -> None:
        """Ask the engine to stop: once, it finishes what is under way; twice, it does not."""
        if self._running is not None:
            self._running.send_signal(signal.SIGINT)


def _outcome(
    process: subprocess.Popen[str], on_output: Told | None, on_error: Told | None
) -> CommandResult:
    """Read both streams to their ends, at the same time."""
    assert process.stdout is not None
    assert process.stderr is not None
    errors: list[str] = []
    reader = threading.Thread(target=_read, args=(process.stderr, errors, on_error), daemon=True)
    reader.start()
    output = _read(process.stdout, [], on_output)
    reader.join()
    return CommandResult("\n".join(output), "\n".join(errors), process.wait())


def _read(stream: IO[str], lines: list[str], told: Told | None) -> list[str]:
    with stream:
        for line in stream:
            lines.append(line.rstrip())
            if told is not None:
                told(lines[-1])
    return lines
