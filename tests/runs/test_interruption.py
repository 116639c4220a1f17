"""What a killed run leaves behind."""

from __future__ import annotations

import os
import socket
import subprocess

from tests.runs.events import urn

from modelyard.engine.interruption import locks
from modelyard.engine.state import State

SAID = (
    "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to "
    "end or delete the lock file with `pulumi cancel`.\n  file:///b/.pulumi/locks/x.json: "
    "created by ml@{host} (pid {pid}) at 2026-11-24T21:00:00Z"
)


def dead() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


def test_a_lock_of_a_dead_process_on_this_machine_is_abandoned() -> None:
    [lock] = locks(SAID.format(host=socket.gethostname(), pid=dead()))
    assert lock.abandoned
    assert str(lock).startswith(f"ml@{socket.gethostname()}, process {lock.pid}, since 2026-")


def test_a_lock_of_a_living_process_is_not() -> None:
    [lock] = locks(SAID.format(host=socket.gethostname(), pid=os.getpid()))
    assert not lock.abandoned


def test_of_another_machine_nobody_here_can_tell() -> None:
    [lock] = locks(SAID.format(host="elsewhere", pid=dead()))
    assert not lock.abandoned


def test_other_words_hold_no_lock() -> None:
    assert locks("error: no stack named 'x' found") == ()


def test_the_state_tells_what_was_cut_off_and_what_stands() -> None:
    resource = {"urn": urn("a"), "type": "kubernetes:apps/v1:Deployment", "custom": True}
    stack = {"urn": "root", "type": "pulumi:pulumi:Stack", "custom": False}
    gone = {**resource, "urn": urn("old"), "delete": True}
    pending = [{"type": "creating", "resource": {**resource, "urn": urn("b")}}]
    state = State.of({"resources": [stack, resource, gone], "pending_operations": pending})
    assert [deployed.name for deployed in state.resources] == ["a"]
    assert state.interrupted == (urn("b"),)
    assert not state.empty
    assert State.of(None).empty
