"""From `up` to `destroy` with Pulumi's own provider for Kubernetes, where it is at hand.

Random values come from the simulated provider: they need no cloud.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from kubernetes.client import AppsV1Api, CoreV1Api, NetworkingV1Api
from tests.cli.conftest import QUICKSTART, process
from tests.support.cluster import ControlPlane, Node
from tests.support.cluster.waiting import until
from tests.support.simulated.orders import Kind, Order, give
from tests.support.simulated.providers import Providers

import tools

PLUGIN = "pulumi-resource-kubernetes"
WITHOUT_ENGINE = pytest.mark.skipif(
    tools.find("pulumi") is None, reason=str(tools.missing("pulumi"))
)
WITHOUT_PLUGIN = pytest.mark.skipif(
    shutil.which(PLUGIN) is None,
    reason=f"no {PLUGIN} on PATH: `pulumi plugin install resource kubernetes` brings it, and its "
    "folder below ~/.pulumi/plugins goes onto PATH",
)
SERVER = "kubernetes:apps/v1:Deployment"
PLATFORM, PRODUCTION = "quickstart-platform", "quickstart-production"


class Person:
    """Somebody at a command line, with one blueprint and one cluster."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder, self._environment = folder, environment
        self.write(QUICKSTART)

    def write(self, text: str) -> None:
        (self.folder / "quickstart.yaml").write_text(text.replace("team:", "protect: false\nteam:"))

    def run(self, command: str, *flags: str) -> tuple[int, str, str]:
        running: subprocess.Popen[str] = process(
            command, "quickstart.yaml", *flags, cwd=self.folder, **self._environment
        )
        out, err = running.communicate(timeout=300)
        return running.returncode, out, err

    def deviations(self) -> dict[str, str]:
        """What `verify` finds, by the name of the object."""
        _, out, err = self.run("verify", "--format", "json")
        assert out, err
        found: list[dict[str, Any]] = json.loads(out)["deviations"]
        return {each["name"]: f"{each['deviation']}: {each['why']}" for each in found}


@pytest.fixture
def providers(tmp_path: Path) -> Iterator[Providers]:
    with Providers.start(tmp_path) as running:
        yield running


@pytest.fixture(autouse=True)
def room(control_plane: ControlPlane) -> Iterator[None]:
    """Two machines, for what is not too large."""
    nodes = [Node("commands-1", "simulated-a"), Node("commands-2", "simulated-b")]
    control_plane.add_nodes(nodes)
    yield
    control_plane.remove_nodes(nodes)


@pytest.fixture
def person(tmp_path: Path, control_plane: ControlPlane, providers: Providers) -> Person:
    """With the provider for Kubernetes that is on PATH."""
    return Person(tmp_path, environment(tmp_path, control_plane, f"random:{providers.port}"))


@pytest.fixture
def simulated(tmp_path: Path, control_plane: ControlPlane, providers: Providers) -> Person:
    """With simulated providers, which say of every Deployment that it does not get ready."""
    give(providers.cloud, Order(Kind.FAIL, "Create", SERVER, message="timed out waiting"))
    attached = providers.environment()["PULUMI_DEBUG_PROVIDERS"]
    return Person(tmp_path, environment(tmp_path, control_plane, attached))


def environment(folder: Path, cluster: ControlPlane, attached: str) -> Mapping[str, str]:
    """What the engine is told: where states are, which cluster, and which providers run already."""
    engine = tools.find("pulumi")
    assert engine is not None
    (folder / "states").mkdir()
    return {
        "PATH": os.pathsep.join((str(engine.parent), os.environ["PATH"])),
        "KUBECONFIG": str(cluster.kubeconfig),
        "PULUMI_BACKEND_URL": f"file://{folder / 'states'}",
        "PULUMI_CONFIG_PASSPHRASE": "correct horse battery staple",
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_DEBUG_PROVIDERS": attached,
    }


@WITHOUT_PLUGIN
@WITHOUT_ENGINE
def test_a_platform_comes_up_drifts_is_put_right_and_goes(
    person: Person, control_plane: ControlPlane
) -> None:
    code, out, err = person.run("up", "--yes")
    assert code == 0, err
    assert person.deviations() == {}
    assert person.run("verify")[0] == 0

    policies, workloads = (kind(control_plane.client()) for kind in (NetworkingV1Api, AppsV1Api))
    policies.delete_namespaced_network_policy("default-deny", PLATFORM)
    scale = {"spec": {"replicas": 2}}
    workloads.patch_namespaced_deployment_scale("mlflow", PLATFORM, scale)
    assert {name: found.partition(":")[0] for name, found in person.deviations().items()} == {
        f"NetworkPolicy {PLATFORM}/default-deny": "missing",
        f"Deployment {PLATFORM}/mlflow": "drifted",
    }
    # Whose hand a field was set by is for people to settle: the server refuses the engine's.
    workloads.patch_namespaced_deployment_scale("mlflow", PLATFORM, {"spec": {"replicas": 1}})
    assert person.run("refresh", "--yes")[0] == 0
    code, out, err = person.run("up", "--yes", "--skip-preview")
    assert code == 0, err
    assert "1 created" in out
    assert person.deviations() == {}

    code, out, err = person.run("destroy", "--yes", "--remove")
    assert code == 0, out + err
    assert "nothing is left" in out
    left = [n.metadata.name for n in CoreV1Api(control_plane.client()).list_namespace().items]
    assert not {PLATFORM, PRODUCTION} & set(left)


@WITHOUT_ENGINE
def test_a_failed_up_says_what_the_scheduler_says(
    simulated: Person, control_plane: ControlPlane
) -> None:
    """The engine is told by its providers that a Deployment failed; why, the cluster knows."""
    core, apps = CoreV1Api(control_plane.client()), AppsV1Api(control_plane.client())
    core.create_namespace({"metadata": {"name": PRODUCTION}})
    try:
        apps.create_namespaced_deployment(PRODUCTION, too_large("churn"))
        until(lambda: bool(core.list_namespaced_pod(PRODUCTION).items), 30)
        code, _, err = simulated.run("up", "--yes", "--skip-preview")
        said = " ".join(err.split())
        assert code == 1
        assert f"error: serving churn: Deployment {PRODUCTION}/churn" in said
        assert "is not placed: 0/" in said
        assert "Insufficient cpu" in said
        assert "timed out waiting" in said
    finally:
        core.delete_namespace(PRODUCTION)


def too_large(name: str) -> Mapping[str, Any]:
    """A Deployment that no node has room for."""
    container = {"name": "main", "image": "x", "resources": {"requests": {"cpu": "5000"}}}
    labels = {"app": name}
    return {
        "metadata": {"name": name},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }
