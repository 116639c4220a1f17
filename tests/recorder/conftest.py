"""What the recorder's tests share."""

from __future__ import annotations

import pytest
from tests.support.programs import platform, run

from modelyard.recorder import Graph


@pytest.fixture(scope="session")
def graph() -> Graph:
    """The graph of `platform`, previewed."""
    return run(platform)
