"""A cluster that does not let us in, or not far enough: told in words, with what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from kubernetes.client import CoreV1Api
from tests.support.cluster import ControlPlane

from modelyard.blueprint.errors import NotReadyError
from modelyard.blueprint.site import ClusterAttach
from modelyard.sites.kubernetes.cluster_api import ClusterApi

Login = Callable[[str], ClusterApi]
NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}}


@pytest.fixture
def login(control_plane: ControlPlane, tmp_path: Path) -> Login:
    """The API, as whoever holds a token."""

    def login(token: str) -> ClusterApi:
        content = yaml.safe_load(control_plane.kubeconfig.read_text())
        content["users"][0]["user"] = {"token": token}
        file = tmp_path / "kubeconfig"
        file.write_text(yaml.safe_dump(content))
        return ClusterApi(ClusterAttach(kubeconfig=str(file)))

    return login


def test_a_login_that_the_cluster_does_not_know(login: Login) -> None:
    with pytest.raises(NotReadyError, match="refuses the login: Unauthorized") as refused:
        list(login("nobody's").kinds())
    assert "auth whoami` works" in str(refused.value)


def test_a_login_that_may_not_look(login: Login, control_plane: ControlPlane) -> None:
    core = CoreV1Api(control_plane.client())
    core.create_namespaced_service_account("default", {"metadata": {"name": "visitor"}})
    asked = core.create_namespaced_service_account_token("visitor", "default", {"spec": {}})
    visitor = login(asked.status.token)
    with pytest.raises(NotReadyError, match="does not let you list Secret: secrets is forbidden"):
        visitor.list("v1", "Secret")
    with pytest.raises(NotReadyError, match="does not let you read Namespace default"):
        visitor.get("v1", "Namespace", None, "default")
    with pytest.raises(NotReadyError, match=r"apply Namespace on trial.*Next: log in as"):
        visitor.apply_on_trial(NAMESPACE)
    core.delete_namespaced_service_account("visitor", "default")


def test_what_is_not_there_is_no_refusal(control_plane: ControlPlane) -> None:
    api = ClusterApi(ClusterAttach(kubeconfig=str(control_plane.kubeconfig)))
    assert api.get("v1", "Namespace", None, "not-there") is None
    assert api.get("not.there/v1", "Thing", None, "x") is None
    assert api.list("not.there/v1", "Thing") == []
