"""A whole account that answers every call, in this process, and keeps what it was asked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import boto3
from botocore.loaders import Loader
from botocore.session import Session
from tests.sites.aws.preflight.ground import ACCOUNT, OWN, OWN_PAIRS

from modelyard.catalog.quotas import quotas
from modelyard.contracts.preflight import MachineNeed
from modelyard.sites.aws.preflight.asking import Asking, permission_of
from modelyard.sites.aws.preflight.planned import (
    AwsPreflightArgs,
    hosted,
    of_type,
    texts,
    zones_planned,
)

Told = Mapping[str, Any]
USER = f"arn:aws:iam::{ACCOUNT}:user/ann"
ALWAYS: Mapping[str, Any] = {
    "DescribeInstanceTypes": {"InstanceTypes": [{"VCpuInfo": {"DefaultVCpus": 2}}]},
    "GetAccountSummary": {"SummaryMap": {"Roles": 10}},
    "SimulatePrincipalPolicy": {
        "EvaluationResults": [{"EvalActionName": "any", "EvalDecision": "allowed"}]
    },
}
BARE: Mapping[str, Any] = {
    **ALWAYS,
    "GetServiceQuota": "NoSuchResourceException",
    "DescribeCapacityReservations": "InvalidCapacityReservationId.NotFound",
    "GetRole": "NoSuchEntity",
    "HeadBucket": "404",
    "DescribeCluster": "ResourceNotFoundException",
    "DescribeDBInstances": lambda service, params: (
        "DBInstanceNotFound" if "DBInstanceIdentifier" in params["body"] else {}
    ),
    "DescribeReplicationGroups": "ReplicationGroupNotFoundFault",
    "DescribeSecret": "ResourceNotFoundException",
    "DescribeRepositories": "RepositoryNotFoundException",
    "DescribePullThroughCacheRules": "PullThroughCacheRuleNotFoundException",
    "DescribeLoadBalancers": "LoadBalancerNotFound",
    "GetMacieSession": ("AccessDeniedException", "Macie is not enabled."),
}
"""A new account: nothing is there, and every quota is the default."""


class World:
    """An account with these answers by operation: what it tells, or the code of a refusal."""

    def __init__(self, of: AwsPreflightArgs, answers: Told) -> None:
        region = of.site.region
        who = {"GetCallerIdentity": {"Account": of.site.account, "Arn": USER}}
        self._answers = {**_place(region, zones_planned(of)), **who, **answers}
        self.permissions: set[str] = set()
        session = boto3.Session("testing", "testing", botocore_session=_botocore())
        session.events.register("before-call.*.*", self._tell)
        self.asking = Asking(session, region)

    def _tell(self, model: Any, params: Any, **event: Any) -> Any:
        """Botocore takes this for the answer and sends nothing."""
        service = model.service_model.service_name
        operation = event["event_name"].rpartition(".")[2]
        client = self.asking.client(service)
        (method,) = (m for m, o in client.meta.method_to_api_mapping.items() if o == operation)
        self.permissions.add(permission_of(client, method))
        answer = self._answers.get(operation, {})
        if callable(answer):
            answer = answer(model.service_model.service_name, params)
        return _shaped(model, answer)


@cache
def _loader() -> Loader:
    """What services look like, read once for all accounts: it takes a second."""
    return Loader()


def _botocore() -> Session:
    session = Session()
    session.register_component("data_loader", _loader())
    return session


def _place(region: str, zones: Iterable[str]) -> Told:
    """A region with the zones of a plan, and what it sells."""
    names = {f"{region}{letter}": id for letter, id in zip("abcd", zones, strict=False)}
    zones = [{"ZoneName": name, "ZoneId": id} for name, id in names.items()]

    def sold(service: str, params: Mapping[str, Any]) -> Told:
        asked = [value for key, value in params["body"].items() if ".Value." in key]
        offered = [{"InstanceType": kind, "Location": name} for kind in asked for name in names]
        return {"InstanceTypeOfferings": offered}

    return {
        "DescribeRegions": {"Regions": [{"RegionName": region, "OptInStatus": "opted-in"}]},
        "DescribeAvailabilityZones": {"AvailabilityZones": zones},
        "DescribeInstanceTypeOfferings": sold,
    }


def _shaped(model: Any, answer: Any) -> Any:
    if isinstance(answer, (str, tuple)):
        code, said = answer if isinstance(answer, tuple) else (answer, "as recorded")
        error = {"Error": {"Code": code, "Message": said}, "ResponseMetadata": {}}
        return _Http(400), error
    shape = model.output_shape
    empty = {name: [] for name, member in shape.members.items() if member.type_name == "list"}
    return _Http(200), {**empty, **answer, "ResponseMetadata": {}}


class _Http:
    def __init__(self, status: int) -> None:
        self.status_code = status


def quota_of(service: str, params: Mapping[str, Any]) -> Told:
    """A quota as large as its default; those of machines at nothing, as in a new account."""
    code = _body(params)["QuotaCode"]
    known = next(each for each in quotas().values() if each.code == code)
    named = {"QuotaName": known.name, "QuotaCode": code, "Adjustable": True}
    return {"Quota": {**named, "Value": float(known.default)}}


def _body(params: Mapping[str, Any]) -> Mapping[str, Any]:
    return json.loads(params["body"])


def new(of: AwsPreflightArgs) -> World:
    """An account in which nothing was ever done."""
    return World(of, {**BARE, "GetAWSDefaultServiceQuota": quota_of})


def used(of: AwsPreflightArgs) -> World:
    """An account in which this platform stands already, and whose quotas were raised."""

    def raised(service: str, params: Mapping[str, Any]) -> Told:
        return {"Quota": {**quota_of(service, params)["Quota"], "Value": 100_000.0}}

    return World(of, {**ALWAYS, **_standing(of), "GetServiceQuota": raised})


def _standing(of: AwsPreflightArgs) -> Told:
    aliases = texts(of_type(of, "aws:kms/alias:Alias"), "name")
    arn = f"arn:aws:any:any:{ACCOUNT}:it"
    return {
        "GetRole": {"Role": {"Arn": arn, "Tags": OWN_PAIRS}},
        "GetBucketTagging": {"TagSet": OWN_PAIRS},
        "DescribeCluster": {"cluster": {"tags": OWN}},
        "DescribeDBInstances": {"DBInstances": [{"TagList": OWN_PAIRS}]},
        "DescribeReplicationGroups": {"ReplicationGroups": [{"ARN": arn}]},
        "ListTagsForResource": _tags,
        "DescribeSecret": {"Tags": OWN_PAIRS},
        "ListAliases": {"Aliases": [{"AliasName": name, "TargetKeyId": "it"} for name in aliases]},
        "ListResourceTags": {
            "Tags": [{"TagKey": key, "TagValue": value} for key, value in OWN.items()]
        },
        "DescribeLogGroups": _log_group,
        "DescribeRepositories": {"repositories": [{"repositoryArn": arn}]},
        "DescribePullThroughCacheRules": {"pullThroughCacheRules": [{}]},
        "DescribeLoadBalancers": {"LoadBalancers": [{"LoadBalancerArn": arn}]},
        "DescribeTags": {"TagDescriptions": [{"Tags": OWN_PAIRS}]},
        "ListAnalyzers": {"analyzers": [{"name": "it", "tags": OWN}]},
        "ListDetectors": {"DetectorIds": ["it"]},
        "GetDetector": {"Tags": OWN},
        "DescribeCapacityReservations": {"CapacityReservations": [_RESERVATION]},
        "ListServiceQuotas": {
            "Quotas": [_hosting(need, use) for need in hosted(of) for use in USES]
        },
    }


_RESERVATION = {
    "State": "active",
    "InstanceType": "g6.xlarge",
    "AvailabilityZone": "any",
    "TotalInstanceCount": 9,
    "AvailableInstanceCount": 9,
}


USES = ("endpoint", "transform job")


def _hosting(need: MachineNeed, use: str) -> Told:
    return {"QuotaName": f"{need.machine} for {use} usage", "QuotaCode": "L-1", "Value": 99.0}


def _log_group(service: str, params: Mapping[str, Any]) -> Told:
    name = _body(params)["logGroupNamePrefix"]
    return {"logGroups": [{"logGroupName": name, "logGroupArn": f"arn:aws:logs:{name}"}]}


def _tags(service: str, params: Mapping[str, Any]) -> Told:
    if service == "elasticache":
        return {"TagList": OWN_PAIRS}
    return {"tags": OWN if service == "logs" else OWN_PAIRS}
