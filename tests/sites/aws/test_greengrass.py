"""Core devices of AWS IoT Greengrass: what they are told to run, what they may, and who joins."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from tests.support.greengrass import NEW, OLD, blueprint, devices, found, one, planned
from tests.support.iam import Of, Policy, policies

from modelyard.blueprint.checks import check
from modelyard.recorder import Graph

STACK = "aws:cloudformation/stack:Stack"
ROLLOUT = f"rollout: {{source: '{NEW}', rings: 1}}"
GGUF = """
name: clerk, type: llm, source: 's3://weights/clerk/q4.gguf',
serve: {engine: greengrass, mode: edge, context: 2048, concurrency: 2}
"""
IN_ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/oven:3"
OWN = f"""
name: oven, type: predictive, source: 's3://weights/oven/3/oven.pkl',
serve: {{engine: greengrass, mode: edge, image: '{IN_ECR}', port: 9000, health: /ready,
  env: {{LEVEL: it's fine}}, resources: {{cpu: 500m, memory: 1Gi}}}}
"""


def templates(graph: Graph) -> Mapping[str, Mapping[str, Any]]:
    """What CloudFormation is given, by Pulumi's name."""
    return {each.name: json.loads(each.inputs["templateBody"]) for each in graph.of_type(STACK)}


def recipes(graph: Graph) -> list[Mapping[str, Any]]:
    parts = [each["Resources"].get("Component") for each in templates(graph).values()]
    return [json.loads(part["Properties"]["InlineRecipe"]) for part in parts if part]


def deployments(graph: Graph) -> Mapping[str, Mapping[str, Any]]:
    """What runs on each ring."""
    found = {name: each["Resources"].get("Deployment") for name, each in templates(graph).items()}
    return {name.rpartition("-")[2]: each["Properties"] for name, each in found.items() if each}


def startup(graph: Graph) -> str:
    [recipe] = recipes(graph)
    return recipe["Manifests"][0]["Lifecycle"]["Startup"]["Script"]


# What CloudFormation is told


def problems(template: Mapping[str, Any]) -> list[str]:
    """What CloudFormation's own schemas say of a template."""
    pytest.importorskip("cfnlint", reason="cfn-lint is not installed: `make test` syncs it")
    from cfnlint.api import ManualArgs, lint

    text = re.sub(
        r'"TargetArn": "[^"]*"',
        '"TargetArn": "arn:aws:iot:eu-west-1:123456789012:thinggroup/yard-first"',
        json.dumps(template),
    )
    return [str(each) for each in lint(text, config=ManualArgs(regions=["eu-west-1"]))]


@pytest.mark.parametrize("model", [None, GGUF, OWN], ids=["onnx", "gguf", "own"])
def test_templates_hold_against_the_schemas_of_cloudformation(model: str | None) -> None:
    graph = devices(one(ROLLOUT) if model is None else one(model=model))
    assert len(templates(graph)) == (4 if model is None else 3)
    for template in templates(graph).values():
        assert problems(template) == []


@pytest.mark.parametrize(
    ("part", "key", "value", "said"),
    [
        ("yard-devices-first", "FailureHandling", "ROLLBACK", "FailureHandling"),
        ("yard-devices-first", "IotJobConfiguration", {"AbortConfig": {}}, "CriteriaList"),
        ("yard-devices-first", "DeploymentPolicies", {"FailureHandlingPolicy": "UNDO"}, "UNDO"),
    ],
    ids=["unknown", "missing", "no such value"],
)
def test_a_planted_mistake_is_found(part: str, key: str, value: Any, said: str) -> None:
    template = json.loads(json.dumps(templates(devices(one()))[part]))
    template["Resources"]["Deployment"]["Properties"][key] = value
    assert any(said in each for each in problems(template))


# Versions and rings


def test_a_version_is_made_of_its_content() -> None:
    [first] = recipes(devices(one()))
    [same] = recipes(devices(one()))
    [other] = recipes(devices(one().replace(OLD, NEW)))
    assert first == same
    assert first["ComponentName"] == other["ComponentName"] == "yard-trays"
    assert first["ComponentVersion"] != other["ComponentVersion"]
    for number in (*first["ComponentVersion"].split("."), *other["ComponentVersion"].split(".")):
        assert int(number) <= 999_999


@pytest.mark.parametrize("rings", [0, 1, 2])
def test_a_rollout_goes_ring_by_ring(rings: int) -> None:
    graph = devices(one(f"rollout: {{source: '{NEW}', rings: {rings}}}"))
    sources = {
        each["ComponentVersion"]: each["Manifests"][0]["Artifacts"][0]["URI"]
        for each in recipes(graph)
    }
    has = {
        ring: sources[each["Components"]["yard-trays"]["ComponentVersion"]]
        for ring, each in deployments(graph).items()
    }
    assert has == {"first": NEW if rings > 0 else OLD, "rest": NEW if rings > 1 else OLD}
    assert len(sources) == (2 if rings == 1 else 1), "a version that nobody has is not made"


def test_a_version_that_has_come_by_everywhere_stays_as_it_is() -> None:
    """The last step of a rollout changes nothing but the role, which lets go of the old one."""
    before = devices(one(f"rollout: {{source: '{NEW}', rings: 2}}"))
    after = devices(one().replace(OLD, NEW))
    assert templates(before) == templates(after)


def test_a_deployment_waits_for_its_versions() -> None:
    graph = devices(one(ROLLOUT))
    [ring] = [each for each in graph.of_type(STACK) if each.name == "yard-devices-first"]
    [new] = [
        each.urn
        for each in graph.of_type(STACK)
        if NEW in each.inputs["templateBody"] and "Component" in each.inputs["templateBody"]
    ]
    assert new in ring.dependencies


def test_a_deployment_is_called_off_and_taken_back() -> None:
    settings = "{rings: [first], rollout: {per_minute: 5, abort_at: 25%, abort_after: 2}}"
    text = f"""
    sites: {{cloud: {{kind: aws, region: eu-west-1, account: "123456789012", devices: {settings}}}}}
    """
    [it] = deployments(devices(text + one())).values()
    assert it["DeploymentPolicies"]["FailureHandlingPolicy"] == "ROLLBACK"
    job = it["IotJobConfiguration"]
    assert job["JobExecutionsRolloutConfig"] == {"MaximumPerMinute": 5}
    assert job["TimeoutConfig"] == {"InProgressTimeoutInMinutes": 60}
    assert {each["FailureType"] for each in job["AbortConfig"]["CriteriaList"]} == {
        *("FAILED", "REJECTED", "TIMED_OUT")
    }
    for each in job["AbortConfig"]["CriteriaList"]:
        assert (each["ThresholdPercentage"], each["MinNumberOfExecutedThings"]) == (25, 2)


# What a device does: the script itself, with a docker and a curl that write down what they are told


def run(script: str, folder: Path, *, answers: bool = True) -> tuple[int, list[str]]:
    log = folder / "calls"
    log.touch()
    fakes = {"docker": "exit 0", "curl": f"exit {0 if answers else 22}", "sleep": "exit 0"}
    for name, end in fakes.items():
        (folder / name).write_text(f'#!/bin/sh\necho "{name} $*" >>{log}\n{end}\n')
        (folder / name).chmod(0o755)
    script = script.replace("{artifacts:path}", str(folder))
    path = f"{folder}:/usr/bin:/bin"
    done = subprocess.run(["sh", "-c", script], env={"PATH": path}, capture_output=True)
    return done.returncode, log.read_text().splitlines()


@pytest.mark.parametrize("right", [True, False])
def test_a_file_is_held_to_its_digest_before_anything_serves_it(
    right: bool, tmp_path: Path
) -> None:
    (tmp_path / "model.onnx").write_bytes(b"weights" if right else b"something else")
    digest = sha256(b"weights").hexdigest()
    code, calls = run(startup(devices(one(f"artifact: {{sha256: {digest}}}"))), tmp_path)
    assert (code == 0) is right
    assert any(call.startswith("docker run") for call in calls) is right


def test_a_server_that_never_answers_fails_the_start_and_leaves_nothing(tmp_path: Path) -> None:
    code, calls = run(startup(devices(one())), tmp_path, answers=False)
    assert code == 1
    assert calls[-2:] == ["docker logs --tail 50 yard-trays", "docker rm --force yard-trays"]


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (None, ["/model.onnx:/model/trays/1/model.onnx:ro", "--strict-readiness=true"]),
        (GGUF, ["/q4.gguf:/model/q4.gguf:ro", "--ctx-size 4096 --parallel 2"]),
        (OWN, ["--cpus=0.5", "--memory=1024m", "--env=LEVEL=it's fine", "--env=PORT=9000"]),
    ],
    ids=["onnx", "gguf", "own"],
)
def test_a_container_has_its_file_and_its_limits(
    model: str | None, words: list[str], tmp_path: Path
) -> None:
    graph = devices(one() if model is None else one(model=model))
    code, calls = run(startup(graph), tmp_path)
    [started] = [call for call in calls if call.startswith("docker run")]
    assert code == 0
    assert [word for word in words if word not in started] == []
    assert "--publish=127.0.0.1:" in started
    assert "--cap-drop=ALL" in started


def test_an_image_in_ecr_is_fetched_by_the_device_itself() -> None:
    [recipe] = recipes(devices(one(model=OWN)))
    [manifest] = recipe["Manifests"]
    assert {"URI": f"docker:{IN_ECR}"} in manifest["Artifacts"]
    assert "aws.greengrass.DockerApplicationManager" in recipe["ComponentDependencies"]
    assert "Install" not in manifest["Lifecycle"]
    [public] = recipes(devices(one()))
    assert public["Manifests"][0]["Lifecycle"]["Install"]["Script"].startswith("docker pull nvcr")
    assert "ComponentDependencies" not in public


# What devices may


def of_the_role(graph: Graph) -> Policy:
    """What the role allows that a device exchanges its certificate for."""
    roles = [it for it in policies(graph, Of.IDENTITY) if "iam/rolePolicy" in it.holder.type]
    [policy] = [it for it in roles if it.holder.name == "yard-devices"]
    return policy


def test_devices_read_what_they_serve_and_nothing_else() -> None:
    policy = of_the_role(devices(one(ROLLOUT), deployed=False))
    reads = [it.resources for it in policy.allowed if it.can("s3:GetObject")]
    assert reads == [
        ("arn:aws:s3:::weights/trays/7/model.onnx", "arn:aws:s3:::weights/trays/8/model.onnx")
    ]
    assert not any(it.can("s3:PutObject") or it.can("s3:ListBucket") for it in policy.allowed)
    assert not any(it.can("ecr:BatchGetImage") for it in policy.allowed)
    logs = [it.resources for it in policy.allowed if it.can("logs:PutLogEvents")]
    assert all(place.rstrip(":*").endswith("/yard-trays") for [*places] in logs for place in places)


def test_devices_pull_the_images_that_they_run() -> None:
    policy = of_the_role(devices(one(model=OWN), deployed=False))
    pulled = [it.resources for it in policy.allowed if it.can("ecr:BatchGetImage")]
    assert pulled == [("arn:aws:ecr:eu-west-1:123456789012:repository/oven",)]


def iot_policy(graph: Graph, name: str) -> list[Mapping[str, Any]]:
    [it] = [each for each in graph.of_type("aws:iot/policy:Policy") if each.name == name]
    return json.loads(it.inputs["policy"])["Statement"]


def test_a_certificate_speaks_for_devices_of_this_platform() -> None:
    for statement in iot_policy(devices(one()), "yard-devices"):
        for action in statement["Action"]:
            if action.startswith("iot:") and action != "iot:AssumeRoleWithCertificate":
                assert all("/yard-" in place for place in statement["Resource"]), action


def test_a_claim_is_good_for_a_certificate_and_no_more() -> None:
    statements = iot_policy(devices(one()), "yard-devices-claim")
    actions = {action for each in statements for action in each["Action"]}
    assert actions == {"iot:Connect", "iot:Publish", "iot:Receive", "iot:Subscribe"}
    topics = [place for each in statements[1:] for place in each["Resource"]]
    assert all("$aws/certificates/create/" in t or "/provision/*" in t for t in topics)


def test_whoever_claims_becomes_a_device_of_the_ring() -> None:
    graph = devices(one())
    made = graph.of_type("aws:iot/provisioningTemplate:ProvisioningTemplate")
    parts = {each.inputs["name"]: json.loads(each.inputs["templateBody"]) for each in made}
    assert set(parts) == {"yard-first", "yard-rest"}
    for name, body in parts.items():
        device = body["Resources"]["Device"]["Properties"]
        assert device["ThingGroups"] == [name]
        assert device["ThingName"] == {"Fn::Join": ["", ["yard-", {"Ref": "SerialNumber"}]]}
        assert body["Resources"]["Policy"]["Properties"] == {"PolicyName": "yard-devices"}


def test_the_owner_hears_of_devices_that_fail() -> None:
    [rule] = devices(one()).of_type("aws:cloudwatch/eventRule:EventRule")
    pattern = json.loads(rule.inputs["eventPattern"])
    assert pattern["source"] == ["aws.greengrass"]
    assert pattern["resources"] == [
        {"prefix": "arn:aws:greengrass:eu-west-1:123456789012:coreDevices:yard-"}
    ]


# The plan, and what is refused


def test_the_plan_says_what_is_where_and_what_devices_cost() -> None:
    settings = "object_store: {existing: [weights]}, devices: {rings: [first, rest], count: 40}"
    site = f'kind: aws, region: eu-west-1, account: "123456789012", {settings}'
    text = f"sites: {{cloud: {{{site}}}}}\n"
    plan = planned(text + one(ROLLOUT))
    [model] = plan.models
    assert model.replicas == (40, 40)
    assert model.reason.endswith(f"in 1 of 2 rings it is {NEW}")
    [cost] = [item for item in plan.cost.items if str(item.capability) == "devices"]
    assert cost.monthly.minimum == pytest.approx(40 * 0.16)


REFUSED: Mapping[str, tuple[str, str]] = {
    "models.0.source": (one().replace("model.onnx", ""), "single files"),
    "models.0.rollout.rings": (one(f"rollout: {{source: '{NEW}', rings: 3}}"), "has 2 rings"),
    "models.0.rollout": (one(f"artifact: {{sha256: {'a' * 64}}}, {ROLLOUT}"), "has a digest"),
    "models.0.artifact.signature": (one("artifact: {signature: required}"), "nothing to check"),
    "models.0.serve.mode": (one().replace("mode: edge", "mode: realtime"), "realtime mode"),
    "models.0.serve.replicas": (one().replace("edge}", "edge, replicas: {max: 3}}"), "realtime"),
    "models.0.serve.expose": (one().replace("edge}", "edge, expose: gateway}"), "realtime"),
    "models.0.serve.nodes": (one().replace("edge}", "edge, nodes: {a: b}}"), "no labels"),
    "models.0.serve.gpu": (one().replace("edge}", "edge, gpu: {accelerator: l4}}"), "accelerators"),
    "models.0.serve.env.KEY": (
        one().replace("edge}", "edge, image: 'own:1', env: {KEY: 'secret://a/b'}}"),
        "recipe can be read",
    ),
    "models.0.retrain": (one("retrain: {every: 30d, image: 'train:1'}"), "reaches no device"),
    "models.0.promote.approval": (one("promote: {approval: required}"), "the rings of a rollout"),
    "models.0.promote.shadow": (one("promote: {shadow: 24h}"), "the rings of a rollout"),
    "models.0.monitor": (one("monitor: {drift: {psi: 0.2}}"), "not what a model answers"),
    "models.1.serve": (
        one().rstrip("]") + f", {{{one()[10:-2].replace('trays,', 'loaves,')}}}]",
        "port 8000",
    ),
}


@pytest.mark.parametrize(("path", "case"), REFUSED.items(), ids=list(REFUSED))
def test_what_devices_cannot_do_is_refused_with_a_way_out(path: str, case: tuple[str, str]) -> None:
    text, what = case
    told = [each for each in found(text) if ".".join(map(str, each.path)) == path]
    assert [each for each in told if what in each.what]
    assert all(each.next for each in told)


def test_a_bucket_that_is_yet_to_be_made_is_warned_of() -> None:
    text = one().replace("s3://weights", "s3://yet-to-come")
    [warned] = [each for each in check(blueprint(text)) if each.path == ("models", 0, "source")]
    assert warned.severity == "warning"
    assert "yet-to-come, which `up` makes" in warned.what


def test_on_other_clouds_there_are_no_such_devices() -> None:
    sites = "sites: {cloud: {kind: gcp, region: europe-west4, project: acme-prod}}\n"
    told = [each.what for each in found(sites + one())]
    assert any("offered on aws" in each for each in told)
