"""Models that SageMaker serves: in time, asynchronously, without servers; and who may do what."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.iam import Of, policies
from tests.support.sagemaker import IMAGE, hosted, only, planned

from modelyard.recorder import Graph
from modelyard.sites.aws.sagemaker.serverless_endpoint import megabytes

CHURN = f"""
models:
  - name: churn
    type: predictive
    source: s3://weights/churn/model.tar.gz
    serve: {{engine: sagemaker, image: "{IMAGE}"%s}}
"""
CHAT = """
models:
  - name: chat
    type: llm
    source: %s
    shape: {parameters: 8B, layers: 32, heads: 32, kv_heads: 8, head_dim: 128}
    serve: {engine: sagemaker, context: 4096, concurrency: 8%s}
"""


def configuration(graph: Graph) -> dict[str, Any]:
    return dict(only(graph, "endpointConfiguration:EndpointConfiguration").inputs)


def alarms(graph: Graph) -> dict[str, dict[str, Any]]:
    found = graph.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
    return {it.name.rpartition("-")[2]: dict(it.inputs) for it in found}


def test_a_model_is_private_isolated_and_encrypted() -> None:
    graph = hosted(CHURN % "")
    model, config = only(graph, "model:Model").inputs, configuration(graph)
    assert model["enableNetworkIsolation"] is True
    assert len(model["vpcConfig"]["subnets"]) == 3
    assert config["kmsKeyArn"] == config["dataCaptureConfig"]["kmsKeyId"]
    [group] = [g for g in graph.of_type("aws:ec2/securityGroup:SecurityGroup") if "churn" in g.name]
    assert group.inputs["ingress"] == []
    assert {rule["toPort"] for rule in group.inputs["egress"]} == {443}


def test_weights_are_unpacked_or_taken_as_they_lie() -> None:
    packed = only(hosted(CHURN % ""), "model:Model").inputs["primaryContainer"]
    [data] = packed["modelDataSource"]["s3DataSources"]
    assert (data["s3DataType"], data["compressionType"]) == ("S3Object", "Gzip")
    loose = only(hosted(CHAT % ("s3://weights/chat", "")), "model:Model").inputs["primaryContainer"]
    [data] = loose["modelDataSource"]["s3DataSources"]
    assert (data["s3Uri"], data["compressionType"]) == ("s3://weights/chat/", "None")


def test_a_language_model_is_served_by_aws_s_vllm_as_the_plan_sized_it() -> None:
    text = CHAT % ("hf://mine/chat", ", kv_cache: fp8")
    [plan] = planned(text).models
    container = only(hosted(text), "model:Model").inputs["primaryContainer"]
    assert ".dkr.ecr.eu-west-1.amazonaws.com/vllm:" in container["image"]
    assert container["environment"] == {
        "SM_VLLM_MODEL": "mine/chat",
        "SM_VLLM_SERVED_MODEL_NAME": "chat",
        "SM_VLLM_TENSOR_PARALLEL_SIZE": str(plan.tensor_parallel),
        "SM_VLLM_MAX_MODEL_LEN": "4096",
        "SM_VLLM_MAX_NUM_SEQS": "8",
        "SM_VLLM_KV_CACHE_DTYPE": "fp8",
    }


def test_weights_from_the_hub_need_the_network() -> None:
    graph = hosted(CHAT % ("hf://mine/chat", ""))
    assert only(graph, "model:Model").inputs["enableNetworkIsolation"] is False


def test_a_machine_with_disks_of_its_own_takes_no_key() -> None:
    graph = hosted(CHAT % ("hf://mine/chat", ""))
    config = configuration(graph)
    assert config["productionVariants"][0]["instanceType"].startswith("ml.g")
    assert "kmsKeyArn" not in config


def test_the_name_of_a_configuration_changes_with_the_model() -> None:
    one, other = (
        configuration(hosted(text)) for text in (CHURN % "", (CHURN % "").replace("churn/m", "c/m"))
    )
    assert one["name"] != other["name"]
    assert len(one["name"]) <= 63


def test_a_new_version_is_watched_and_goes_back_by_itself() -> None:
    graph = hosted(CHURN % ", target: {p95_ms: 80, rps: 10, availability: 0.999}")
    found = alarms(graph)
    assert found["latency"]["threshold"] == 80_000
    assert found["errors"]["threshold"] == pytest.approx(0.001)
    assert found["requests"]["threshold"] == 600
    deployment = only(graph, "endpoint:Endpoint").inputs["deploymentConfig"]
    guarded = {it["alarmName"] for it in deployment["autoRollbackConfiguration"]["alarms"]}
    assert guarded == {found[key]["name"] for key in ("latency", "errors")}


@pytest.mark.parametrize(("fewest", "kind"), [(1, "ALL_AT_ONCE"), (3, "CANARY")])
def test_one_of_several_machines_goes_first(fewest: int, kind: str) -> None:
    graph = hosted(CHURN % f", replicas: {{min: {fewest}, max: 4}}")
    policy = only(graph, "endpoint:Endpoint").inputs["deploymentConfig"]["blueGreenUpdatePolicy"]
    assert policy["trafficRoutingConfiguration"]["type"] == kind


def test_machines_follow_the_requests() -> None:
    graph = hosted(CHURN % ", replicas: {min: 2, max: 5}, target: {rps: 100}")
    [target] = graph.of_type("aws:appautoscaling/target:Target")
    assert (target.inputs["minCapacity"], target.inputs["maxCapacity"]) == (2, 5)
    assert target.inputs["resourceId"] == "endpoint/yard-churn/variant/live"
    [policy] = graph.of_type("aws:appautoscaling/policy:Policy")
    tracked = policy.inputs["targetTrackingScalingPolicyConfiguration"]
    assert tracked["targetValue"] == 100 * 60 / 5


def test_a_language_model_follows_what_it_works_on() -> None:
    graph = hosted(CHAT % ("hf://mine/chat", ", replicas: {min: 1, max: 3}"))
    [policy] = graph.of_type("aws:appautoscaling/policy:Policy")
    tracked = policy.inputs["targetTrackingScalingPolicyConfiguration"]
    metric = tracked["predefinedMetricSpecification"]["predefinedMetricType"]
    assert metric.startswith("SageMakerVariantConcurrentRequests")
    assert tracked["targetValue"] == pytest.approx(6.4)


def test_a_challenger_gets_a_copy_of_every_request() -> None:
    graph = hosted(CHURN % ", challenger: s3://weights/churn/next.tar.gz")
    config = configuration(graph)
    [shadow] = config["shadowProductionVariants"]
    assert shadow["variantName"] == "challenger"
    assert len(graph.of_type("aws:sagemaker/model:Model")) == 2


def test_an_asynchronous_endpoint_sleeps_and_is_woken() -> None:
    graph = hosted(CHURN % ", mode: async, replicas: {min: 0, max: 3}")
    out = configuration(graph)["asyncInferenceConfig"]["outputConfig"]
    assert out["s3OutputPath"] == "s3://yard/async/churn/out/"
    assert out["notificationConfig"]["errorTopic"]
    assert out["kmsKeyId"]
    [target] = graph.of_type("aws:appautoscaling/target:Target")
    assert target.inputs["minCapacity"] == 0
    kinds = {it.inputs["policyType"] for it in graph.of_type("aws:appautoscaling/policy:Policy")}
    assert kinds == {"TargetTrackingScaling", "StepScaling"}
    assert alarms(graph)["wake"]["metricName"] == "HasBacklogWithoutCapacity"


def test_a_serverless_endpoint_has_a_size_and_no_network() -> None:
    text = CHURN % ", mode: serverless, replicas: {min: 1, max: 20}, resources: {memory: 3Gi}"
    graph = hosted(text)
    [variant] = configuration(graph)["productionVariants"]
    assert variant["serverlessConfig"] == {
        "memorySizeInMb": 3072,
        "maxConcurrency": 20,
        "provisionedConcurrency": 1,
    }
    assert "vpcConfig" not in only(graph, "model:Model").inputs


@pytest.mark.parametrize(("gib", "size"), [(0.5, 1024), (1, 1024), (1.5, 2048), (6, 6144)])
def test_sizes_come_in_steps(gib: float, size: int) -> None:
    assert megabytes(round(gib * 2**30)) == size


def test_its_role_reads_its_weights_and_writes_what_it_captures_alone() -> None:
    graph = hosted(CHURN % "", deployed=False)
    mine = [it for it in policies(graph, Of.IDENTITY) if it.holder.name == "yard-serving-churn"]
    allowed = [statement for policy in mine for statement in policy.allowed]
    places = {
        action: {place for it in allowed if it.can(action) for place in it.resources}
        for action in ("s3:GetObject", "s3:PutObject", "ecr:BatchGetImage")
    }
    assert places == {
        "s3:GetObject": {"arn:aws:s3:::weights/churn/model.tar.gz*"},
        "s3:PutObject": {"arn:aws:s3:::yard/captured/churn/*"},
        "ecr:BatchGetImage": {"arn:aws:ecr:eu-west-1:123456789012:repository/churn"},
    }
    assert not any(it.can("iam:PassRole") for it in allowed)


def test_callers_may_ask_this_endpoint_and_no_other() -> None:
    graph = hosted(CHURN % "", deployed=False)
    [policy] = [it for it in policies(graph, Of.IDENTITY) if "callers" in it.holder.name]
    [statement] = policy.allowed
    assert statement.resources == ("arn:aws:sagemaker:eu-west-1:123456789012:endpoint/yard-churn",)


def test_a_replica_has_a_machine_to_itself() -> None:
    [plan] = planned(CHAT % ("hf://mine/chat", ", replicas: {min: 2, max: 3}")).models
    assert plan.machine is not None
    assert plan.machine.startswith("ml.")
    assert plan.machines(3) == 3


def test_the_bill_counts_the_machines_of_endpoints_at_sagemaker_s_price() -> None:
    cost = planned(CHURN % ", replicas: {min: 1, max: 3}").cost
    served = {item.item: item.monthly for item in cost.items if item.model == "churn"}
    assert served["inference/ml.c5.large"].minimum == pytest.approx(0.102 * 730)
    assert served["inference/ml.c5.large"].maximum == pytest.approx(3 * 0.102 * 730)
