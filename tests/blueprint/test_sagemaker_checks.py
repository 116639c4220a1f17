"""What SageMaker cannot do is refused where it is written; so is what only it can, elsewhere."""

from __future__ import annotations

import pytest
from tests.support.sagemaker import IMAGE, found

from modelyard.blueprint.cron import aws_cron

MODEL = "models: [{{name: m, type: {type}, source: '{source}', serve: {{{serve}}}{more}}}]"
HOSTED = f"engine: sagemaker, image: '{IMAGE}'"


def model(
    serve: str = HOSTED, source: str = "s3://b/m", type: str = "predictive", more: str = ""
) -> str:
    return MODEL.format(type=type, source=source, serve=serve, more=more)


def places(text: str) -> set[str]:
    return {".".join(map(str, finding.path)) for finding in found(text)}


def test_a_hosted_model_of_one_s_own_image_is_fine() -> None:
    assert places(model()) == set()


FEATURES = "features: {{engine: {engine}{more}}}"
GROUPS = ", groups: [{name: g, key: k, time: t, fields: {a: float%s}%s}]"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (FEATURES.format(engine="sagemaker", more=""), "features.groups"),
        (FEATURES.format(engine="feast", more=GROUPS % ("", "")), "features.groups"),
        (
            FEATURES.format(engine="sagemaker", more=GROUPS % ("", "") + ", online: valkey"),
            "features.online",
        ),
        (
            FEATURES.format(engine="sagemaker", more=GROUPS % (", write_time: text", "")),
            "features.groups.0.fields",
        ),
        (
            FEATURES.format(engine="sagemaker", more=GROUPS % ("", ", online: false, ttl: 1d")),
            "features.groups.0.ttl",
        ),
        ("tracking: {engine: mlflow, size: small}", "tracking.size"),
        ("registry: {engine: mlflow, share: ['123456789012']}", "registry.share"),
        (model(more=", card: {purpose: p, risk: low}"), "models.0.card"),
        (model(source="models:/m/3"), "models.0.source"),
        ("registry: {engine: sagemaker}\n" + model(source="models:/m@champion"), "models.0.source"),
        ("registry: {engine: sagemaker}\npipelines: {engine: argo}", "pipelines.engine"),
        (
            "registry: {engine: sagemaker}\n" + model("engine: mlflow", source="models:/m/3"),
            "models.0.serve.engine",
        ),
        (model("engine: sagemaker"), "models.0.serve"),
        (model("engine: sagemaker, image: 'docker.io/me/it:1'"), "models.0.serve.image"),
        (model(source="hf://org/m"), "models.0.source"),
        (model(f"{HOSTED}, port: 9000"), "models.0.serve.port"),
        (model(f"{HOSTED}, env: {{A: 'secret://a/b'}}"), "models.0.serve.env.A"),
        (model(f"{HOSTED}, mode: serverless"), "models.0.serve"),
        (
            model(f"{HOSTED}, mode: serverless, replicas: {{max: 5}}, resources: {{memory: 8Gi}}"),
            "models.0.serve.resources.memory",
        ),
        (
            "data: {classification: restricted}\n"
            + model(f"{HOSTED}, mode: serverless, replicas: {{max: 5}}"),
            "models.0.serve.mode",
        ),
        (
            model(f"{HOSTED}, mode: batch, input: s3://b/i, output: s3://b/o"),
            "models.0.serve",
        ),
        (
            model(f"{HOSTED}, mode: async, challenger: s3://b/n"),
            "models.0.serve.challenger",
        ),
        (model(f"{HOSTED}, resources: {{cpu: 512}}"), "models.0.serve.resources"),
        (
            model("engine: vllm, challenger: s3://b/n", "hf://Qwen/Qwen2.5-0.5B", "llm"),
            "models.0.serve.challenger",
        ),
    ],
)
def test_what_cannot_be_is_refused_where_it_is_written(text: str, path: str) -> None:
    assert path in places(text)


SITE = "sites: {cloud: {kind: aws, account: '123456789012', region: %s, network: {nat: %s}}}\n"
CHAT = model("engine: sagemaker", "hf://Qwen/Qwen2.5-0.5B", "llm")


@pytest.mark.parametrize(
    ("region", "nat", "path"),
    [("mx-central-1", "single", "models.0.serve"), ("eu-west-1", "none", "models.0.source")],
)
def test_a_place_that_lacks_image_or_internet_is_named(region: str, nat: str, path: str) -> None:
    assert path in places(SITE % (region, nat) + CHAT)
    assert places(SITE % ("eu-west-1", "single") + CHAT) == set()


@pytest.mark.parametrize("asked", ["gpus: 64", "resources: {cpu: 900}"])
def test_a_run_that_no_machine_holds_is_refused(asked: str) -> None:
    run = f", retrain: {{every: 30d, image: '{IMAGE}', command: [a], {asked}}}"
    text = "registry: {engine: sagemaker}\npipelines: {engine: sagemaker}\n" + model(more=run)
    assert places(text) == {f"models.0.retrain.{asked.partition(':')[0]}"}


def test_models_inside_and_outside_the_cluster_do_not_read_each_other() -> None:
    text = f"""
    models:
      - {{name: a, type: predictive, source: s3://b/m, serve: {{{HOSTED}}}, depends_on: [b]}}
      - {{name: b, type: predictive, source: s3://b/m, serve: {{engine: fastapi, image: 'a:1'}},
         depends_on: [c]}}
      - {{name: c, type: predictive, source: s3://b/m, serve: {{{HOSTED}}}}}
    """
    assert {"models.0.depends_on", "models.1.depends_on.0"} <= places(text)


@pytest.mark.parametrize(
    ("cron", "aws"),
    [
        ("0 2 * * *", "cron(0 2 * * ? *)"),
        ("*/15 * * * *", "cron(0/15 * * * ? *)"),
        ("0 6 1 */3 *", "cron(0 6 1 1/3 ? *)"),
        ("0 6 * * 0", "cron(0 6 ? * SUN *)"),
        ("0 6 * * 1-5", "cron(0 6 ? * MON-FRI *)"),
        ("0 6 * * mon,7", "cron(0 6 ? * MON,SUN *)"),
        ("0 6 1 * 1", None),
        ("@daily", None),
        ("0 2 * *", None),
    ],
)
def test_schedules_are_written_as_eventbridge_does(cron: str, aws: str | None) -> None:
    assert aws_cron(cron) == aws
