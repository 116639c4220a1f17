"""What a hosted model is made of: its image, its weights, and what its server is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelyard.blueprint.model import Model, ModelType
from modelyard.blueprint.serve import Quantization
from modelyard.catalog.sagemaker import hosted_image
from modelyard.plan.serving import ModelPlan
from modelyard.sites.aws.names import arn
from modelyard.sites.aws.sagemaker.args import HostedArgs
from modelyard.sites.aws.sagemaker.model_packages import group_name

ARCHIVES = (".tar.gz", ".tgz")
QUANTIZATION = {
    Quantization.FP8: "fp8",
    Quantization.INT8: "compressed-tensors",
    Quantization.AWQ_INT4: "awq_marlin",
    Quantization.GPTQ_INT4: "gptq_marlin",
}
"""What vLLM is told to expect, as in the cluster."""


def container(args: HostedArgs, source: str) -> Mapping[str, Any]:
    """A version of the registry, or an image with the weights from a bucket or from the hub."""
    environment = {**_environment(args, source), **args.model.serve.env}
    told = {"environment": environment} if environment else {}
    if source.startswith("models:/"):
        return {"modelPackageName": version_arn(args, source), **told}
    return {"image": image_of(args), **_weights(source), **told}


def image_of(args: HostedArgs) -> str:
    """The image of one's own, or AWS's vLLM for language and embedding models."""
    own = args.model.serve.image
    if own is not None:
        return own
    found = hosted_image("vllm", args.site.region)
    if found is None:
        raise LookupError(f"AWS keeps no vLLM image in {args.site.region}: name an `image`")
    return found


def images(args: HostedArgs, *from_: str) -> list[str]:
    """The images that its role has to pull; those of packages are the registry's to name."""
    packaged = all(source.startswith("models:/") for source in from_)
    own = args.model.serve.image
    if packaged:
        return [own] if own else []
    return [image_of(args)]


def version_arn(args: HostedArgs, source: str) -> str:
    """`models:/name/3` in SageMaker's registry."""
    called, _, version = source.removeprefix("models:/").rpartition("/")
    group = group_name(args.context, called)
    return arn(args.site, "sagemaker", f"model-package/{group}/{version}")


def isolated(sources: tuple[str, ...]) -> bool:
    """Whether the container needs no network at all: its weights are brought to it."""
    return not any(source.startswith("hf://") for source in sources)


def _weights(source: str) -> Mapping[str, Any]:
    """SageMaker puts what lies in a bucket under /opt/ml/model."""
    if not source.startswith("s3://"):
        return {}
    packed = source.endswith(ARCHIVES)
    place = source if packed else source.rstrip("/") + "/"
    data = {
        "s3Uri": place,
        "s3DataType": "S3Object" if packed else "S3Prefix",
        "compressionType": "Gzip" if packed else "None",
    }
    return {"modelDataSource": {"s3DataSources": [data]}}


def _environment(args: HostedArgs, source: str) -> Mapping[str, str]:
    """Flags of vLLM; a container of one's own sees to itself."""
    if args.model.serve.image is not None or source.startswith("models:/"):
        return {}
    known = {**_hub(args.model, source), **flags(args.model, args.model_plan)}
    return {f"SM_VLLM_{flag}": value for flag, value in known.items()}


def _hub(model: Model, source: str) -> Mapping[str, str]:
    if not source.startswith("hf://"):
        return {}
    revision = {"REVISION": model.revision} if model.revision else {}
    return {"MODEL": source.removeprefix("hf://"), **revision}


def flags(model: Model, plan: ModelPlan) -> Mapping[str, str]:
    """What follows from the plan and from `serve`."""
    found = {
        "SERVED_MODEL_NAME": model.name,
        "TENSOR_PARALLEL_SIZE": str(plan.tensor_parallel or 1),
        "MAX_MODEL_LEN": plan.context and str(plan.context),
        "MAX_NUM_SEQS": plan.concurrency and str(plan.concurrency),
        "QUANTIZATION": QUANTIZATION.get(model.serve.quantization),
        "KV_CACHE_DTYPE": "fp8" if model.serve.kv_cache == "fp8" else None,
        "RUNNER": "pooling" if model.type is ModelType.EMBEDDING else None,
    }
    return {flag: value for flag, value in found.items() if value}
