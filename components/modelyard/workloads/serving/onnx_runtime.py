"""ONNX Runtime, served by Triton: the V2 inference protocol, on CPU or accelerators.

Microsoft's own ONNX Runtime server is no longer made; Triton's backend is ONNX Runtime itself.
Repository layout: https://docs.nvidia.com/deeplearning/triton-inference-server/user-guide
"""

from __future__ import annotations

import pulumi

from modelyard.contracts.serving import ServingArgs
from modelyard.workloads import images
from modelyard.workloads.serving import endpoints, sizes, sources
from modelyard.workloads.serving.engine import SCRATCH, WEIGHTS, Engine
from modelyard.workloads.serving.model_server import outputs, serve

IMAGE = "triton"
METRICS_PORT = 8002


class OnnxServer(pulumi.ComponentResource):
    """An ONNX model served by Triton's ONNX Runtime backend."""

    def __init__(
        self, name: str, args: ServingArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:serving:OnnxServer", name, None, opts)
        self.endpoint = serve(self, name, args, engine)
        self.register_outputs(outputs(args, self.endpoint))


def engine(args: ServingArgs, parent: pulumi.Resource) -> Engine:
    """Triton on a model repository that an init container has copied."""
    model = args.model
    port = endpoints.port(model, args.model_plan.engine)
    start, target = sources.remote(model.source), _target(model.name, model.source)
    return Engine(
        name="onnx-runtime",
        image=images.served(args, IMAGE),
        user=sources.user(IMAGE),
        resources=sizes.SMALL,
        command=["tritonserver"],
        args=_flags(port),
        environment={"HOME": SCRATCH},
        ports={"http": port, "metrics": METRICS_PORT},
        health=model.serve.health or "/v2/health/ready",
        startup=300,
        weights=[sources.copy(args, "weights", start, target, WEIGHTS)],
        keeps_weights=True,
        memory_volume="1Gi",
        metrics=("metrics", "/metrics"),
        reaches=sources.reaches(args, model.source),
    )


def _target(name: str, source: str) -> str:
    """One `.onnx` file becomes version 1 of a model; a folder is a model repository already.

    Triton reads inputs and outputs off an ONNX file, so that it needs no configuration beside it.
    """
    one = f"{WEIGHTS}/repository/{name}/1/model.onnx"
    return one if source.endswith(".onnx") else f"{WEIGHTS}/repository"


def _flags(port: int) -> list[str]:
    return [
        f"--model-repository={WEIGHTS}/repository",
        f"--http-port={port}",
        f"--metrics-port={METRICS_PORT}",
        # Adds the percentiles of latency that alerts are made of.
        "--metrics-config=summary_latencies=true",
        "--allow-grpc=false",
        "--strict-readiness=true",
        "--exit-timeout-secs=30",
    ]
