"""Who may do what on AWS: rules for every policy of every platform there.

First each rule is shown a policy that breaks it; then the platforms are shown to the rules.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.support import iam_rules, on_aws, shipped
from tests.support.iam import BUCKET, ROLE
from tests.support.programs import run

from modelyard.blueprint.site import AwsSite
from modelyard.objects.cloud import CloudResource
from modelyard.recorder import Graph

ROLE_ARN = "arn:aws:iam::123456789012:role"
EXCUSED = iam_rules.Excused(
    wild={},
    unscoped={
        "ec2.amazonaws.com": "a node takes the role of its own instance profile, which only its "
        "account can give it; the condition's key is not part of that request",
        "cloudtrail.amazonaws.com": "it does not say for whom it takes the role that writes to the "
        "log group; the role writes to that group's own streams and nowhere else",
        "credentials.iot.amazonaws.com": "its guide on direct calls names no condition for it; who "
        "gets the role shows a certificate whose IoT policy, of this account, names its alias",
    },
)

Rule = Callable[[Graph], Iterator[str]]
RULES: dict[str, Rule] = {
    "every policy is read": iam_rules.unread,
    "no wide action on everything": lambda graph: iam_rules.wild(graph, EXCUSED),
    "roles are passed on by name": iam_rules.passed_roles,
    "roles are taken by one": lambda graph: iam_rules.trusting(graph, EXCUSED),
    "no more than IAM takes": iam_rules.too_long,
    "no key for everybody": iam_rules.keys_for_everybody,
    "buckets demand TLS": iam_rules.plain_http,
}


def _policy(*statements: dict[str, Any], inside: str = "aws:iam/rolePolicy:RolePolicy") -> Graph:
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    key = "assumeRolePolicy" if inside == ROLE else "policy"
    return run(lambda: CloudResource(inside, "it", {key: document}, outputs={}) and None)


def _allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def _passing(resource: str, condition: dict[str, Any]) -> Graph:
    return _policy(_allow("iam:PassRole", resource, Condition=condition))


def _taken(principal: Any, tests: dict[str, Any] | None = None) -> Graph:
    action = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    condition = {"Condition": {"StringEquals": tests}} if tests else {}
    return _policy({**action, **condition}, inside=ROLE)


def _key(principal: Any, action: str, **tests: str) -> Graph:
    condition = {"Condition": {"StringEquals": {f"kms:{k}": v for k, v in tests.items()}}}
    statement = _allow(action, Principal=principal, **(condition if tests else {}))
    return _policy(statement, inside="aws:kms/key:Key")


def _later() -> Graph:
    def program() -> None:
        key = CloudResource("aws:kms/key:Key", "key", {}, outputs={})
        CloudResource("aws:iam/policy:Policy", "it", {"policy": key.id.apply(str)})
        CloudResource("aws:iam/policy:Policy", "other", {"policy": key.urn}, outputs={})

    return run(program)


def _bucket(effect: str, action: str, truth: str) -> Graph:
    def program() -> None:
        bucket = CloudResource(BUCKET, "it", {})
        rule = {
            "Effect": effect,
            "Principal": "*",
            "Action": action,
            "Resource": ["arn:aws:s3:::it", "arn:aws:s3:::it/*"],
            "Condition": {"Bool": {"aws:SecureTransport": truth}},
        }
        inputs = {"bucket": bucket.id, "policy": json.dumps({"Statement": [rule]})}
        CloudResource("aws:s3/bucketPolicy:BucketPolicy", "it", inputs, outputs={})

    return run(program)


SAGEMAKER = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
POD = {"Service": iam_rules.PODS}
TAGS = dict.fromkeys(iam_rules.POD_TAGS, "one")
BROKEN: dict[str, tuple[str, Callable[[], Graph]]] = {
    "all of everything": (
        "no wide action on everything",
        lambda: _policy(_allow("*")),
    ),
    "a service of everything": (
        "no wide action on everything",
        lambda: _policy(_allow(["s3:GetObject", "kms:*"], ["arn:aws:s3:::a", "*"])),
    ),
    "all but": (
        "no wide action on everything",
        lambda: _policy({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
    ),
    "a policy in a role": (
        "no wide action on everything",
        lambda: run(
            lambda: (
                CloudResource(
                    ROLE,
                    "it",
                    {
                        "inlinePolicies": [
                            {"name": "a", "policy": json.dumps({"Statement": _allow("*")})}
                        ]
                    },
                )
                and None
            )
        ),
    ),
    "pass on any role": (
        "roles are passed on by name",
        lambda: _passing("*", SAGEMAKER),
    ),
    "pass on every role of the account": (
        "roles are passed on by name",
        lambda: _passing(f"{ROLE_ARN}/*", SAGEMAKER),
    ),
    "pass on to any service": (
        "roles are passed on by name",
        lambda: _passing(f"{ROLE_ARN}/yard", {}),
    ),
    "pass on by a pattern": (
        "roles are passed on by name",
        lambda: _policy(_allow("iam:Pass*", "*")),
    ),
    "taken by everybody": (
        "roles are taken by one",
        lambda: _taken("*"),
    ),
    "taken by an account": (
        "roles are taken by one",
        lambda: _taken({"AWS": "123456789012"}),
    ),
    "taken by two services": (
        "roles are taken by one",
        lambda: _taken(
            {"Service": ["eks.amazonaws.com", "rds.amazonaws.com"]}, {"aws:SourceAccount": "1"}
        ),
    ),
    "taken for any account": (
        "roles are taken by one",
        lambda: _taken({"Service": "rds.amazonaws.com"}),
    ),
    "taken by any pod": (
        "roles are taken by one",
        lambda: _taken(POD, {"aws:SourceAccount": "1"}),
    ),
    "taken by any service account": (
        "roles are taken by one",
        lambda: _taken(POD, {**TAGS, "aws:RequestTag/kubernetes-service-account": "*"}),
    ),
    "taken by anybody of a provider": (
        "roles are taken by one",
        lambda: _taken({"Federated": "arn:aws:iam::1:oidc-provider/x"}, {"x:aud": "sts"}),
    ),
    "a trust of many words": (
        "no more than IAM takes",
        lambda: _taken({"Service": [f"service-{n}.amazonaws.com" for n in range(99)]}),
    ),
    "many grants": (
        "no more than IAM takes",
        lambda: _policy(_allow("s3:GetObject", [f"arn:aws:s3:::bucket-{n}/*" for n in range(999)])),
    ),
    "decrypts for everybody": (
        "no key for everybody",
        lambda: _key("*", "kms:Decrypt"),
    ),
    "encrypts for every principal": (
        "no key for everybody",
        lambda: _key({"AWS": "*"}, "kms:GenerateDataKey*"),
    ),
    "all of a key for everybody": (
        "no key for everybody",
        lambda: _key({"AWS": ["arn:aws:iam::1:root", "*"]}, "kms:*"),
    ),
    "decrypts for everybody through a service": (
        "no key for everybody",
        lambda: _key("*", "kms:Decrypt", ViaService="ec2.eu-west-1.amazonaws.com"),
    ),
    "a bucket without a policy": (
        "buckets demand TLS",
        lambda: run(lambda: CloudResource(BUCKET, "it", {}) and None),
    ),
    "a bucket that allows": (
        "buckets demand TLS",
        lambda: _bucket("Allow", "s3:*", "false"),
    ),
    "a bucket that refuses half": (
        "buckets demand TLS",
        lambda: _bucket("Deny", "s3:PutObject", "false"),
    ),
    "a bucket that refuses TLS": (
        "buckets demand TLS",
        lambda: _bucket("Deny", "s3:*", "true"),
    ),
    "a policy where none is looked for": (
        "every policy is read",
        lambda: _policy(_allow("s3:GetObject"), inside="aws:s3/bucket:Bucket"),
    ),
    "a policy known only later": (
        "every policy is read",
        _later,
    ),
}


@pytest.mark.parametrize(("rule", "graph"), BROKEN.values(), ids=BROKEN)
def test_a_rule_that_is_broken_says_so(rule: str, graph: Callable[[], Graph]) -> None:
    assert list(RULES[rule](graph()))


KEPT: dict[str, tuple[str, Callable[[], Graph]]] = {
    "a service of one thing": (
        "no wide action on everything",
        lambda: _policy(_allow("s3:*", "arn:aws:s3:::one/*")),
    ),
    "an action that knows no resource": (
        "no wide action on everything",
        lambda: _policy(_allow("ecr:GetAuthorizationToken")),
    ),
    "pass on one role": (
        "roles are passed on by name",
        lambda: _passing(f"{ROLE_ARN}/yard", SAGEMAKER),
    ),
    "pass on the roles of a platform": (
        "roles are passed on by name",
        lambda: _passing(f"{ROLE_ARN}/yard-*", SAGEMAKER),
    ),
    "taken by a service": (
        "roles are taken by one",
        lambda: _taken({"Service": "rds.amazonaws.com"}, {"aws:SourceAccount": "1"}),
    ),
    "taken by a service account": (
        "roles are taken by one",
        lambda: _taken(POD, TAGS),
    ),
    "an account's own key": (
        "no key for everybody",
        lambda: _key({"AWS": "arn:aws:iam::1:root"}, "kms:*"),
    ),
    "all of one account through one service": (
        "no key for everybody",
        lambda: _key(
            "*", "kms:Decrypt", CallerAccount="1", ViaService="ec2.eu-west-1.amazonaws.com"
        ),
    ),
    "a bucket that demands TLS": (
        "buckets demand TLS",
        lambda: _bucket("Deny", "s3:*", "false"),
    ),
}


@pytest.mark.parametrize(("rule", "graph"), KEPT.values(), ids=KEPT)
def test_a_rule_that_is_kept_says_nothing(rule: str, graph: Callable[[], Graph]) -> None:
    assert list(RULES[rule](graph())) == []


def test_a_role_without_boundary_is_found() -> None:
    graph = _taken({"Service": "rds.amazonaws.com"})
    assert list(iam_rules.unbounded(graph, "arn:aws:iam::1:policy/limits"))
    assert list(iam_rules.unbounded(graph, None)) == []


def _recorded(case: shipped.Case) -> Graph:
    return shipped.recorded(case, deployed=False)


@pytest.mark.parametrize("case", on_aws.cases(), ids=str)
@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_platform_keeps_the_rules(case: shipped.Case, rule: Rule) -> None:
    assert list(rule(_recorded(case))) == []


@pytest.mark.parametrize("case", on_aws.cases(), ids=str)
def test_every_role_has_the_boundary_that_the_blueprint_names(case: shipped.Case) -> None:
    sites = shipped.planned(case).plan.blueprint.sites.values()
    [boundary] = {site.identity.boundary for site in sites if isinstance(site, AwsSite)}
    assert list(iam_rules.unbounded(_recorded(case), boundary)) == []


def test_some_platform_names_a_boundary() -> None:
    named = [
        site.identity.boundary
        for case in on_aws.cases()
        for site in shipped.planned(case).plan.blueprint.sites.values()
        if isinstance(site, AwsSite)
    ]
    assert not named or any(named), "the rule above was never put to the test"
