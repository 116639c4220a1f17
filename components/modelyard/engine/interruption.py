"""What a run leaves behind that was killed: a lock, and creations nobody knows the end of.

The provider of Kubernetes makes nothing that is there already, so such a creation has to be looked
up before the next run comes to it (pulumi-kubernetes 4.29: `upsertExistingObjects`).
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable, Mapping
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


def suspected(
    deployment: Mapping[str, Any] | None, id_of: Callable[[str, Mapping[str, Any]], str | None]
) -> tuple[dict[str, Any], list[str]]:
    """A deployment in which creations that were cut off count as made, and their URNs.

    A refresh of those finds out which are: the others leave the state again. `id_of` tells the id
    by type and inputs; what it does not know is left as it is.
    """
    content = deployment or {}
    pending = content.get("pending_operations") or []
    standing = {resource["urn"] for resource in content.get("resources") or []}
    made = [_made(operation, standing, id_of) for operation in pending]
    found = [resource for resource in made if resource is not None]
    left = [each for each, resource in zip(pending, made, strict=True) if resource is None]
    resources = [*(content.get("resources") or []), *found]
    changed = {**content, "resources": resources, "pending_operations": left}
    return changed, [resource["urn"] for resource in found]


def _made(
    operation: Mapping[str, Any],
    standing: set[str],
    id_of: Callable[[str, Mapping[str, Any]], str | None],
) -> dict[str, Any] | None:
    resource = operation["resource"]
    if operation["type"] != CREATING or resource["urn"] in standing:
        return None
    id = id_of(resource["type"], resource.get("inputs", {}))
    return {**resource, "id": id} if id else None


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
