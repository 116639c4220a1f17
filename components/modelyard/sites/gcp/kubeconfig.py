"""How Pulumi's provider reaches a GKE cluster: as whoever is logged in to Google Cloud."""

from __future__ import annotations

import pulumi

from modelyard.objects.cloud import CloudResource

SEEN = {
    "name": str,
    "controlPlaneEndpointsConfig": {"dnsEndpointConfig": {"endpoint": str}},
}
"""Outputs of a cluster that others read."""


def kubeconfig(name: str, cluster: CloudResource) -> pulumi.Output[str]:
    """A kubeconfig without a secret in it, by the cluster's name in the DNS.

    That name is reached from anywhere and lets in whom IAM lets in; its certificate is public.
    Source: GKE guide, about isolating the control plane.
    """
    login = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "gke-gcloud-auth-plugin",
        "interactiveMode": "Never",
        "provideClusterInfo": True,
    }
    reached = cluster["controlPlaneEndpointsConfig"]
    host = reached.apply(lambda known: known["dnsEndpointConfig"]["endpoint"])
    return pulumi.Output.json_dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": name,
            "clusters": [
                {"name": name, "cluster": {"server": pulumi.Output.concat("https://", host)}}
            ],
            "users": [{"name": name, "user": {"exec": login}}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        }
    )
