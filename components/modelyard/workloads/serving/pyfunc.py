"""MLflow's pyfunc server: a model of the registry in the environment that the image has.

Nothing is installed at start: the image must hold what the model was saved with. MLflow's full
image has MLflow and the common libraries; for anything else, build an image with
`mlflow models build-docker` or your own, and name it in `serve.image`.
"""

from __future__ import annotations

import pulumi

from modelyard.blueprint.serve import Mode
from modelyard.contracts.serving import ServingArgs
from modelyard.objects.pods import Container, Resources
from modelyard.workloads import images
from modelyard.workloads.serving import custom, endpoints, sizes, sources
from modelyard.workloads.serving.engine import WEIGHTS, Engine
from modelyard.workloads.serving.model_server import outputs, serve

IMAGE = "mlflow"
WORKERS = "2"
"""Processes in a replica, so that its health is answered while one computes."""

_FOLDER = f"{WEIGHTS}/model"
_FETCH = """test -f "$0/fetched" || {
  mlflow artifacts download --artifact-uri "$1" --dst-path "$0" && touch "$0/fetched"
}"""
_DOWNLOADING = Resources(cpu="500m", memory="1Gi")


class PyfuncServer(pulumi.ComponentResource):
    """A model served by MLflow. A moved alias is seen by the next pods, not by running ones."""

    def __init__(
        self, name: str, args: ServingArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:serving:PyfuncServer", name, None, opts)
        self.endpoint = serve(self, name, args, engine)
        self.register_outputs(outputs(args, self.endpoint))


def engine(args: ServingArgs, parent: pulumi.Resource) -> Engine:
    """`mlflow models serve`, or `predict` for a batch run."""
    batch = args.model_plan.mode == Mode.BATCH
    port = endpoints.port(args.model, args.model_plan.engine)
    return Engine(
        name="mlflow-pyfunc",
        image=images.served(args, IMAGE),
        user=sources.user(IMAGE),
        resources=sizes.SMALL,
        command=["mlflow", "models", "predict" if batch else "serve"],
        args=[*_model(args), *(_predict(args) if batch else _serve(port))],
        environment=custom.environment(args),
        ports={} if batch else {"http": port},
        health=None if batch else args.model.serve.health or "/health",
        # The artifact is fetched from the registry before the server listens.
        startup=600,
        weights=[_kept(args)] if _is_kept(args) else (),
        keeps_weights=_is_kept(args),
        own_code=True,
        reaches=custom.reaches(args),
        moves_data=batch,
    )


def _model(args: ServingArgs) -> list[str]:
    source = _FOLDER if _is_kept(args) else args.model.source
    return ["--model-uri", source, "--env-manager", "local"]


def _is_kept(args: ServingArgs) -> bool:
    """At the edge, where the registry may be out of reach when a server has to start anew."""
    return args.model_plan.mode == Mode.EDGE and args.model.source.startswith(sources.REGISTRY)


def _kept(args: ServingArgs) -> Container:
    """Brings the model into the pod's volume, unless it is there: pods outlive a node's restart."""
    return Container(
        name="weights",
        image=images.served(args, IMAGE),
        resources=_DOWNLOADING,
        command=["/bin/sh", "-c", _FETCH, _FOLDER, args.model.source],
        environment=custom.environment(args),
        mounts={WEIGHTS: "weights"},
    )


def _serve(port: int) -> list[str]:
    return ["--host", "0.0.0.0", "--port", str(port), "--workers", WORKERS]


def _predict(args: ServingArgs) -> list[str]:
    given = sources.data_file("input", args.model.serve.input)
    result = sources.data_file("output", args.model.serve.output)
    kind = "csv" if given.endswith(".csv") else "json"
    return ["--input-path", given, "--output-path", result, "--content-type", kind]
