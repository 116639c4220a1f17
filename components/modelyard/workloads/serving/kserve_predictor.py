"""InferenceService: predictive and embedding models by KServe's runtimes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from modelyard.blueprint.model import ModelType
from modelyard.objects.pods import Container
from modelyard.workloads import images
from modelyard.workloads.serving import endpoints, kserve_pod, sizes, sources
from modelyard.workloads.serving.autoscaling import CPU_PERCENT
from modelyard.workloads.serving.engine import WEIGHTS, Engine

if TYPE_CHECKING:
    from pulumi import Resource

    from modelyard.blueprint.model import Model
    from modelyard.contracts.serving import ServingArgs
    from modelyard.workloads.serving.server import Server

FORMATS = {
    ".onnx": "onnx",
    ".joblib": "sklearn",
    ".pkl": "sklearn",
    ".pickle": "sklearn",
    ".bst": "xgboost",
    ".ubj": "xgboost",
    ".lgb": "lightgbm",
    ".pt": "pytorch",
    ".mar": "pytorch",
    ".pmml": "pmml",
}
"""Format of a model by the suffix of its file, as KServe's runtimes name it."""
HUB_FORMAT = "huggingface"
"""What the hub has, and a folder that is laid out like its repositories."""
FOLDER_FORMAT = "mlflow"
"""What a folder is taken for: MLflow saves a model as one."""
USER = 1000
FILE = "model"
"""Name that a model of one file gets: what KServe's servers look for."""


def predictor_engine(args: ServingArgs, parent: Resource) -> Engine:
    """KServe's runtime for the model's format; an empty image is the runtime's own."""
    model, plan = args.model, args.model_plan
    embedding = model.type is ModelType.EMBEDDING
    hub = model_format(model) == HUB_FORMAT
    weights = _weights(args, parent)
    return Engine(
        name="kserve",
        image=_image(args, hub=hub),
        user=USER,
        resources=sizes.language_model(plan) if embedding else sizes.SMALL,
        args=_hub_flags(args) if hub else [],
        environment={"HF_HUB_OFFLINE": "1"} if hub else {},
        ports={"http": endpoints.port(model, plan.engine)},
        weights=weights,
        keeps_weights=bool(weights),
        metrics=("http", "/metrics"),
        reaches=sources.reaches(args, model.source),
        internet=sources.outside(args, model.source),
    )


def _image(args: ServingArgs, *, hub: bool) -> str:
    """What the blueprint names; otherwise the runtime's own, which only the hub's is told."""
    variant = "-gpu" if args.model_plan.count else ""
    told = hub or args.model.serve.image
    return images.served(args, f"kserve-huggingfaceserver{variant}") if told else ""


def _hub_flags(args: ServingArgs) -> list[str]:
    """Embeddings by the vLLM inside, which takes its flags; the rest by Transformers."""
    folder = f"--model_dir={kserve_pod.MOUNT}"
    if args.model.type is not ModelType.EMBEDDING:
        return [folder, "--backend=huggingface"]
    return [folder, "--backend=vllm", *kserve_pod.vllm_flags(args)]


def _weights(args: ServingArgs, parent: Resource) -> list[Container]:
    model = args.model
    if not model.source.startswith((sources.HUB, sources.BUCKET)):
        return []
    return [sources.fetch(args, model.source, _target(args), sources.token(args, parent))]


def _target(args: ServingArgs) -> str:
    """A file under the name its server looks for; a folder as the root of the volume."""
    suffix = _suffix(args.model.source)
    if model_format(args.model) == HUB_FORMAT or suffix not in FORMATS:
        return WEIGHTS
    if suffix == ".onnx":
        return f"{WEIGHTS}/{args.model.name}/1/{FILE}{suffix}"
    return f"{WEIGHTS}/{FILE}{suffix}"


def _suffix(source: str) -> str:
    name = source.rpartition("/")[2]
    return name[name.rindex(".") :] if "." in name else ""


def model_format(model: Model) -> str:
    """The format of a model, by where it is and how its file is called."""
    if model.source.startswith(sources.HUB) or model.type is ModelType.EMBEDDING:
        return HUB_FORMAT
    return FORMATS.get(_suffix(model.source), FOLDER_FORMAT)


def inference_service(server: Server) -> Mapping[str, Any]:
    """The InferenceService of a model."""
    return {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {
            "name": server.name,
            # Its way in is the platform's gateway, not one that KServe opens.
            "labels": {"networking.kserve.io/visibility": "cluster-local"},
            "annotations": {
                "serving.kserve.io/deploymentMode": "Standard",
                "serving.kserve.io/autoscalerClass": _autoscaler(server),
                **server.annotations,
            },
        },
        "spec": {"predictor": _predictor(server)},
    }


def _autoscaler(server: Server) -> str:
    fewest, most = server.args.model_plan.replicas
    return "hpa" if most > fewest else "none"


def _predictor(server: Server) -> Mapping[str, Any]:
    fewest, most = server.args.model_plan.replicas
    return {
        **kserve_pod.pod(server),
        "labels": dict(kserve_pod.labels(server)),
        "minReplicas": fewest,
        "maxReplicas": most,
        "scaleMetric": "cpu",
        "scaleTarget": CPU_PERCENT,
        **_updates(server),
        "model": _model(server),
    }


def _updates(server: Server) -> Mapping[str, Any]:
    """What holds accelerators cannot be there twice during an update."""
    if not server.args.model_plan.count:
        return {}
    rolling = {"maxSurge": 0, "maxUnavailable": 1}
    return {"deploymentStrategy": {"type": "RollingUpdate", "rollingUpdate": rolling}}


def _model(server: Server) -> Mapping[str, Any]:
    model = server.args.model
    found = {"modelFormat": {"name": model_format(model)}, **kserve_pod.container(server)}
    if kserve_pod.fetched(server):
        return found
    return {**found, "storageUri": sources.located(server.args, model.source)}
