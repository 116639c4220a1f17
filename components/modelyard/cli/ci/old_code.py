"""What the code of before makes of a blueprint: run from the base, in a process of its own."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from modelyard.blueprint.errors import ModelyardError, one_line
from modelyard.blueprint.loading.assembling import environments

if TYPE_CHECKING:
    from modelyard.blueprint.loading.document import Document
    from modelyard.cli.ci.changes import Change
    from modelyard.cli.ci.task import Task
    from modelyard.cli.ci.touched import Scope
    from modelyard.recorder import Graph

_SECONDS = 90
_RECORD = """
import json, sys
from modelyard.blueprint.loading.document import parse
from modelyard.program import plan_document, record_plan
asked = json.load(sys.stdin)
document = parse(asked["content"], asked["label"])
plans = [plan_document(document, environment).plan for environment in asked["environments"]]
json.dump([record_plan(plan).to_json() for plan in plans], sys.stdout)
"""
"""Asks no more of another release than what it is for."""


@contextmanager
def code_before(scope: Scope, change: Change) -> Iterator[str | None]:
    """A folder with the package of the base, where a change is of the package; None else."""
    from modelyard.cli.ci.touched import Causes

    package = Causes(scope, change).package
    if package is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="modelyard-") as folder:
        try:
            archive = scope.repository.run("archive", "--format=tar", change.base, "--", package)
        except ModelyardError:  # it was not there yet
            yield None
            return
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(folder, filter="data")
        yield str(Path(folder) / PurePosixPath(package).parent)


def recorded_before(task: Task, document: Document) -> Mapping[str | None, Graph]:
    """The graph of the blueprint at the base, by environment. Raises ModelyardError."""
    from modelyard.recorder import Graph

    names: list[str | None] = list(environments(document.root)) or [None]
    content = task.before.run("cat-file", "blob", f"{task.base}:{task.was}")
    asked = {"label": task.label_before, "environments": names, "content": content.decode()}
    graphs = _asked(str(task.code), asked)
    return {name: Graph.from_json(graph) for name, graph in zip(names, graphs, strict=True)}


def _asked(code: str, asked: Mapping[str, Any]) -> Any:
    path = os.pathsep.join(filter(None, (code, os.environ.get("PYTHONPATH"))))
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", _RECORD],
            input=json.dumps(asked).encode(),
            capture_output=True,
            env={**os.environ, "PYTHONPATH": path},
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ModelyardError(f"it did not answer in {_SECONDS} seconds") from None
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ModelyardError(one_line(lines[-1])[:200] if lines else f"it ended {done.returncode}")
    return json.loads(done.stdout)
