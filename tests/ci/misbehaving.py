"""A review that goes wrong in as many ways as a stranger's blueprint could make it."""

from __future__ import annotations

import os
import signal
import time

from modelyard.blueprint.errors import ModelyardError
from modelyard.cli.ci.outcome import Outcome, Status
from modelyard.cli.ci.task import Task


def review(task: Task) -> tuple[Outcome, ...]:
    match task.path:
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "exits":
            os._exit(7)
        case "hangs":
            time.sleep(600)
        case "grows":
            bytearray(8 * 2**30)
        case "raises":
            raise RuntimeError("it \x1b[31mbroke\n::error::x")
        case "refuses":
            raise ModelyardError("no")
        case "folder":
            return (Outcome(task.path, None, Status.CHANGED, why=os.getcwd()),)
    return (
        Outcome(task.path, "dev", Status.UNCHANGED),
        Outcome(task.path, "prod", Status.UNCHANGED),
    )
