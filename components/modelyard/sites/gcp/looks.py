"""How each kind of resource is looked at: which call tells of it, and what it says if all is well.

Methods and answers are those of Google's discovery documents, paths those by which Pulumi's
provider knows a resource; tests hold them against both. What is not listed here is compared by
`modelyard refresh`, which asks the provider.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelyard.blueprint.site import GcpSite
    from modelyard.contracts.inventory import Expected

_INPUT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, kw_only=True)
class Look:
    """One call. `path` is the resource's id, with its inputs in braces."""

    method: str
    path: str
    whole: str = "name"
    """The parameter that takes all of the path, where `asked` takes no parts of it."""
    asked: Mapping[str, str] = field(default_factory=dict)
    """Parameters, and the inputs that fill them."""
    status: str = ""
    """Path of the status in the answer (`a.b`); that there is an answer is enough when empty."""
    well: tuple[str, ...] = ()
    why: str = ""
    """Path of the service's own words for what is wrong; `a[].b` is that of every `a`."""
    labels: str = ""
    """Path of the labels, where the service keeps any."""


def parameters(look: Look, expected: Expected, site: GcpSite) -> Mapping[str, str] | None:
    """What a call is asked with; None where that is known only after deployment."""
    parts = _parts(look, expected, site)
    if parts is None:
        return None
    if look.asked:
        return {parameter: parts[key] for parameter, key in look.asked.items()}
    return {look.whole: look.path.format(**parts)}


def said(path: str, answer: Mapping[str, Any]) -> tuple[Any, ...]:
    """What an answer has at a path."""
    found: list[Any] = [answer] if path else []
    for step in filter(None, path.split(".")):
        key, many, _ = step.partition("[]")
        values = [each[key] for each in found if isinstance(each, Mapping) and key in each]
        found = [item for value in values for item in value] if many else values
    return tuple(value for value in found if value not in (None, ""))


def _parts(look: Look, expected: Expected, site: GcpSite) -> Mapping[str, str] | None:
    """The inputs in the path: from the id that the engine knows, or as they are planned.

    One that is an id itself (`cluster`) is so at the beginning of a path, and a name within it.
    """
    if expected.id and (match := _pattern(look.path).fullmatch(expected.id)):
        return match.groupdict()
    places = {"project": site.project, "region": site.region, "location": site.region}
    found: dict[str, str] = {}
    for key in _INPUT.findall(look.path):
        value = expected.inputs.get(key, places.get(key))
        if not isinstance(value, str) or "${" in value:
            return None
        found[key] = value if look.path.startswith(f"{{{key}}}/") else value.rpartition("/")[2]
    return found


@cache
def _pattern(path: str) -> re.Pattern[str]:
    """Finds the inputs in an id again; one that comes twice is the same both times."""
    seen: set[str] = set()

    def group(match: re.Match[str]) -> str:
        key = match.group(1)
        if key in seen:
            return f"(?P={key})"
        seen.add(key)
        return f"(?P<{key}>.+)"

    return re.compile(_INPUT.sub(group, path.replace(".", r"\.")))


_GLOBAL = "projects/{project}/global"
_REGION = "projects/{project}/regions/{region}"
_PLACE = "projects/{project}/locations/{location}"
_OF_REGION = "projects/{project}/locations/{region}"
_STATE = "state"


def _compute(collection: str, parameter: str, path: str, **more: Any) -> Look:
    """Something of Compute Engine, whose parts of the path are parameters of their own."""
    places = {key: key for key in ("project", "region") if f"{{{key}}}" in path}
    asked = {**places, parameter: "name"}
    return Look(method=f"compute.{collection}.get", path=path, asked=asked, **more)


LOOKS: Mapping[str, Look] = {
    "gcp:projects/service:Service": Look(
        method="serviceusage.services.get",
        path="projects/{project}/services/{service}",
        status=_STATE,
        well=("ENABLED",),
    ),
    "gcp:serviceaccount/account:Account": Look(
        method="iam.projects.serviceAccounts.get",
        path="projects/{project}/serviceAccounts/{accountId}@{project}.iam.gserviceaccount.com",
    ),
    "gcp:compute/network:Network": _compute("networks", "network", f"{_GLOBAL}/networks/{{name}}"),
    "gcp:compute/subnetwork:Subnetwork": _compute(
        "subnetworks", "subnetwork", f"{_REGION}/subnetworks/{{name}}"
    ),
    "gcp:compute/router:Router": _compute("routers", "router", f"{_REGION}/routers/{{name}}"),
    "gcp:compute/firewall:Firewall": _compute(
        "firewalls", "firewall", f"{_GLOBAL}/firewalls/{{name}}"
    ),
    "gcp:compute/address:Address": _compute(
        "addresses",
        "address",
        f"{_REGION}/addresses/{{name}}",
        status="status",
        well=("IN_USE", "RESERVED"),
        labels="labels",
    ),
    "gcp:compute/globalAddress:GlobalAddress": _compute(
        "globalAddresses",
        "address",
        f"{_GLOBAL}/addresses/{{name}}",
        status="status",
        well=("IN_USE", "RESERVED"),
        labels="labels",
    ),
    "gcp:compute/globalForwardingRule:GlobalForwardingRule": _compute(
        "globalForwardingRules",
        "forwardingRule",
        f"{_GLOBAL}/forwardingRules/{{name}}",
        labels="labels",
    ),
    "gcp:compute/forwardingRule:ForwardingRule": _compute(
        "forwardingRules",
        "forwardingRule",
        f"{_REGION}/forwardingRules/{{name}}",
        labels="labels",
    ),
    "gcp:compute/regionSecurityPolicy:RegionSecurityPolicy": _compute(
        "regionSecurityPolicies", "securityPolicy", f"{_REGION}/securityPolicies/{{name}}"
    ),
    "gcp:compute/regionSslPolicy:RegionSslPolicy": _compute(
        "regionSslPolicies", "sslPolicy", f"{_REGION}/sslPolicies/{{name}}"
    ),
    "gcp:networkconnectivity/serviceConnectionPolicy:ServiceConnectionPolicy": Look(
        method="networkconnectivity.projects.locations.serviceConnectionPolicies.get",
        path=f"{_PLACE}/serviceConnectionPolicies/{{name}}",
        labels="labels",
    ),
    "gcp:dns/managedZone:ManagedZone": Look(
        method="dns.managedZones.get",
        path="projects/{project}/managedZones/{name}",
        asked={"project": "project", "managedZone": "name"},
        labels="labels",
    ),
    "gcp:kms/keyRing:KeyRing": Look(
        method="cloudkms.projects.locations.keyRings.get", path=f"{_PLACE}/keyRings/{{name}}"
    ),
    "gcp:kms/cryptoKey:CryptoKey": Look(
        method="cloudkms.projects.locations.keyRings.cryptoKeys.get",
        path="{keyRing}/cryptoKeys/{name}",
        status="primary.state",
        well=("ENABLED",),
        labels="labels",
    ),
    "gcp:storage/bucket:Bucket": Look(
        method="storage.buckets.get", path="{name}", asked={"bucket": "name"}, labels="labels"
    ),
    "gcp:container/cluster:Cluster": Look(
        method="container.projects.locations.clusters.get",
        path=f"{_PLACE}/clusters/{{name}}",
        status="status",
        well=("RUNNING", "RECONCILING"),
        why="conditions[].message",
        labels="resourceLabels",
    ),
    "gcp:container/nodePool:NodePool": Look(
        method="container.projects.locations.clusters.nodePools.get",
        path=f"{_PLACE}/clusters/{{cluster}}/nodePools/{{name}}",
        status="status",
        well=("RUNNING", "RECONCILING"),
        why="conditions[].message",
    ),
    "gcp:sql/databaseInstance:DatabaseInstance": Look(
        method="sql.instances.get",
        path="projects/{project}/instances/{name}",
        asked={"project": "project", "instance": "name"},
        status=_STATE,
        well=("RUNNABLE", "ONLINE_MAINTENANCE"),
        why="suspensionReason[]",
        labels="settings.userLabels",
    ),
    "gcp:alloydb/cluster:Cluster": Look(
        method="alloydb.projects.locations.clusters.get",
        path=f"{_PLACE}/clusters/{{clusterId}}",
        status=_STATE,
        well=("READY", "MAINTENANCE"),
        labels="labels",
    ),
    "gcp:alloydb/instance:Instance": Look(
        method="alloydb.projects.locations.clusters.instances.get",
        path="{cluster}/instances/{instanceId}",
        status=_STATE,
        well=("READY", "MAINTENANCE"),
        labels="labels",
    ),
    "gcp:memorystore/instance:Instance": Look(
        method="memorystore.projects.locations.instances.get",
        path=f"{_PLACE}/instances/{{instanceId}}",
        status=_STATE,
        well=("ACTIVE", "UPDATING"),
        labels="labels",
    ),
    "gcp:redis/instance:Instance": Look(
        method="redis.projects.locations.instances.get",
        path=f"{_OF_REGION}/instances/{{name}}",
        status=_STATE,
        well=("READY", "UPDATING", "MAINTENANCE"),
        why="statusMessage",
        labels="labels",
    ),
    "gcp:secretmanager/secret:Secret": Look(
        method="secretmanager.projects.secrets.get",
        path="projects/{project}/secrets/{secretId}",
        labels="labels",
    ),
    "gcp:artifactregistry/repository:Repository": Look(
        method="artifactregistry.projects.locations.repositories.get",
        path=f"{_PLACE}/repositories/{{repositoryId}}",
        labels="labels",
    ),
    "gcp:logging/projectSink:ProjectSink": Look(
        method="logging.projects.sinks.get",
        path="projects/{project}/sinks/{name}",
        whole="sinkName",
    ),
    "gcp:logging/metric:Metric": Look(
        method="logging.projects.metrics.get",
        path="projects/{project}/metrics/{name}",
        whole="metricName",
    ),
    "gcp:logging/projectBucketConfig:ProjectBucketConfig": Look(
        method="logging.projects.locations.buckets.get",
        path=f"{_PLACE}/buckets/{{bucketId}}",
        status="lifecycleState",
        well=("ACTIVE", "UPDATING"),
    ),
    "gcp:monitoring/alertPolicy:AlertPolicy": Look(
        method="monitoring.projects.alertPolicies.get",
        path="projects/{project}/alertPolicies/{name}",
    ),
    "gcp:monitoring/notificationChannel:NotificationChannel": Look(
        method="monitoring.projects.notificationChannels.get", path="{name}"
    ),
    "gcp:pubsub/topic:Topic": Look(
        method="pubsub.projects.topics.get",
        path="projects/{project}/topics/{name}",
        whole="topic",
        status=_STATE,
        well=("ACTIVE",),
        labels="labels",
    ),
    "gcp:bigquery/dataset:Dataset": Look(
        method="bigquery.datasets.get",
        path="projects/{project}/datasets/{datasetId}",
        asked={"projectId": "project", "datasetId": "datasetId"},
        labels="labels",
    ),
    "gcp:managedkafka/cluster:Cluster": Look(
        method="managedkafka.projects.locations.clusters.get",
        path=f"{_PLACE}/clusters/{{clusterId}}",
        status=_STATE,
        well=("ACTIVE", "UPDATING"),
        labels="labels",
    ),
    "gcp:composer/environment:Environment": Look(
        method="composer.projects.locations.environments.get",
        path=f"{_OF_REGION}/environments/{{name}}",
        status=_STATE,
        well=("RUNNING", "UPDATING"),
        labels="labels",
    ),
    "gcp:workflows/workflow:Workflow": Look(
        method="workflows.projects.locations.workflows.get",
        path=f"{_OF_REGION}/workflows/{{name}}",
        status=_STATE,
        well=("ACTIVE",),
        why="stateError.details",
        labels="labels",
    ),
    "gcp:cloudscheduler/job:Job": Look(
        method="cloudscheduler.projects.locations.jobs.get",
        path=f"{_OF_REGION}/jobs/{{name}}",
        status=_STATE,
        well=("ENABLED", "PAUSED"),
        why="status.message",
    ),
    "gcp:cloudrunv2/job:Job": Look(
        method="run.projects.locations.jobs.get",
        path=f"{_PLACE}/jobs/{{name}}",
        status="terminalCondition.state",
        well=("CONDITION_SUCCEEDED",),
        why="terminalCondition.message",
        labels="labels",
    ),
    "gcp:cloudrunv2/service:Service": Look(
        method="run.projects.locations.services.get",
        path=f"{_PLACE}/services/{{name}}",
        status="terminalCondition.state",
        well=("CONDITION_SUCCEEDED",),
        why="terminalCondition.message",
        labels="labels",
    ),
    "gcp:dataloss/preventionJobTrigger:PreventionJobTrigger": Look(
        method="dlp.projects.locations.jobTriggers.get",
        path="{parent}/jobTriggers/{name}",
        status="status",
        well=("HEALTHY",),
        why="errors[].details.message",
    ),
    "gcp:vertex/aiEndpoint:AiEndpoint": Look(
        method="aiplatform.projects.locations.endpoints.get",
        path=f"{_PLACE}/endpoints/{{name}}",
        labels="labels",
    ),
    "gcp:vertex/aiIndex:AiIndex": Look(
        method="aiplatform.projects.locations.indexes.get",
        path=f"{_OF_REGION}/indexes/{{name}}",
        labels="labels",
    ),
    "gcp:vertex/aiIndexEndpoint:AiIndexEndpoint": Look(
        method="aiplatform.projects.locations.indexEndpoints.get",
        path=f"{_OF_REGION}/indexEndpoints/{{name}}",
        labels="labels",
    ),
    "gcp:vertex/aiFeatureOnlineStore:AiFeatureOnlineStore": Look(
        method="aiplatform.projects.locations.featureOnlineStores.get",
        path=f"{_OF_REGION}/featureOnlineStores/{{name}}",
        status=_STATE,
        well=("STABLE", "UPDATING"),
        labels="labels",
    ),
    "gcp:vertex/aiFeatureGroup:AiFeatureGroup": Look(
        method="aiplatform.projects.locations.featureGroups.get",
        path=f"{_OF_REGION}/featureGroups/{{name}}",
        labels="labels",
    ),
    "gcp:vertex/aiMetadataStore:AiMetadataStore": Look(
        method="aiplatform.projects.locations.metadataStores.get",
        path=f"{_OF_REGION}/metadataStores/{{name}}",
    ),
    "gcp:vertex/aiTensorboard:AiTensorboard": Look(
        method="aiplatform.projects.locations.tensorboards.get",
        path=f"{_OF_REGION}/tensorboards/{{name}}",
        labels="labels",
    ),
    "gcp:vertex/aiDeploymentResourcePool:AiDeploymentResourcePool": Look(
        method="aiplatform.projects.locations.deploymentResourcePools.get",
        path=f"{_OF_REGION}/deploymentResourcePools/{{name}}",
    ),
}
