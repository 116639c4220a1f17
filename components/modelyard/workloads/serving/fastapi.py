"""A container of the team's own that answers HTTP: FastAPI, or anything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from modelyard.blueprint.model import ModelType
from modelyard.blueprint.serve import Mode
from modelyard.contracts.serving import ServingArgs
from modelyard.objects.pods import USER
from modelyard.workloads import images
from modelyard.workloads.serving import custom, endpoints, sizes, sources
from modelyard.workloads.serving.engine import Engine
from modelyard.workloads.serving.model_server import outputs, serve

if TYPE_CHECKING:
    from modelyard.contracts.endpoint import Environment


class FastApiServer(pulumi.ComponentResource):
    """A model served by a container of one's own, which loads its model itself."""

    def __init__(
        self, name: str, args: ServingArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:serving:FastApiServer", name, None, opts)
        self.endpoint = serve(self, name, args, engine)
        self.register_outputs(outputs(args, self.endpoint))


def engine(args: ServingArgs, parent: pulumi.Resource) -> Engine:
    """The image as it is. It must run as any user, and write nowhere but to /tmp.

    It finds the model's address in MODELYARD_MODEL_SOURCE and the port to listen on in PORT; a
    batch run finds MODELYARD_INPUT and MODELYARD_OUTPUT. Raises LookupError without an image.
    """
    batch = args.model_plan.mode == Mode.BATCH
    image, port = args.model.serve.image, endpoints.port(args.model, args.model_plan.engine)
    if image is None:
        raise LookupError(f"'{args.model.name}' is served by an image that is not named")
    small = args.model.type is ModelType.PREDICTIVE
    return Engine(
        name="fastapi",
        image=images.named(args.cluster, image),
        user=USER,
        resources=sizes.SMALL if small else sizes.language_model(args.model_plan),
        environment={**custom.environment(args), **_told(args, port, batch)},
        ports={} if batch else {"http": port},
        health=None if batch else args.model.serve.health or "/healthz",
        startup=600,
        own_code=True,
        reaches=custom.reaches(args),
        internet=sources.outside(args, args.model.source),
    )


def _told(args: ServingArgs, port: int, batch: bool) -> Environment:
    serve = args.model.serve
    if batch:
        return {"MODELYARD_INPUT": serve.input or "", "MODELYARD_OUTPUT": serve.output or ""}
    return {"PORT": str(port)}
