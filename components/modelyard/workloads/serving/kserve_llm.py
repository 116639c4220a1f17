"""LLMInferenceService: language models by the vLLM of KServe's templates.

KServe starts the next pod before it stops the last: an update waits until there are accelerators
for one replica more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from modelyard.workloads import images
from modelyard.workloads.serving import endpoints, kserve_pod, sizes, sources
from modelyard.workloads.serving.engine import WEIGHTS, Engine
from modelyard.workloads.serving.vllm import triggers

if TYPE_CHECKING:
    from pulumi import Resource

    from modelyard.contracts.serving import ServingArgs
    from modelyard.workloads.serving.server import Server

IMAGE = "kserve-llm"
USER = 1000


def llm_engine(args: ServingArgs, parent: Resource) -> Engine:
    """The vLLM of KServe's template, whose image is named so that a mirror can have it."""
    model, plan = args.model, args.model_plan
    native = not model.source.startswith((sources.HUB, sources.BUCKET))
    fetched = () if native else (_fetch(args, parent),)
    return Engine(
        name="kserve-llm",
        image=images.served(args, IMAGE),
        user=USER,
        resources=sizes.language_model(plan),
        # The template's shell hands on what follows the first dashes.
        args=["--", *_flags(args)],
        environment={"HF_HUB_OFFLINE": "1"},
        ports={"http": endpoints.port(model, plan.engine)},
        startup=sizes.loading(plan),
        weights=fetched,
        keeps_weights=bool(fetched),
        metrics=("http", "/metrics"),
        triggers=triggers(plan.concurrency),
        reaches=sources.reaches(args, model.source),
        internet=sources.outside(args, model.source),
        grace=120,
    )


def _fetch(args: ServingArgs, parent: Resource) -> Any:
    return sources.fetch(args, args.model.source, WEIGHTS, sources.token(args, parent))


def _flags(args: ServingArgs) -> list[str]:
    """Without the degree of parallelism, which has a field of its own."""
    told = kserve_pod.vllm_flags(args)
    at = told.index("--tensor-parallel-size")
    return [*told[:at], *told[at + 2 :]]


def llm_inference_service(server: Server) -> Mapping[str, Any]:
    """The LLMInferenceService of a model; the platform's Service is before it, no router."""
    model, plan = server.args.model, server.args.model_plan
    fewest, most = plan.replicas
    spec: dict[str, Any] = {
        "model": {"uri": sources.located(server.args, model.source), "name": server.name},
        "parallelism": {"tensor": plan.tensor_parallel or 1},
        "labels": dict(kserve_pod.labels(server)),
        "template": {**kserve_pod.pod(server), "containers": [_container(server)]},
    }
    if most == fewest:
        spec["replicas"] = fewest
    if kserve_pod.fetched(server):
        spec["storageInitializer"] = {"enabled": False}
    return {
        "apiVersion": "serving.kserve.io/v1alpha2",
        "kind": "LLMInferenceService",
        "metadata": {"name": server.name, "annotations": dict(server.annotations)},
        "spec": spec,
    }


def _container(server: Server) -> Mapping[str, Any]:
    """`main` of the template, with a start that waits for weights of this size to be read."""
    probe = {"httpGet": {"path": "/health", "port": server.engine.port, "scheme": "HTTP"}}
    patience = {"periodSeconds": 10, "failureThreshold": server.engine.startup // 10}
    return {"name": "main", **kserve_pod.container(server), "startupProbe": {**probe, **patience}}
