"""What watches the project: Sensitive Data Protection looks for personal data in the buckets.

Images are scanned by Artifact Registry wherever they are kept, and intruders are Security Command
Center's to find, which is the organisation's to switch on: no resource here does it.
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from modelyard.blueprint.site import GcpSite
from modelyard.contracts.detection import DetectionArgs
from modelyard.objects.cloud import CloudResource
from modelyard.sites.gcp.account import GcpProject
from modelyard.sites.gcp.kms import KmsKeys
from modelyard.sites.gcp.names import topic_name
from modelyard.sites.gcp.object_store import AttachedBucket, GcsBuckets
from modelyard.sites.gcp.uses import Use

AGENT = "dlp-api"
SOUGHT = (
    "CREDIT_CARD_NUMBER",
    "DATE_OF_BIRTH",
    "EMAIL_ADDRESS",
    "IBAN_CODE",
    "IP_ADDRESS",
    "MEDICAL_RECORD_NUMBER",
    "PASSPORT",
    "PERSON_NAME",
    "PHONE_NUMBER",
    "STREET_ADDRESS",
)
"""Kinds of personal data; source: Sensitive Data Protection, infoType detector reference."""
_WEEK = "604800s"
_SHARE = 10
"""Percent of the files that are looked into each time."""


@dataclass(frozen=True, kw_only=True)
class WatchArgs(DetectionArgs):
    site: GcpSite
    account: GcpProject
    kms: KmsKeys
    object_store: GcsBuckets | AttachedBucket


class PersonalData(pulumi.ComponentResource):
    """Every week, whether what is new among artifacts and data holds personal data."""

    def __init__(
        self, name: str, args: WatchArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:detection:PersonalData", name, None, opts)
        self._name, self._args = name, args
        self._options = pulumi.ResourceOptions(parent=self, depends_on=args.account.services)
        self._member = self._identity()
        topic = self._topic()
        store = args.object_store
        for part, bucket in {"artifacts": store.bucket, "data": store.data_bucket}.items():
            store.let_in("detection", self._member, reads=[f"gs://{bucket}/"])
            self._look(part, bucket, topic)
        self.register_outputs({"findings": topic.id})

    def _identity(self) -> pulumi.Output[str]:
        inputs = {"project": self._args.site.project, "service": "dlp.googleapis.com"}
        token = "gcp:projects/serviceIdentity:ServiceIdentity"
        seen = {"member": str}
        made = CloudResource(token, self._name, inputs, self._options, outputs=seen)
        return made["member"]

    def _topic(self) -> CloudResource:
        """Where findings are told; whoever acts on them subscribes."""
        inputs = {
            "name": topic_name(self._args.context, "findings"),
            "kmsKeyName": self._args.kms.key_for(Use.TOPICS),
        }
        token = "gcp:pubsub/topic:Topic"
        topic = CloudResource(token, self._name, inputs, self._options, outputs={"name": str})
        publishing = {
            "topic": topic["name"],
            "role": "roles/pubsub.publisher",
            "member": self._member,
        }
        token = "gcp:pubsub/topicIAMMember:TopicIAMMember"
        CloudResource(token, self._name, publishing, self._options, outputs={})
        return topic

    def _look(self, part: str, bucket: str, topic: CloudResource) -> None:
        site, context = self._args.site, self._args.context
        files = {
            "fileSet": {"url": f"gs://{bucket}/**"},
            "filesLimitPercent": _SHARE,
            "sampleMethod": "RANDOM_START",
            "bytesLimitPerFilePercent": _SHARE,
        }
        since = {"enableAutoPopulationOfTimespanConfig": True}
        inputs = {
            "parent": f"projects/{site.project}/locations/{site.region}",
            "displayName": f"{context.scope}: personal data in {part}",
            "triggers": [{"schedule": {"recurrencePeriodDuration": _WEEK}}],
            "inspectJob": {
                "storageConfig": {"cloudStorageOptions": files, "timespanConfig": since},
                "inspectConfig": {
                    "infoTypes": [{"name": kind} for kind in SOUGHT],
                    "minLikelihood": "LIKELY",
                    "includeQuote": False,
                },
                "actions": [{"pubSub": {"topic": topic.id}}, {"jobNotificationEmails": {}}],
            },
        }
        token = "gcp:dataloss/preventionJobTrigger:PreventionJobTrigger"
        CloudResource(token, f"{self._name}-{part}", inputs, self._options, outputs={})
