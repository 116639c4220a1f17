"""The engine, the simulated providers of this process, and a fresh backend for each test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.engine.backend import Backend
from tests.support.simulated.providers import Providers

import tools


@pytest.fixture(scope="session", autouse=True)
def on_path() -> Iterator[None]:
    """Have the engine on PATH, where the package looks for it; skip all where there is none."""
    found = tools.find("pulumi")
    if found is None:
        pytest.skip(str(tools.missing("pulumi")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", os.pathsep.join((str(found.parent), os.environ["PATH"])))
        yield


@pytest.fixture(scope="session")
def providers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Providers]:
    with Providers.start(tmp_path_factory.mktemp("providers")) as running:
        yield running


@pytest.fixture
def backend(providers: Providers, tmp_path: Path) -> Backend:
    """A backend without stacks, and a cloud in which nothing exists."""
    providers.cloud.reset()
    return Backend(tmp_path, providers)


@pytest.fixture
def quick(backend: Backend) -> Backend:
    """The same for tests in which nothing is killed."""
    return replace(backend, quick=True)
