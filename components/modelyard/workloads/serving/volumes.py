"""The volume that keeps a model's weights.

One replica gets a claim of its own that outlives its pods: a restart reads the weights from the
volume instead of fetching them. Most storage mounts on one node at a time, so several replicas,
and the pods of an edge model, get a claim each that lives as long as the pod: a container that
restarts still finds its weights, a new pod fetches them anew. Storage that mounts on many nodes
would be shared instead; a cluster does not tell whether it has any.
"""

from __future__ import annotations

from hashlib import sha256
from math import ceil
from typing import TYPE_CHECKING, Any

from modelyard.blueprint.serve import Mode, ServingEngine
from modelyard.blueprint.units import show_memory
from modelyard.objects.manifests import claim_spec
from modelyard.workloads.serving.sizes import weights_gib
from modelyard.workloads.serving.sources import stored

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelyard.contracts.serving import ServingArgs


def size(args: ServingArgs) -> str | None:
    """As the blueprint says, or half as much again as the weights; None when nothing is known.

    Ollama makes a copy of its own of what has been copied from the object store.
    """
    if args.model.serve.cache is not None:
        return show_memory(args.model.serve.cache)
    twice = args.model_plan.engine == ServingEngine.OLLAMA and stored(args, args.model.source)
    weights = weights_gib(args.model_plan)
    return f"{ceil((2.5 if twice else 1.5) * weights)}Gi" if weights else None


def outlives_pods(args: ServingArgs) -> bool:
    """Whether the weights have a claim of their own.

    Not with KServe, which starts the next pod before it stops the last: two would want the claim.
    """
    if size(args) is None or args.model_plan.engine == ServingEngine.KSERVE:
        return False
    if args.model_plan.mode == Mode.BATCH:
        return args.model.serve.schedule is not None
    return args.model_plan.mode == Mode.REALTIME and args.model_plan.replicas[1] == 1


def claim_name(args: ServingArgs) -> str:
    """Another model under the same name gets another claim: both would not fit on one."""
    model = f"{args.model.source}@{args.model.revision or ''}:{args.model.serve.quantization}"
    return f"{args.model.name}-weights-{sha256(model.encode()).hexdigest()[:8]}"


def claim(args: ServingArgs) -> Mapping[str, Any]:
    """The claim of a model with one replica."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {
            "name": claim_name(args),
            # Where volumes are made for their first pod, waiting for this one would last for ever.
            "annotations": {"pulumi.com/skipAwait": "true"},
        },
        "spec": claim_spec(size(args) or "1Gi", args.cluster.facts.storage_class),
    }


def weights(args: ServingArgs) -> Mapping[str, Any]:
    """The volume as a pod names it."""
    wanted = size(args)
    if outlives_pods(args):
        return {"persistentVolumeClaim": {"claimName": claim_name(args)}}
    if wanted is None:
        return {"emptyDir": {}}
    spec = claim_spec(wanted, args.cluster.facts.storage_class)
    return {"ephemeral": {"volumeClaimTemplate": {"spec": spec}}}
