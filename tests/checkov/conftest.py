"""One run of Checkov for all of these tests: it takes longer to start than to scan."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.checkov.careless import careless
from tests.support import on_aws, shipped

from modelyard.review.terraform import terraform_plan
from modelyard.review.terraform.checkov import Scanned, scan

ENVIRONMENT = Path(__file__).parents[2] / ".checkov"
CARELESS = "careless"


def pytest_xdist_auto_num_workers() -> int:
    """There is one run: the tests share it."""
    return 0


@pytest.fixture(scope="session")
def scanned() -> Mapping[str, Scanned]:
    """What Checkov says of every platform on AWS, and of a careless program."""
    command = os.environ.get("MODELYARD_CHECKOV", ENVIRONMENT / "bin" / "checkov")
    if not Path(command).exists():
        pytest.skip("no Checkov here: `make test-checkov` sets it up")
    graphs = {str(case): shipped.recorded(case, deployed=False) for case in on_aws.cases()}
    graphs[CARELESS] = careless()
    return scan(command, {name: terraform_plan(graph) for name, graph in graphs.items()})
