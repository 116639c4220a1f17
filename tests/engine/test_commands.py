"""The commands as a person or a pipeline runs them: what they say, how they end, how they go on."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.conftest import QUICKSTART, process
from tests.engine.backend import Backend
from tests.support.simulated.orders import Kind, Order, give, take_back

SERVER = "kubernetes:apps/v1:Deployment"
NAMESPACE = "kubernetes:core/v1:Namespace"
PART = "registry"

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(quick: Backend, tmp_path: Path) -> Start:
    """Start `modelyard ARGS` on a backend, beside a blueprint; no cluster answers."""
    (tmp_path / "quickstart.yaml").write_text(QUICKSTART)

    def start(*arguments: object) -> subprocess.Popen[str]:
        nowhere = {"KUBECONFIG": str(tmp_path / "no-kubeconfig"), "COLUMNS": "80"}
        return process(*arguments, cwd=tmp_path, **quick.environment(), **nowhere)

    return start


def ended(started: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = started.communicate(timeout=180)
    return started.returncode, out, err


UP = ("up", "quickstart.yaml", "--yes", "--skip-preview")


def test_up_says_a_line_for_each_capability_and_then_that_nothing_changed(start: Start) -> None:
    code, out, err = ended(start("up", "quickstart.yaml", "--yes"))
    assert code == 0, err
    previewed, _, deployed = out.partition("to create, 0 stay as they are")
    for part in ("cluster", "identity", "database", "registry", "serving churn"):
        assert f"\n{part}: " in f"\n{previewed}"
        line = next(line for line in deployed.splitlines() if line.startswith(f"{part}: "))
        assert " created, " in line
        assert line.endswith(" s")
    assert "next: modelyard verify quickstart.yaml" in deployed
    assert "\x1b" not in out
    code, out, _ = ended(start(*UP))
    assert code == 0
    assert "quickstart: nothing changed, in " in out


def test_a_failure_names_part_and_object_and_reason_and_the_command_to_go_on(
    start: Start, quick: Backend
) -> None:
    order = give(quick.cloud, Order(Kind.FAIL, "Create", SERVER, message="exceeded quota: gold"))
    code, _, err = ended(start(*UP))
    assert code == 1
    assert re.search(
        r"error: (registry|serving churn): Deployment quickstart-\w+/(mlflow|churn)", err
    )
    assert "exceeded quota: gold" in err
    assert "What stands, stays." in err
    assert "run `modelyard up quickstart.yaml`" in " ".join(err.split())
    assert "Traceback" not in err
    take_back(quick.cloud, order)
    code, out, _ = ended(start(*UP))
    assert code == 0
    assert " created, in " in out


def test_the_first_signal_lets_what_is_under_way_finish_and_the_next_run_goes_on(
    start: Start, quick: Backend
) -> None:
    order = give(quick.cloud, Order(Kind.DELAY, "Create", NAMESPACE, seconds=4))
    running = start(*UP)
    assert running.stdout is not None
    while not running.stdout.readline().startswith("cluster: 2 of 2"):
        assert running.poll() is None
    running.send_signal(signal.SIGINT)
    code, _, err = ended(running)
    assert code == 130
    assert "stopping: what is under way is finished first" in err
    assert "stopped: " in err
    take_back(quick.cloud, order)
    code, out, err = ended(start(*UP))
    assert code == 0, err
    code, out, _ = ended(start(*UP))
    assert "nothing changed" in out


def test_a_preview_for_machines_is_json_and_makes_nothing(start: Start, quick: Backend) -> None:
    code, out, err = ended(start("preview", "quickstart.yaml", "--format", "json"))
    assert code == 0, err
    seen = json.loads(out)
    assert seen["stack"] == "quickstart"
    assert {change["verb"] for change in seen["changes"]} == {"create"}
    assert PART in {change["part"] for change in seen["changes"]}
    assert quick.cloud.things() == []


def test_what_is_protected_is_refused_before_anything_is_taken_down(
    start: Start, quick: Backend
) -> None:
    assert ended(start(*UP))[0] == 0
    before = quick.cloud.things()
    code, _, err = ended(start("destroy", "quickstart.yaml", "--yes"))
    assert code == 2
    assert "resources that hold data are protected" in err
    assert "set `protect: false`" in " ".join(err.split())
    assert quick.cloud.things() == before


def test_a_site_that_does_not_answer_is_told_without_a_traceback(start: Start) -> None:
    assert ended(start(*UP))[0] == 0
    code, _, err = ended(start("verify", "quickstart.yaml"))
    assert code == 3
    assert "no way to the cluster" in err
    assert "Traceback" not in err


def test_a_stack_that_nobody_made_is_not_made_by_looking_at_it(start: Start) -> None:
    code, _, err = ended(start("verify", "quickstart.yaml"))
    assert code == 3
    assert "no stack named 'quickstart' found" in err
    assert "run `modelyard up` or `modelyard preview` first" in " ".join(err.split())
