"""What a run leaves behind that was killed: a lock, and creations nobody knows the end of."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_LOCK = re.compile(r"created by (\S+)@(\S+) \(pid (\d+)\) at (\S+)")
CREATING = "creating"


@dataclass(frozen=True)
class Lock:
    """Who holds a stack of a backend of files; the engine names it when it refuses to begin."""

    user: str
    host: str
    pid: int
    since: str

    @property
    def abandoned(self) -> bool:
        """Whether the process that made it ran on this machine and is gone."""
        return self.host == socket.gethostname() and not _alive(self.pid)

    def __str__(self) -> str:
        return f"{self.user}@{self.host}, process {self.pid}, since {self.since}"


def locks(said: str) -> tuple[Lock, ...]:
    """The locks that the engine names in its refusal."""
    found = _LOCK.findall(said)
    return tuple(Lock(user, host, int(pid), since) for user, host, pid, since in found)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def without_resolved(deployment: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A deployment without the pending creations of what stands by now; None if it has none such.

    The engine keeps a creation that was cut off among its pending operations for ever, though the
    next run has made it. What does not stand is kept: somebody has to look for it.
    """
    content = deployment or {}
    pending = content.get("pending_operations") or []
    standing = {resource["urn"] for resource in content.get("resources") or []}
    left = [operation for operation in pending if not _resolved(operation, standing)]
    if len(left) == len(pending):
        return None
    return {**content, "pending_operations": left}


def _resolved(operation: Mapping[str, Any], standing: set[str]) -> bool:
    return operation["type"] == CREATING and operation["resource"]["urn"] in standing
