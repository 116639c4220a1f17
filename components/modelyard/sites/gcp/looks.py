"""How each kind of resource is looked at: which call tells of it, and what it says if all is well.

Methods and answers are those of Google's discovery documents, paths those by which Pulumi's
provider knows a resource; tests hold them against both. What is not listed here is compared by
`modelyard refresh`, which asks the provider.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelyard.sites.gcp.look import Look

_GLOBAL = "projects/{project}/global"
_REGION = "projects/{project}/regions/{region}"
_PLACE = "projects/{project}/locations/{location}"
_OF_REGION = "projects/{project}/locations/{region}"
_POOLS = "projects/{project}/locations/global/workloadIdentityPools"
_STATE = "state"


def _compute(collection: str, parameter: str, path: str, **more: Any) -> Look:
    """Something of Compute Engine, whose parts of the path are parameters of their own."""
    places = {key: key for key in ("project", "region") if f"{{{key}}}" in path}
    asked = {**places, parameter: "name"}
    return Look(method=f"compute.{collection}.get", path=path, asked=asked, **more)


def _vertex(collection: str, place: str = _OF_REGION, **more: Any) -> Look:
    """Something of Vertex AI."""
    method = f"aiplatform.projects.locations.{collection}.get"
    return Look(method=method, path=f"{place}/{collection}/{{name}}", **more)


def _run(collection: str) -> Look:
    """Something of Cloud Run."""
    return Look(
        method=f"run.projects.locations.{collection}.get",
        path=f"{_PLACE}/{collection}/{{name}}",
        status="terminalCondition.state",
        well=("CONDITION_SUCCEEDED",),
        why="terminalCondition.message",
        labels="labels",
    )


def _with_state(api: str, path: str, *well: str, **more: Any) -> Look:
    """Something with labels and a state, whose method is called after the path."""
    method = ".".join((api, *path.split("/")[::2], "get"))
    given = {"status": _STATE, "well": well, "labels": "labels", **more}
    return Look(method=method, path=path, **given)


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
    "gcp:compute/serviceAttachment:ServiceAttachment": _compute(
        "serviceAttachments", "serviceAttachment", f"{_REGION}/serviceAttachments/{{name}}"
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
    "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": _with_state(
        "iam", f"{_POOLS}/{{workloadIdentityPoolId}}", "ACTIVE", labels=""
    ),
    "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": _with_state(
        "iam",
        f"{_POOLS}/{{workloadIdentityPoolId}}/providers/{{workloadIdentityPoolProviderId}}",
        "ACTIVE",
        labels="",
    ),
    "gcp:dataplex/datascan:Datascan": _with_state(
        "dataplex", f"{_PLACE}/dataScans/{{dataScanId}}", "ACTIVE"
    ),
    "gcp:storage/bucket:Bucket": Look(
        method="storage.buckets.get", path="{name}", asked={"bucket": "name"}, labels="labels"
    ),
    "gcp:storage/managedFolder:ManagedFolder": Look(
        method="storage.managedFolders.get",
        path="{bucket}/managedFolders/{name}",
        asked={"bucket": "bucket", "managedFolder": "name"},
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
    "gcp:alloydb/cluster:Cluster": _with_state(
        "alloydb", f"{_PLACE}/clusters/{{clusterId}}", "READY", "MAINTENANCE"
    ),
    "gcp:alloydb/instance:Instance": Look(
        method="alloydb.projects.locations.clusters.instances.get",
        path="{cluster}/instances/{instanceId}",
        status=_STATE,
        well=("READY", "MAINTENANCE"),
        labels="labels",
    ),
    "gcp:memorystore/instance:Instance": _with_state(
        "memorystore", f"{_PLACE}/instances/{{instanceId}}", "ACTIVE", "UPDATING"
    ),
    "gcp:redis/instance:Instance": _with_state(
        "redis",
        f"{_OF_REGION}/instances/{{name}}",
        "READY",
        "UPDATING",
        "MAINTENANCE",
        why="statusMessage",
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
    "gcp:managedkafka/cluster:Cluster": _with_state(
        "managedkafka", f"{_PLACE}/clusters/{{clusterId}}", "ACTIVE", "UPDATING"
    ),
    "gcp:composer/environment:Environment": _with_state(
        "composer", f"{_OF_REGION}/environments/{{name}}", "RUNNING", "UPDATING"
    ),
    "gcp:workflows/workflow:Workflow": _with_state(
        "workflows", f"{_OF_REGION}/workflows/{{name}}", "ACTIVE", why="stateError.details"
    ),
    "gcp:cloudscheduler/job:Job": Look(
        method="cloudscheduler.projects.locations.jobs.get",
        path=f"{_OF_REGION}/jobs/{{name}}",
        status=_STATE,
        well=("ENABLED", "PAUSED"),
        why="status.message",
    ),
    "gcp:cloudrunv2/job:Job": _run("jobs"),
    "gcp:cloudrunv2/service:Service": _run("services"),
    "gcp:dataloss/preventionJobTrigger:PreventionJobTrigger": Look(
        method="dlp.projects.locations.jobTriggers.get",
        path="{parent}/jobTriggers/{name}",
        status="status",
        well=("HEALTHY",),
        why="errors[].details.message",
    ),
    "gcp:vertex/aiEndpoint:AiEndpoint": _vertex("endpoints", place=_PLACE, labels="labels"),
    "gcp:vertex/aiIndex:AiIndex": _vertex("indexes", labels="labels"),
    "gcp:vertex/aiIndexEndpoint:AiIndexEndpoint": _vertex("indexEndpoints", labels="labels"),
    "gcp:vertex/aiFeatureOnlineStore:AiFeatureOnlineStore": _vertex(
        "featureOnlineStores", status=_STATE, well=("STABLE", "UPDATING"), labels="labels"
    ),
    "gcp:vertex/aiFeatureGroup:AiFeatureGroup": _vertex("featureGroups", labels="labels"),
    "gcp:vertex/aiMetadataStore:AiMetadataStore": _vertex("metadataStores"),
    "gcp:vertex/aiTensorboard:AiTensorboard": _vertex("tensorboards", labels="labels"),
    "gcp:vertex/aiDeploymentResourcePool:AiDeploymentResourcePool": _vertex(
        "deploymentResourcePools"
    ),
}
