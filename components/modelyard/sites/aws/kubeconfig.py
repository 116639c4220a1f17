"""How Pulumi's provider reaches an EKS cluster: as whoever is logged in to the account."""

from __future__ import annotations

import pulumi

from modelyard.objects.cloud import CloudResource


def kubeconfig(name: str, region: str, cluster: CloudResource) -> pulumi.Output[str]:
    """A kubeconfig without a secret in it: `aws eks get-token` is asked for each login."""
    login = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "aws",
        "args": ["eks", "get-token", "--cluster-name", name, "--region", region],
        "interactiveMode": "Never",
    }
    authority = cluster["certificateAuthority"].apply(lambda known: known["data"])
    server = {"server": cluster["endpoint"], "certificate-authority-data": authority}
    return pulumi.Output.json_dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": name,
            "clusters": [{"name": name, "cluster": server}],
            "users": [{"name": name, "user": {"exec": login}}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        }
    )
