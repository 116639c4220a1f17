"""Every role has the grants of its kind of workload: no action more, none less, nowhere else.

The table is written by hand from what each workload does, and not made of the code it judges.
`{scope}`, `{account}` and `{region}` stand for the platform's own, `{data}`, `{secrets}` and
`{logs}` for its keys, `{artifacts}` for its bucket. A policy of AWS's own is named without one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest
from tests.support import on_aws, shipped
from tests.support.iam_grants import Granted, difference, granted

from modelyard.blueprint.blueprint import Blueprint
from modelyard.blueprint.model import Approval, Model
from modelyard.blueprint.monitor import Monitor, Rows
from modelyard.blueprint.site import AwsSite
from modelyard.plan.capability import Capability as C
from modelyard.plan.naming import fitted
from modelyard.program import stack_name
from modelyard.recorder import Graph
from modelyard.sites.aws import managed_ml, managed_services

Row = tuple[str, str]
"""Actions of one service, and a resource: each action on it."""

EC2 = "arn:aws:ec2:{region}:*:"
LAUNCHED = ("fleet", "instance", "launch-template", "network-interface", "spot-instances-request")
CLUSTER = "arn:aws:eks:{region}:{account}:cluster/{scope}"
PROFILES = "arn:aws:iam::{account}:instance-profile/*"

KARPENTER: tuple[Row, ...] = (
    *(("ec2:CreateFleet RunInstances", f"{EC2}{it}/*") for it in (*LAUNCHED, "volume")),
    *(("ec2:CreateFleet RunInstances", f"{EC2}{it}/*") for it in ("security-group", "subnet")),
    ("ec2:CreateFleet RunInstances", f"{EC2}capacity-reservation/*"),
    ("ec2:CreateFleet RunInstances", f"{EC2}placement-group/*"),
    *(
        ("ec2:CreateFleet RunInstances", f"arn:aws:ec2:{{region}}::{it}/*")
        for it in ("image", "snapshot")
    ),
    *(("ec2:CreateLaunchTemplate CreateTags", f"{EC2}{it}/*") for it in (*LAUNCHED, "volume")),
    ("ec2:DeleteLaunchTemplate TerminateInstances", f"{EC2}instance/*"),
    ("ec2:DeleteLaunchTemplate TerminateInstances", f"{EC2}launch-template/*"),
    (
        "ec2:DescribeCapacityReservations DescribeImages DescribeInstanceStatus "
        "DescribeInstanceTypeOfferings DescribeInstanceTypes DescribeInstances "
        "DescribeLaunchTemplates DescribePlacementGroups DescribeSecurityGroups "
        "DescribeSpotPriceHistory DescribeSubnets",
        "*",
    ),
    ("iam:PassRole", "arn:aws:iam::{account}:role/{scope}-nodes"),
    (
        "iam:AddRoleToInstanceProfile CreateInstanceProfile DeleteInstanceProfile "
        "GetInstanceProfile RemoveRoleFromInstanceProfile TagInstanceProfile",
        PROFILES,
    ),
    ("iam:ListInstanceProfiles", "*"),
    ("pricing:GetProducts", "*"),
    ("ssm:GetParameter", "arn:aws:ssm:{region}::parameter/aws/service/*"),
    ("eks:DescribeCluster", CLUSTER),
    (
        "sqs:DeleteMessage GetQueueUrl ReceiveMessage",
        "arn:aws:sqs:{region}:{account}:{scope}-interruptions",
    ),
)
FIXED: dict[str, tuple[Row, ...]] = {
    "cluster": (("AmazonEKSClusterPolicy", ""),),
    "cluster-nodes": (
        ("AmazonEC2ContainerRegistryPullOnly", ""),
        ("AmazonEKSWorkerNodePolicy", ""),
        ("AmazonEKS_CNI_Policy", ""),
        ("AmazonSSMManagedInstanceCore", ""),
    ),
    "cluster-karpenter": KARPENTER,
    "cluster-argo-workflows": (
        ("s3:GetObject", "{artifacts}/workflows/*"),
        ("kms:Decrypt", "{data}"),
    ),
    "cluster-aws-ebs-csi-driver": (
        ("service-role/AmazonEBSCSIDriverPolicy", ""),
        ("kms:CreateGrant Decrypt DescribeKey GenerateDataKeyWithoutPlaintext", "{data}"),
    ),
    "cluster-aws-load-balancer-controller": (
        (
            "elasticloadbalancing:DeregisterTargets ModifyTargetGroup RegisterTargets",
            "arn:aws:elasticloadbalancing:{region}:{account}:targetgroup/{scope}*/*",
        ),
        (
            "elasticloadbalancing:DescribeTargetGroupAttributes DescribeTargetGroups "
            "DescribeTargetHealth",
            "*",
        ),
        (
            "ec2:DescribeAvailabilityZones DescribeInstances DescribeNetworkInterfaces "
            "DescribeSecurityGroups DescribeSubnets DescribeVpcs",
            "*",
        ),
    ),
    "cluster-external-secrets": (
        (
            "secretsmanager:DescribeSecret GetSecretValue",
            "arn:aws:secretsmanager:{region}:{account}:secret:{scope}/*",
        ),
        ("kms:Decrypt", "{secrets} through secretsmanager.{region}.amazonaws.com"),
    ),
    "database-monitoring": (("service-role/AmazonRDSEnhancedMonitoringRole", ""),),
    "audit-log-logs": (
        (
            "logs:CreateLogStream PutLogEvents",
            "arn:aws:logs:{region}:{account}:log-group:/modelyard/{scope}/audit:"
            "log-stream:{account}_CloudTrail_*",
        ),
    ),
    "vpc-flow-logs": (
        (
            "logs:CreateLogStream DescribeLogStreams PutLogEvents",
            "arn:aws:logs:{region}:{account}:log-group:/modelyard/{scope}/flow-logs:*",
        ),
    ),
}
"""What the platform itself has, by role."""
OWNER: Row = ("secretsmanager:DescribeSecret GetSecretValue", "{owner}")
"""External Secrets fetches the password that RDS keeps: it has a name of RDS's own."""
AUTO: dict[str, tuple[Row, ...]] = {
    "cluster": (
        ("ec2:CreateFleet CreateLaunchTemplate CreateNetworkInterface RunInstances", "*"),
        ("ec2:CreateSnapshot CreateVolume", f"{EC2}snapshot/*"),
        ("ec2:CreateSnapshot CreateVolume", f"{EC2}volume/*"),
        ("AmazonEKSBlockStoragePolicy", ""),
        ("AmazonEKSClusterPolicy", ""),
        ("AmazonEKSComputePolicy", ""),
        ("AmazonEKSLoadBalancingPolicy", ""),
        ("AmazonEKSNetworkingPolicy", ""),
    ),
    "cluster-nodes": (
        ("AmazonEC2ContainerRegistryPullOnly", ""),
        ("AmazonEKSWorkerNodeMinimalPolicy", ""),
    ),
}
"""In Auto Mode, where EKS itself looks after nodes; source: EKS guide, auto-cluster-iam-role."""


def _places(case: shipped.Case) -> dict[str, str]:
    """What the placeholders stand for."""
    plan, site = shipped.planned(case).plan, _site(case)
    scope, name = stack_name(plan), plan.blueprint.name
    bucket = f"arn:aws:s3:::{scope}-artifacts-{site.account}-{site.region}"
    cache = fitted(scope, 19)
    own = {
        "scope": scope,
        "cache": cache,
        "account": site.account,
        "region": site.region,
        "artifacts": bucket,
    }
    keys = {key: f"${{{name}-kms-{key}.arn}}" for key in ("data", "secrets", "logs")}
    owner = f"${{{name}-database.masterUserSecrets.0.secretArn}}"
    return {**own, **keys, "owner": owner}


def _site(case: shipped.Case) -> AwsSite:
    sites = shipped.planned(case).plan.blueprint.sites.values()
    [site] = [it for it in sites if isinstance(it, AwsSite)]
    return site


def _rows(rows: Iterable[Row], places: dict[str, str]) -> Granted:
    return frozenset(
        (f"{service}:{action}" if service else action, resource.format(**places))
        for actions, resource in rows
        for service, names in [_service(actions)]
        for action in names
    )


def _service(actions: str) -> tuple[str, list[str]]:
    service, colon, names = actions.partition(":")
    return (service, names.split()) if colon else ("", [actions])


def _objects(
    reads: Iterable[str], writes: Iterable[str], adds: Iterable[str] = ()
) -> Iterator[Row]:
    """Whoever reads or writes these `bucket/path` lists them, too, and uses the key through S3. Who
    only adds takes nothing away.
    """
    adds = set(adds)
    reads, writes = set(reads) | adds, set(writes)
    if not reads | writes:
        return
    for bucket in sorted({address.partition("/")[0] for address in reads | writes}):
        yield "s3:GetBucketLocation", f"arn:aws:s3:::{bucket}"
        paths = sorted(a.partition("/")[2] for a in reads | writes if a.startswith(f"{bucket}/"))
        under = ", ".join(key for path in paths for key in _keys(path))
        everything = f"arn:aws:s3:::{bucket}"
        yield "s3:ListBucket", everything if "" in paths else f"{everything} under {under}"
    for address in reads | writes:
        for key in _keys(address):
            yield "s3:GetObject GetObjectVersion", f"arn:aws:s3:::{key}"
            if address in writes:
                yield "s3:DeleteObject", f"arn:aws:s3:::{key}"
            if address in writes | adds:
                yield (
                    "s3:AbortMultipartUpload ListMultipartUploadParts PutObject",
                    f"arn:aws:s3:::{key}",
                )
    actions = "kms:Decrypt GenerateDataKey" if writes | adds else "kms:Decrypt"
    yield actions, "{data} through s3.{region}.amazonaws.com"


def _keys(path: str) -> tuple[str, ...]:
    """A folder ends with a slash; anything else may be an object or a folder."""
    return (f"{path}*",) if not path or path.endswith("/") else (path, f"{path}/*")


def _stored(*addresses: str | None) -> list[str]:
    return [a.removeprefix("s3://") for a in addresses if a and a.startswith("s3://")]


def _workloads(blueprint: Blueprint, bucket: str) -> Iterator[tuple[str, list[Row]]]:
    """What each workload that may run there touches in buckets, by role."""
    runs = [model for model in blueprint.models if model.retrain]
    for model in blueprint.models:
        writes = _stored(model.serve.output)
        reads = _stored(model.source, model.serve.input)
        yield f"identity-production-{model.name}", list(_objects(reads, writes))
        if model.retrain or model.promote.approval is Approval.REQUIRED:
            trail = [f"{bucket}/audit/promotions"]
            yield f"identity-production-{model.name}-promoter", list(_objects((), (), trail))
        if looked_at := _looked_at(model):
            yield f"identity-production-{model.name}-recheck", list(_objects(looked_at, ()))
            told = [f"{bucket}/training/checks/{model.name}/"]
            yield (
                f"identity-training-{model.name}-checks",
                list(_objects([*looked_at, *told], told)),
            )
    mine = [f"{bucket}/mlflow/"]
    yield "identity-platform-mlflow", list(_objects(mine, mine))
    yield "identity-training-workflow-runner", [*_runs(bucket), *_trains(bucket, runs)]


def _looked_at(model: Model) -> list[str]:
    """What a model is judged by."""
    monitor = model.monitor or Monitor()
    rows, asked, fresh = monitor.data or Rows(), monitor.evaluation, monitor.freshness
    of_llm = (asked.dataset if asked else None, fresh.at if fresh else None)
    return _stored(rows.reference, rows.current, *of_llm)


def _caches(site: AwsSite, scope: str) -> list[str]:
    """The registries that are cached, each under a prefix of its own."""
    closed = {"docker.io": "docker-hub", "ghcr.io": "github"}
    given = [closed[registry] for registry in site.image_registry.credentials]
    where = f"arn:aws:ecr:{{region}}:{{account}}:repository/{scope}"
    return [f"{where}-{it}/*" for it in ("ecr-public", "quay", "kubernetes", *given)]


def _filling(site: AwsSite, scope: str) -> Iterator[Row]:
    """The first node that asks for an image has its repository made."""
    for where in () if site.mirror else _caches(site, scope):
        yield "ecr:CreateRepository", where


def _cached(site: AwsSite, scope: str) -> Iterator[Row]:
    """Makes repositories for images of the registries that are cached, under the key for data."""
    for where in _caches(site, scope):
        yield "ecr:CreateRepository ReplicateImage TagResource", where
    yield "kms:CreateGrant DescribeKey RetireGrant", "{data}"


def _runs(bucket: str) -> Iterator[Row]:
    """Every run leaves its logs and artifacts."""
    yield from _objects([f"{bucket}/workflows/"], [f"{bucket}/workflows/"])


def _trains(bucket: str, models: list[Model]) -> Iterator[Row]:
    """Runs that train read all of the platform's, and write weights, inputs of batch runs, and what
    later answers are held against; what they train on is held to its suite first.
    """
    for model in models:
        inputs = [it.rpartition("/")[0] + "/" for it in _stored(model.serve.input)]
        rows = (model.monitor and model.monitor.data) or Rows()
        held = _stored(*((run.data, run.suite) if (run := model.retrain) else ()))
        reads = [f"{bucket}/", *_stored(model.source, model.serve.input), *held]
        yield from _objects(reads, [f"{bucket}/training/", *inputs, *_stored(rows.reference)])
        yield from _objects(held, [])


def _wanted(case: shipped.Case) -> dict[str, Granted]:
    places = _places(case)
    bucket = places["artifacts"].removeprefix("arn:aws:s3:::")
    workloads = _workloads(shipped.planned(case).plan.blueprint, bucket)
    fixed = {**FIXED, **(AUTO if _site(case).cluster.mode == "auto" else {})}
    if any(it.capability is C.DATABASE for it in shipped.planned(case).plan.capabilities):
        fixed["cluster-external-secrets"] = (*fixed["cluster-external-secrets"], OWNER)
    rows = {**fixed, **{name: tuple(found) for name, found in workloads}}
    rows["image-registry-cache"] = tuple(_cached(_site(case), places["cache"]))
    rows["cluster-nodes"] = (*rows["cluster-nodes"], *_filling(_site(case), places["cache"]))
    return {name: _rows(found, places) for name, found in rows.items()}


def _accounts(graph: Graph, scope: str) -> Iterator[str]:
    """The role that each service account would have, if its workload asks AWS for anything."""
    for account in graph.of_type("kubernetes:core/v1:ServiceAccount"):
        metadata = account.inputs["metadata"]
        purpose = metadata.get("namespace", "").removeprefix(f"{scope}-")
        yield f"identity-{purpose}-{metadata['name']}"


OTHERS = (*managed_ml.OFFERS.items(), *managed_services.OFFERS.items())
"""AWS's own services; the rights of what stands on them are held by rules, and by tests of their
own (`sagemaker/`, `services/`), but not by this table yet."""


def _of_the_house(case: shipped.Case) -> bool:
    """Not those on several sites, whose roles have the site's name in theirs."""
    if len(shipped.planned(case).plan.sites) > 1:
        return False
    others = {(capability, engine) for capability, engines in OTHERS for engine in engines}
    placed = shipped.planned(case).plan.capabilities
    return not any((it.capability, it.engine) in others for it in placed)


HOUSE = [case for case in on_aws.cases() if _of_the_house(case)]


@pytest.mark.parametrize("case", HOUSE, ids=str)
def test_every_role_may_do_what_its_workload_needs_and_no_more(case: shipped.Case) -> None:
    platform = f"{shipped.planned(case).plan.blueprint.name}-"
    wanted = _wanted(case)
    graph = shipped.recorded(case, deployed=False)
    has = {name.removeprefix(platform): grants for name, grants in granted(graph).items()}
    asking = {name for name in _accounts(graph, _places(case)["scope"]) if wanted.get(name)}
    wrong = {
        name: difference(wanted.get(name, frozenset()), has.get(name, frozenset()))
        for name in sorted(asking | has.keys())
    }
    assert {name: found for name, found in wrong.items() if found} == {}
