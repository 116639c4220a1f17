"""The parts of a pod that KServe is given to merge into its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from modelyard.objects.pods import environment
from modelyard.workloads.serving import sources
from modelyard.workloads.serving.server import main_container, server_pod
from modelyard.workloads.serving.vllm import flags

if TYPE_CHECKING:
    from modelyard.contracts.serving import ServingArgs
    from modelyard.workloads.serving.server import Server

MOUNT = "/mnt/models"
"""Where KServe's runtimes look for the model."""
_OWN_LABELS = ("app.kubernetes.io/name", "app.kubernetes.io/component", "app.kubernetes.io/part-of")
_SELECTED = ("nodeSelector", "tolerations", "topologySpreadConstraints", "initContainers")


def vllm_flags(args: ServingArgs) -> list[str]:
    """What vLLM is told inside KServe's containers, which name the model themselves."""
    told = flags(args)
    at = told.index("--served-model-name")
    return [*told[:at], *told[at + 2 :]]


def labels(server: Server) -> Mapping[str, str]:
    """Labels for the pods; KServe finds its own by some that must not be taken from it."""
    return {key: value for key, value in server.labels.items() if key not in _OWN_LABELS}


def fetched(server: Server) -> bool:
    """Whether our own container fetches the weights, with credentials that KServe has not got.

    From elsewhere (`gs://`, `oci://`) KServe fetches them, by the identity of the pod.
    """
    return server.args.model.source.startswith((sources.HUB, sources.BUCKET))


def pod(server: Server) -> dict[str, Any]:
    """The pod around the container: account, placement, security, volumes, who fetches weights."""
    spec = server_pod(server).spec()
    kept = {key: spec[key] for key in _SELECTED if key in spec}
    return {
        **kept,
        "serviceAccountName": spec["serviceAccountName"],
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": spec["securityContext"],
        "terminationGracePeriodSeconds": spec["terminationGracePeriodSeconds"],
        "volumes": [v for v in spec["volumes"] if not v["name"].startswith("server-")],
    }


def container(server: Server) -> dict[str, Any]:
    """What KServe's container is told beyond what its runtime says."""
    made = main_container(server)
    manifest = made.manifest()
    told: dict[str, Any] = {
        "resources": manifest["resources"],
        # KServe's images write beside their code.
        "securityContext": {**manifest["securityContext"], "readOnlyRootFilesystem": False},
        "env": environment(made.environment),
        "args": list(made.args),
    }
    if fetched(server):
        told["volumeMounts"] = [{"name": "weights", "mountPath": MOUNT}]
    if server.engine.image:
        told["image"] = server.engine.image
    return {key: value for key, value in told.items() if value}
