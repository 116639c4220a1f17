"""The API of a GKE cluster, reached as whoever is logged in to its project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modelyard.blueprint.errors import NotReadyError
from modelyard.blueprint.site import ClusterAttach, GcpSite
from modelyard.contracts.context import Context
from modelyard.sites.gcp.names import CLUSTER, scoped
from modelyard.sites.kubernetes.cluster_api import ClusterApi

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

    from modelyard.sites.gcp.preflight.asking import Asking


class GkeApi(ClusterApi):
    """A cluster by its name; no kubeconfig and no other command is needed."""

    def __init__(self, context: Context, site: GcpSite, asking: Asking) -> None:
        super().__init__(ClusterAttach())
        self._site, self._asking = site, asking
        attach = site.cluster.attach
        self._name = attach.name if attach else scoped(context, most=CLUSTER)

    def _connection(self) -> ApiClient:
        from kubernetes.config import new_client_from_config_dict

        return new_client_from_config_dict(self._kubeconfig())

    def _kubeconfig(self) -> dict[str, Any]:
        """How the cluster is reached, with the token of who is logged in."""
        name = self._name
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": name,
            "clusters": [{"name": name, "cluster": _server(self._found())}],
            "users": [{"name": name, "user": {"token": self._asking.credentials.token}}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        }

    def _found(self) -> Any:
        """What GKE tells of the cluster. Raises NotReadyError where it tells nothing."""
        from modelyard.sites.gcp.preflight.asking import UNTOLD, DeniedError, SwitchedOffError

        place = f"projects/{self._site.project}/locations/{self._site.region}"
        method = "container.projects.locations.clusters.get"
        try:
            return self._asking.call(method, name=f"{place}/clusters/{self._name}")
        except DeniedError as error:
            why = f"{error.permission} is not allowed"
        except SwitchedOffError as error:
            why = f"{error.service} is not enabled"
        except UNTOLD as error:
            why = str(error)
        where = f"--region={self._site.region} --project={self._site.project}"
        raise NotReadyError(
            f"no way to the cluster {self._name}: {why}. Next: see whether "
            f"`gcloud container clusters describe {self._name} {where}` works"
        )

    def _flags(self) -> str:
        """How kubectl is told of the same cluster, once `gcloud container clusters
        get-credentials --dns-endpoint` has run.
        """
        return ""


def _server(cluster: Any) -> dict[str, str]:
    """By name, as IAM allows, which public certificates vouch for; by address where it has none."""
    endpoints = cluster.get("controlPlaneEndpointsConfig", {})
    name = endpoints.get("dnsEndpointConfig", {}).get("endpoint")
    if name:
        return {"server": f"https://{name}"}
    return {
        "server": f"https://{cluster['endpoint']}",
        "certificate-authority-data": cluster["masterAuth"]["clusterCaCertificate"],
    }
