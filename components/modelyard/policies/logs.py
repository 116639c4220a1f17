"""What is written down, who cannot change it, and how long it stays."""

from __future__ import annotations

from modelyard.policies.rule import (
    Findings,
    Seen,
    Stack,
    at,
    items,
    number,
    objects,
    rule,
    stack_rule,
    true,
    unknown,
)

_EKS = "aws:eks/cluster:Cluster"
_GKE = "gcp:container/cluster:Cluster"
_TRAIL = "aws:cloudtrail/trail:Trail"
_SINK = "gcp:logging/projectSink:ProjectSink"
_BUCKET = "aws:s3/bucket:Bucket"
_LB = "aws:lb/loadBalancer:LoadBalancer"
_CALLS = {"api", "audit", "authenticator"}


@rule("logging-control-plane", _EKS, _GKE)
def control_plane(it: Seen) -> Findings:
    """Autopilot writes its control plane's log by itself."""
    if it.type == _EKS:
        written = set(map(str, items(it.inputs, "enabledClusterLogTypes")))
        if missing := _CALLS - written:
            yield f"{', '.join(sorted(missing))} are not logged"
        return
    by_itself = true(it.inputs.get("enableAutopilot"))
    if not by_itself and "APISERVER" not in items(it.inputs, "loggingConfig", "enableComponents"):
        yield "calls of the control plane are not logged"


@rule("logging-trail-complete", _TRAIL)
def trail_complete(it: Seen) -> Findings:
    for key in ("isMultiRegionTrail", "includeGlobalServiceEvents"):
        if not true(it.inputs.get(key)):
            yield f"{key} is off: calls elsewhere are not in it"
    if it.inputs.get("enableLogging") in (False, "false"):
        yield "it writes nothing"


@rule("logging-trail-validation", _TRAIL)
def trail_validation(it: Seen) -> Findings:
    if not true(it.inputs.get("enableLogFileValidation")):
        yield "nobody can tell whether a file of it was changed"


@stack_rule("logging-trail-write-once", _TRAIL, _SINK)
def trail_write_once(it: Seen, stack: Stack) -> Findings:
    """Where the bucket is of this stack: another account's is that account's to lock."""
    for bucket in _buckets(it, stack):
        if it.type == _SINK:
            if not at(bucket.inputs, "retentionPolicy", "retentionPeriod"):
                yield f"{bucket.name} lets what is written be changed"
        elif not true(bucket.inputs.get("objectLockEnabled")):
            yield f"{bucket.name} lets what is written be changed"


def _buckets(it: Seen, stack: Stack) -> list[Seen]:
    kind, key = ("gcp:storage/bucket:Bucket", "destination")
    if it.type == _TRAIL:
        kind, key = (_BUCKET, "s3BucketName")
    urns = it.property_dependencies.get(key, ())
    return [bucket for bucket in stack.of_type(kind) if bucket.urn in urns]


@rule("logging-data-access", "gcp:projects/iAMAuditConfig:IAMAuditConfig")
def data_access(it: Seen) -> Findings:
    wanted = {"ADMIN_READ", "DATA_READ", "DATA_WRITE"}
    written = {str(each.get("logType")) for each in objects(it.inputs, "auditLogConfigs")}
    if missing := wanted - written:
        yield f"{', '.join(sorted(missing))} are not recorded"
    if any(items(each, "exemptedMembers") for each in objects(it.inputs, "auditLogConfigs")):
        yield "some are not recorded"


@rule("logging-retention", "aws:cloudwatch/logGroup:LogGroup")
def retention(it: Seen) -> Findings:
    days = it.inputs.get("retentionInDays")
    if not days:
        yield "its retention is not set: it grows for ever"
    elif not unknown(days) and number(days) < 365:
        yield f"what is written is gone after {number(days)} days"


@stack_rule("logging-bucket-access", _BUCKET)
def bucket_access(it: Seen, stack: Stack) -> Findings:
    """Of all but those that the logs themselves go to."""
    logging = "aws:s3/bucketLogging:BucketLogging"
    if stack.referring(it, logging, "targetBucket"):
        return
    if not stack.referring(it, logging, "bucket"):
        yield "nobody sees who read from it"


@rule("logging-balancer", _LB)
def balancer(it: Seen) -> Findings:
    """Those that see requests: a network load balancer sees packets, and has flow logs."""
    if it.inputs.get("loadBalancerType") != "network" and not true(
        at(it.inputs, "accessLogs", "enabled")
    ):
        yield "requests are not written down"


@stack_rule("logging-firewall", "aws:wafv2/webAcl:WebAcl", "gcp:compute/firewall:Firewall")
def firewall(it: Seen, stack: Stack) -> Findings:
    """Of Google Cloud's rules, those that refuse: what they let in is in the flow logs."""
    if it.type == "aws:wafv2/webAcl:WebAcl":
        lists = stack.of_type("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration")
        if not lists:
            yield "what it refuses is not written down"
    elif it.inputs.get("denies") and not it.inputs.get("logConfig"):
        yield "what it refuses is not written down"


@rule(
    "logging-orchestrator",
    "aws:mwaa/environment:Environment",
    "aws:sfn/stateMachine:StateMachine",
    "gcp:workflows/workflow:Workflow",
)
def orchestrator(it: Seen) -> Findings:
    if it.type.startswith("gcp:"):
        if it.inputs.get("callLogLevel") in (None, "LOG_NONE", "CALL_LOG_LEVEL_UNSPECIFIED"):
            yield "its calls are not written down"
    elif "stateMachine" in it.type:
        if at(it.inputs, "loggingConfiguration", "level") in (None, "OFF"):
            yield "its steps are not written down"
    else:
        for part in ("taskLogs", "schedulerLogs", "webserverLogs"):
            if not true(at(it.inputs, "loggingConfiguration", part, "enabled")):
                yield f"{part} are not written"


@rule("logging-threats", "aws:guardduty/detector:Detector")
def threats(it: Seen) -> Findings:
    if it.inputs.get("enable") in (False, "false"):
        yield "nobody looks for attacks"
