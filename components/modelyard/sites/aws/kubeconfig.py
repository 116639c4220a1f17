"""How Pulumi's provider reaches an EKS cluster: as whoever is logged in to the account."""

from __future__ import annotations

import pulumi
import pulumi_kubernetes

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


def provider(
    parent: pulumi.Resource, name: str, called: str, region: str, cluster: CloudResource
) -> pulumi_kubernetes.Provider:
    """The provider of everything in the cluster; set as on any other."""
    return pulumi_kubernetes.Provider(
        name,
        kubeconfig=kubeconfig(called, region, cluster),
        context=called,
        # A renewed authority is the same cluster: without this, everything would be replaced.
        cluster_identifier=name,
        enable_server_side_apply=True,
        enable_config_map_mutable=True,
        enable_secret_mutable=True,
        opts=pulumi.ResourceOptions(parent=parent),
    )
