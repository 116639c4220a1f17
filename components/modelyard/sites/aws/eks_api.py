"""The API of an EKS cluster, reached as whoever is logged in to its account."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from modelyard.blueprint.errors import NotReadyError
from modelyard.blueprint.site import AwsSite, ClusterAttach
from modelyard.contracts.context import Context
from modelyard.sites.aws.names import CLUSTER, domain, scoped
from modelyard.sites.kubernetes.cluster_api import ClusterApi

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

    from modelyard.sites.aws.preflight.asking import Asking

_TOKEN = "k8s-aws-v1."
_SECONDS = 60
"""How long the signed request may be used; EKS takes the token for a quarter of an hour."""


class EksApi(ClusterApi):
    """A cluster by its name; no kubeconfig and no other command is needed."""

    def __init__(self, context: Context, site: AwsSite, asking: Asking) -> None:
        super().__init__(ClusterAttach())
        self._site, self._asking = site, asking
        attach = site.cluster.attach
        self._name = attach.name if attach else scoped(context, most=CLUSTER)

    def _connection(self) -> ApiClient:
        from botocore.exceptions import BotoCoreError, ClientError
        from kubernetes.config import new_client_from_config_dict

        try:
            found = self._asking.call("eks", "describe_cluster", name=self._name)["cluster"]
            token = self._token()
        except (BotoCoreError, ClientError) as error:
            raise NotReadyError(
                f"no way to the cluster {self._name}: {error}. Next: see whether "
                f"`aws eks describe-cluster --name {self._name} --region {self._site.region}` works"
            ) from None
        return new_client_from_config_dict(_kubeconfig(self._name, found, token))

    def _token(self) -> str:
        """A signed question to STS of who is asking: EKS puts it, and lets in whom STS names."""
        from botocore.signers import RequestSigner

        client: Any = self._asking.client("sts")
        signer = RequestSigner(
            client.meta.service_model.service_id,
            self._site.region,
            "sts",
            "v4",
            client._request_signer._credentials,
            client.meta.events,
        )
        host = f"https://sts.{self._site.region}.{domain(self._site.region)}"
        request = {
            "method": "GET",
            "url": f"{host}/?Action=GetCallerIdentity&Version=2011-06-15",
            "body": {},
            "headers": {"x-k8s-aws-id": self._name},
            "context": {},
        }
        signed: Any = signer.generate_presigned_url(
            request, region_name=self._site.region, expires_in=_SECONDS, operation_name=""
        )
        return _TOKEN + base64.urlsafe_b64encode(signed.encode()).decode().rstrip("=")

    def _flags(self) -> str:
        """How kubectl is told of the same cluster, once `aws eks update-kubeconfig` has run."""
        return ""


def _kubeconfig(name: str, cluster: Any, token: str) -> dict[str, Any]:
    server = {
        "server": cluster["endpoint"],
        "certificate-authority-data": cluster["certificateAuthority"]["data"],
    }
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "clusters": [{"name": name, "cluster": server}],
        "users": [{"name": name, "user": {"token": token}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
    }
