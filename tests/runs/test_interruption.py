"""What a killed run leaves behind."""

from __future__ import annotations

import os
import socket
import subprocess

from tests.runs.events import urn

from modelyard.engine.interruption import locks, suspected
from modelyard.engine.state import State
from modelyard.objects.identity import object_id

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


MAP = "kubernetes:core/v1:ConfigMap"
PENDING = {
    "type": "creating",
    "resource": {
        "urn": f"urn:pulumi:dev::modelyard::{MAP}::settings",
        "type": MAP,
        "inputs": {"metadata": {"name": "settings", "namespace": "demo"}},
    },
}


def test_what_was_cut_off_counts_as_made_until_it_is_looked_up() -> None:
    changed, urns = suspected({"resources": [], "pending_operations": [PENDING]}, object_id)
    assert urns == [PENDING["resource"]["urn"]]
    assert changed["resources"] == [{**PENDING["resource"], "id": "demo/settings"}]
    assert changed["pending_operations"] == []


def test_what_cannot_be_looked_up_is_left_as_it_is() -> None:
    password = {"type": "creating", "resource": {"urn": "urn:b", "type": "random:x:Y"}}
    update = {**PENDING, "type": "updating"}
    before = {"resources": [], "pending_operations": [password, update]}
    assert suspected(before, object_id) == (before, [])


def test_a_release_and_an_object_of_the_whole_cluster_have_ids_too() -> None:
    release = {"name": "keda", "namespace": "keda", "chart": "keda"}
    assert object_id("kubernetes:helm.sh/v3:Release", release) == "keda/keda"
    assert object_id("kubernetes:core/v1:Namespace", {"metadata": {"name": "demo"}}) == "demo"
