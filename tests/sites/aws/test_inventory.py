"""What stands in an account is found, and what is wrong with it is said in AWS's words.

Answers are recorded shapes, held by botocore against its own models; no account was asked.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import botocore.session
import pytest
from botocore.stub import Stubber
from tests.sites.aws.test_names import TAGS

from modelyard.blueprint.errors import NotReadyError
from modelyard.blueprint.site import AwsSite
from modelyard.contracts.context import Context
from modelyard.contracts.inventory import Deviation, Expected, Found
from modelyard.recorder.sdk import args_class, load_sdk, resource_class
from modelyard.sites.aws.account import tags
from modelyard.sites.aws.eks_api import EksApi
from modelyard.sites.aws.inventory import AwsInventory
from modelyard.sites.aws.looks import LOOKS
from modelyard.sites.aws.preflight.asking import Asking

SITE = AwsSite.model_validate({"kind": "aws", "region": "eu-west-1", "account": "123456789012"})
CONTEXT = Context(
    platform="yard",
    environment="prod",
    tags=TAGS,
    cost_center=None,
    compliance=(),
    sensitive=False,
    protect=True,
)
CLUSTER = "aws:eks/cluster:Cluster"


class Inside:
    """A cluster in which everything is as it should be."""

    def compare(self, expected: Any) -> Iterator[Found]:
        yield from (Found(Deviation.DRIFTED, item.name, "asked") for item in expected)

    def left(self) -> Iterator[Found]:
        yield from ()

    def reasons(self, expected: Expected) -> tuple[str, ...]:
        return (f"the cluster says so of {expected.name}",)


@pytest.fixture
def asking(monkeypatch: pytest.MonkeyPatch) -> Asking:
    for key, value in {"ACCESS_KEY_ID": "a", "SECRET_ACCESS_KEY": "b"}.items():
        monkeypatch.setenv(f"AWS_{key}", value)
    return Asking(boto3.Session(), SITE.region)


@pytest.fixture
def inventory(asking: Asking) -> AwsInventory:
    return AwsInventory(CONTEXT, SITE, asking, Inside())


def expected(token: str, **inputs: Any) -> Expected:
    return Expected(f"urn::{token}::it", token, "the thing", inputs)


def stub(asking: Asking, service: str) -> Stubber:
    stubber = Stubber(asking.client(service))
    stubber.activate()
    return stubber


@pytest.mark.parametrize("token", LOOKS)
def test_every_look_is_a_call_that_there_is(token: str) -> None:
    look = LOOKS[token]
    client = boto3.client(look.service, region_name="eu-west-1")
    model = client.meta.service_model.operation_model(
        client.meta.method_to_api_mapping[look.operation]
    )
    assert set(look.asked) <= set(model.input_shape.members)
    for path in filter(None, (look.status, look.why)):
        assert path.split(".")[0].split("[")[0] in model.output_shape.members
    assert all(model.input_shape.members[p].type_name == "list" for p in look.listed)


@pytest.mark.parametrize("token", LOOKS)
def test_every_look_asks_by_an_input_that_the_resource_has(token: str) -> None:
    assert load_sdk("aws")
    __import__(f"pulumi_aws.{token.split(':')[1].split('/')[0]}")
    kind = resource_class(token)
    assert kind
    arguments = args_class(kind)
    assert arguments
    known = {botocore.xform_name(name): name for name in _wire_names(arguments)}
    assert {botocore.xform_name(key) for key in LOOKS[token].asked.values()} <= set(known)


def _wire_names(arguments: type) -> list[str]:
    from pulumi import _types

    return [python for python, *_ in _types.input_type_py_to_pulumi_names(arguments).items()]


@pytest.mark.parametrize(
    ("status", "issues", "found"),
    [
        ("ACTIVE", [], []),
        ("CREATING", [], ["is CREATING"]),
        (
            "FAILED",
            [{"code": "ClusterUnreachable", "message": "no free addresses", "resourceIds": []}],
            ["is FAILED; no free addresses"],
        ),
    ],
)
def test_a_cluster_is_ready_or_says_why_not(
    inventory: AwsInventory,
    asking: Asking,
    status: str,
    issues: list[Mapping[str, Any]],
    found: list[str],
) -> None:
    answer = {"cluster": {"status": status, "health": {"issues": issues}}}
    stub(asking, "eks").add_response("describe_cluster", answer, {"name": "yard-prod"})
    assert [f.why for f in inventory.compare([expected(CLUSTER, name="yard-prod")])] == found


def test_what_is_not_there_is_missing(inventory: AwsInventory, asking: Asking) -> None:
    stub(asking, "eks").add_client_error("describe_cluster", "ResourceNotFoundException")
    [found] = inventory.compare([expected(CLUSTER, name="gone")])
    assert (found.deviation, found.why) == (Deviation.MISSING, "is not in the account")


def test_a_call_that_is_denied_names_the_right_that_is_lacking(
    inventory: AwsInventory, asking: Asking
) -> None:
    stub(asking, "eks").add_client_error("describe_cluster", "AccessDeniedException")
    with pytest.raises(NotReadyError, match="allow eks:DescribeCluster"):
        list(inventory.compare([expected(CLUSTER, name="x")]))


def test_objects_are_the_cluster_s_to_tell(inventory: AwsInventory) -> None:
    config = expected("kubernetes:core/v1:ConfigMap", kind="ConfigMap")
    assert [f.why for f in inventory.compare([config])] == ["asked"]
    assert inventory.reasons(config) == ("the cluster says so of the thing",)


def test_what_is_left_bears_the_tags_of_this_environment_and_site(
    inventory: AwsInventory, asking: Asking
) -> None:
    def tagged(arn: str, environment: str) -> Mapping[str, Any]:
        known = {**tags(CONTEXT), "modelyard.dev/environment": environment}
        given = [{"Key": key, "Value": value} for key, value in known.items()]
        return {"ResourceARN": arn, "Tags": given}

    key = "arn:aws:kms:eu-west-1:1:key/2"
    found = [tagged("arn:aws:s3:::ours", "prod"), tagged("arn:aws:s3:::other", "dev")]
    there = {"Key": "modelyard.dev/site", "Value": "second"}
    elsewhere = tagged("arn:aws:s3:::of-another-site", "prod")
    found.append({**elsewhere, "Tags": [*elsewhere["Tags"], there]})
    listed = {"ResourceTagMappingList": [*found, tagged(key, "prod")]}
    stub(asking, "resourcegroupstaggingapi").add_response("get_resources", listed)
    state = {"KeyMetadata": {"KeyId": "2", "KeyState": "PendingDeletion"}}
    stub(asking, "kms").add_response("describe_key", state, {"KeyId": key})
    assert [f.name for f in inventory.left()] == ["aws:s3:::ours"]


def test_the_cluster_is_reached_by_a_signed_question_to_sts(asking: Asking) -> None:
    token = EksApi(CONTEXT, SITE, asking)._token()
    head, _, body = token.partition(".")
    assert head == "k8s-aws-v1"
    url = urlsplit(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)).decode())
    asked = parse_qs(url.query)
    assert url.hostname == "sts.eu-west-1.amazonaws.com"
    assert asked["Action"] == ["GetCallerIdentity"]
    assert "x-k8s-aws-id" in asked["X-Amz-SignedHeaders"][0]
