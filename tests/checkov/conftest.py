"""Two runs of Checkov for all of these tests: it takes longer to start than to scan."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.checkov.careless import careless
from tests.support import on_aws, on_gcp, shipped

from modelyard.recorder import Graph
from modelyard.recorder.values import plain
from modelyard.review.checkov import Scanned, scan_manifests, scan_plans
from modelyard.review.manifests import is_object
from modelyard.review.terraform import terraform_plan

ENVIRONMENT = Path(__file__).parents[2] / ".checkov"
CARELESS = "careless"


def on_clouds() -> list[shipped.Case]:
    """Whose resources are looked at: platforms on AWS and on Google Cloud."""
    return list(dict.fromkeys((*on_aws.cases(), *on_gcp.cases())))


def in_clusters() -> list[shipped.Case]:
    """Whose Kubernetes objects are looked at: those of clouds, and the fullest one elsewhere."""
    fullest = [case for case in shipped.cases() if case.path.stem == shipped.FULLEST]
    return list(dict.fromkeys((*on_clouds(), *fullest)))


def pytest_xdist_auto_num_workers() -> int:
    """The runs are shared by all tests."""
    return 0


@pytest.fixture(scope="session")
def command() -> Path:
    """Checkov's command."""
    found = Path(os.environ.get("MODELYARD_CHECKOV", ENVIRONMENT / "bin" / "checkov"))
    if not found.exists():
        pytest.skip("no Checkov here: `make test-checkov` sets it up")
    return found


@pytest.fixture(scope="session")
def plans(command: Path) -> Mapping[str, Scanned]:
    """What Checkov says of every platform on a cloud, and of a careless program."""
    graphs = {str(case): shipped.recorded(case, deployed=False) for case in on_clouds()}
    graphs[CARELESS] = careless()
    return scan_plans(command, {name: terraform_plan(graph) for name, graph in graphs.items()})


@pytest.fixture(scope="session")
def manifests(command: Path) -> Mapping[str, Scanned]:
    """What Checkov says of the objects in their clusters."""
    found = {str(case): _objects(shipped.recorded(case)) for case in in_clusters()}
    return scan_manifests(command, found)


def _objects(graph: Graph) -> list[Mapping[str, Any]]:
    return [plain(dict(resource.inputs)) for resource in graph if is_object(resource)]
