"""Vertex AI Feature Store: groups over BigQuery, and an online store that is filled by the clock.

The older kind (AiFeaturestore and its entity types) is switched off on 2027-02-17, as is optimized
serving: neither is made here. Source: Vertex AI guide, deprecations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.blueprint.data_plane import FeatureGroup, Features
from modelyard.contracts.endpoint import Endpoint
from modelyard.objects.cloud import CloudResource
from modelyard.sites.gcp.kms import KmsKeys
from modelyard.sites.gcp.names import scoped, underscored
from modelyard.sites.gcp.services.bigquery import make_dataset
from modelyard.sites.gcp.uses import Use
from modelyard.sites.gcp.vertex.args import GoogleArgs
from modelyard.sites.gcp.vertex.feature_tables import FeatureTable

NAME = 60
"""Most characters of a store's or a group's name; source: Vertex AI API reference."""
DAILY = "0 3 * * *"
"""When features are brought online where the blueprint says nothing."""
FEWEST, MOST, BUSY = 1, 3, 60
"""Nodes of the online store, and percent of their processors at which the next one comes."""
READ_ONLINE = "roles/aiplatform.featurestoreDataViewer"
READ_OFFLINE = "roles/bigquery.dataViewer"


@dataclass(frozen=True, kw_only=True)
class VertexFeaturesArgs(GoogleArgs):
    kms: KmsKeys
    settings: Features


class VertexFeatures(pulumi.ComponentResource):
    """Features, with all history for training and the newest rows for serving."""

    def __init__(
        self, name: str, args: VertexFeaturesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:features:VertexFeatures", name, None, opts)
        self._name, self._args = name, args
        kept = args.context.protect or None
        self._kept = pulumi.ResourceOptions(
            parent=self, protect=kept, depends_on=args.account.services
        )
        self._options = pulumi.ResourceOptions(parent=self)
        self.online = Endpoint(
            host=f"{args.site.region}-aiplatform.googleapis.com", port=443, scheme="https"
        )
        self.offline = Endpoint(host="bigquery.googleapis.com", port=443, scheme="https")
        called, why = scoped(args.context, "features"), f"Features of {args.context.scope}"
        # History is the point of it: nothing but a hand takes it away.
        self.dataset = make_dataset(self, name, args, underscored(called), why, emptied=False)
        groups = args.settings.groups
        self.store = self._store() if any(group.online for group in groups) else None
        for group in groups:
            self._group(group)
        self.register_outputs({"dataset": self.dataset["datasetId"]})

    @property
    def views(self) -> pulumi.Output[str] | None:
        """Where the views of what is online are asked (`…/clicks:fetchFeatureValues`), if any."""
        if self.store is None:
            return None
        site = self._args.site
        place = f"v1/projects/{site.project}/locations/{site.region}/featureOnlineStores/"
        api = f"{self.online.url}/{place}"
        return pulumi.Output.concat(api, self.store["name"], "/featureViews")

    def let_in(
        self, parent: pulumi.Resource, name: str, member: pulumi.Input[str]
    ) -> list[CloudResource]:
        """Let a member of Google's policies read: all history, and what is online."""
        options = pulumi.ResourceOptions(parent=parent)
        offline = {
            "datasetId": self.dataset["datasetId"],
            "role": READ_OFFLINE,
            "member": member,
        }
        token = "gcp:bigquery/datasetIamMember:DatasetIamMember"
        given = [CloudResource(token, f"{name}-offline", offline, options, outputs={})]
        if self.store is not None:
            online = {
                "featureOnlineStore": self.store["name"],
                "region": self._args.site.region,
                "role": READ_ONLINE,
                "member": member,
            }
            token = "gcp:vertex/aiFeatureOnlineStoreIamMember:AiFeatureOnlineStoreIamMember"
            given.append(CloudResource(token, f"{name}-online", online, options, outputs={}))
        return given

    def _store(self) -> CloudResource:
        """Bigtable, with a node more where one has too much to do."""
        args = self._args
        scaling = {"minNodeCount": FEWEST, "maxNodeCount": MOST, "cpuUtilizationTarget": BUSY}
        inputs = {
            "name": underscored(scoped(args.context, "online", most=NAME)),
            "region": args.site.region,
            "bigtable": {"autoScaling": scaling},
            "encryptionSpec": {"kmsKeyName": args.kms.key_for(Use.VERTEX)},
            "forceDestroy": False,
        }
        token = "gcp:vertex/aiFeatureOnlineStore:AiFeatureOnlineStore"
        return CloudResource(token, self._name, inputs, self._kept, outputs={"name": str})

    def _group(self, group: FeatureGroup) -> None:
        name, region = f"{self._name}-{group.name}", self._args.site.region
        table = FeatureTable(name, self._args, self.dataset, group, self._kept)
        inputs = {
            "name": underscored(scoped(self._args.context, group.name, most=NAME)),
            "region": region,
            "bigQuery": {
                "bigQuerySource": {"inputUri": table.address},
                "entityIdColumns": [group.key],
            },
        }
        token, seen = "gcp:vertex/aiFeatureGroup:AiFeatureGroup", {"name": str}
        made = CloudResource(token, name, inputs, self._options, outputs=seen)
        features = [
            self._feature(name, made, field) for field in group.fields if field != group.key
        ]
        if group.online:
            self._view(name, group, made, features)

    def _feature(self, name: str, group: CloudResource, field: str) -> CloudResource:
        inputs = {
            "name": field,
            "featureGroup": group["name"],
            "region": self._args.site.region,
            "versionColumnName": field,
        }
        token = "gcp:vertex/aiFeatureGroupFeature:AiFeatureGroupFeature"
        return CloudResource(token, f"{name}-{field}", inputs, self._options, outputs={"name": str})

    def _view(
        self, name: str, group: FeatureGroup, made: CloudResource, features: list[CloudResource]
    ) -> None:
        """Brings the newest row of each thing online; what is gone from the source goes there."""
        assert self.store is not None
        members: dict[str, Any] = {
            "featureGroupId": made["name"],
            "featureIds": [feature["name"] for feature in features],
        }
        inputs = {
            "name": underscored(group.name),
            "region": self._args.site.region,
            "featureOnlineStore": self.store["name"],
            "featureRegistrySource": {
                "featureGroups": [members],
                "projectNumber": self._args.account.number,
            },
            "syncConfig": {"cron": self._args.settings.materialize or DAILY},
        }
        token = "gcp:vertex/aiFeatureOnlineStoreFeatureview:AiFeatureOnlineStoreFeatureview"
        CloudResource(token, name, inputs, self._options, outputs={})
