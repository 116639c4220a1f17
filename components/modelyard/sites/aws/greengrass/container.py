"""The server of a model on a device: a container, and the file that it serves."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from modelyard.blueprint.checks.greengrass import GGUF, port
from modelyard.blueprint.model import Model, ModelType
from modelyard.catalog.images import Image, image

FILE = "/model/{name}"
"""Where a container of one's own finds its model; it is told so in MODELYARD_MODEL_SOURCE."""
MIB = 2**20
CONTEXT = 8192
"""Tokens of a sequence where the blueprint says nothing."""


@dataclass(frozen=True, kw_only=True)
class Container:
    """What `docker run` is told."""

    image: str
    mount: str
    """Where the file lies inside."""
    port: int
    health: str
    """Path that answers 200 when the model can be asked."""
    command: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


def container(model: Model) -> Container:
    """One's own where an image is named, else the catalog's for the kind of file."""
    if model.serve.image is not None:
        return _own(model, model.serve.image)
    return _llama_cpp(model) if model.source.endswith(GGUF) else _triton(model)


def file_of(model: Model) -> str:
    return model.source.rpartition("/")[2]


def _own(model: Model, named: str) -> Container:
    """Told where its model is and on which port to listen, as in a cluster."""
    mount = FILE.format(name=file_of(model))
    told = {"MODELYARD_MODEL": model.name, "MODELYARD_MODEL_SOURCE": mount, "PORT": port(model)}
    return Container(
        image=named,
        mount=mount,
        port=port(model),
        health=model.serve.health or "/healthz",
        options=tuple(f"--env={name}={value}" for name, value in told.items()),
    )


def _triton(model: Model) -> Container:
    """ONNX Runtime, by Triton: one file becomes version 1 of a model."""
    return Container(
        image=image("triton").reference,
        mount=f"/model/{model.name}/1/model.onnx",
        port=port(model),
        health="/v2/health/ready",
        command=(
            "tritonserver",
            "--model-repository=/model",
            f"--http-port={port(model)}",
            "--allow-grpc=false",
            "--allow-metrics=false",
            "--strict-readiness=true",
        ),
        options=("--shm-size=1g", *_user(image("triton"))),
    )


def _llama_cpp(model: Model) -> Container:
    serve, mount = model.serve, FILE.format(name=file_of(model))
    parallel = serve.concurrency or 1
    return Container(
        image=image("llama-cpp").reference,
        mount=mount,
        port=port(model),
        health="/health",
        command=(
            *("--model", mount, "--alias", model.name),
            *("--host", "0.0.0.0", "--port", str(port(model)), "--no-webui"),
            # The context is that of all sequences together.
            *("--ctx-size", str((serve.context or CONTEXT) * parallel)),
            *("--parallel", str(parallel)),
            *(("--embeddings",) if model.type is ModelType.EMBEDDING else ()),
        ),
        options=("--env=HOME=/tmp", *_user(image("llama-cpp"))),
    )


def _user(image: Image) -> tuple[str, ...]:
    return (f"--user={image.user}:{image.user}",) if image.user is not None else ()


def command(model: Model, called: str, folder: str) -> str:
    """Start the server in the background, reached from the device alone, with no rights it lacks.

    `folder`: where the device keeps the component's files.
    """
    it, asked = container(model), model.serve.resources
    limits = (
        *((f"--cpus={asked.cpu / 1000:g}",) if asked.cpu else ()),
        *((f"--memory={asked.memory // MIB}m",) if asked.memory else ()),
    )
    own = (f"--env={name}={value}" for name, value in model.serve.env.items())
    words = (
        *("docker", "run", "--detach", f"--name={called}", "--restart=unless-stopped"),
        *("--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges"),
        *("--log-opt=max-size=10m", "--log-opt=max-file=3"),
        *limits,
        f"--publish=127.0.0.1:{it.port}:{it.port}",
        f"--volume={folder}/{file_of(model)}:{it.mount}:ro",
        *it.options,
        *own,
        it.image,
        *it.command,
    )
    return " ".join(map(shlex.quote, words))
