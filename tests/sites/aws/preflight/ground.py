"""An account to ask, and a plan to ask it about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
from botocore.stub import Stubber

from modelyard.blueprint.site import AwsSite
from modelyard.contracts.context import Context
from modelyard.contracts.inventory import Expected
from modelyard.contracts.preflight import Answer, MachineNeed
from modelyard.plan.tags import Tags
from modelyard.sites.aws.account import tags
from modelyard.sites.aws.preflight.asking import Asking
from modelyard.sites.aws.preflight.planned import AwsPreflightArgs

ACCOUNT, REGION = "123456789012", "eu-west-1"
"""The account that moto gives, and a region with three zones."""
TAGS = Tags("demo", "ml@acme.example", "ml", "internal", "none", "manual")
CONTEXT = Context(
    platform="fraud",
    environment="prod",
    tags=TAGS,
    cost_center=None,
    compliance=(),
    sensitive=False,
    protect=False,
)
OWN = tags(CONTEXT)
"""Tags of what the platform has made itself."""
OWN_PAIRS = [{"Key": key, "Value": value} for key, value in OWN.items()]
G6E = MachineNeed(machine="g6e.12xlarge", fewest=1, most=2, models=("assistant",))
"""48 vCPUs each, of the family G."""


def site(**given: Any) -> AwsSite:
    """A site of that account."""
    return AwsSite.model_validate({"kind": "aws", "region": REGION, "account": ACCOUNT, **given})


def planned(token: str, called: str = "it", /, **inputs: Any) -> Expected:
    """A planned resource, by the short form of its type: `s3/bucket:Bucket`."""
    token = token if token.startswith("kubernetes:") else f"aws:{token}"
    return Expected(f"urn:pulumi:prod::modelyard::{token}::{called}", token, called, inputs)


def args(
    *expected: Expected, machines: Sequence[MachineNeed] = (), **given: Any
) -> AwsPreflightArgs:
    """What is planned, on a site with these settings."""
    return AwsPreflightArgs(
        site=site(**given), context=CONTEXT, machines=tuple(machines), expected=expected
    )


@cache
def session() -> boto3.Session:
    """Credentials of nobody. One for all tests: reading what services look like takes a second."""
    return boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing")


@cache
def client(service: str) -> Any:
    """What makes things in moto's account, for a test to find."""
    return session().client(service, region_name=REGION)


def asking() -> Asking:
    """Asks, and remembers nothing of what other tests were told."""
    return Asking(session(), REGION)


@contextmanager
def recorded(asking: Asking, service: str, **answers: Mapping[str, Any] | str) -> Iterator[Stubber]:
    """Answers of a service as its API shapes them, or the code with which it refuses.

    botocore checks each against its own description of the API, so that no shape is invented.
    Keys are operations; `__2` and so on after one tells its further calls.
    """
    with Stubber(asking.client(service)) as stubber:
        for key, answer in answers.items():
            operation = key.partition("__")[0]
            if isinstance(answer, str):
                stubber.add_client_error(operation, answer, "as recorded")
            else:
                stubber.add_response(operation, dict(answer))
        yield stubber


def told(questions: Any) -> list[Answer]:
    """The answers to all questions, in order."""
    return [answer for question in questions for answer in question.answers()]


def verdicts(answers: Sequence[Answer]) -> list[str]:
    return [str(answer.verdict) for answer in answers]
