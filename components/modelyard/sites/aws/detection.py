"""What watches the account: GuardDuty for intruders, Macie for leaks, Inspector for weak software.

An account has each of these once in a region. One that has them already, by its organisation for
instance, needs `detection: false`; AWS would refuse to switch them on a second time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from modelyard.blueprint.site import AwsSite
from modelyard.contracts.account import Account
from modelyard.contracts.detection import DetectionArgs
from modelyard.contracts.kms import Encrypts, Kms
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.names import scoped
from modelyard.sites.aws.notices import Notices
from modelyard.sites.aws.object_store import AttachedBucket, S3Buckets

FEATURES: Mapping[str, str | None] = {
    "S3_DATA_EVENTS": None,
    "EKS_AUDIT_LOGS": None,
    "RUNTIME_MONITORING": "EKS_ADDON_MANAGEMENT",
    "RDS_LOGIN_EVENTS": None,
    "LAMBDA_NETWORK_LOGS": None,
}
"""What GuardDuty looks at besides calls, names and flows, and what each needs to do so."""
SCANNED = ("EC2", "ECR")
"""What Inspector looks for known weaknesses: nodes and images."""
FINDINGS: Mapping[str, Mapping[str, Any]] = {
    "guardduty": {
        "source": ["aws.guardduty"],
        "detail-type": ["GuardDuty Finding"],
        "detail": {"severity": [{"numeric": [">=", 4]}]},
    },
    "macie": {
        "source": ["aws.macie"],
        "detail-type": ["Macie Finding"],
        "detail": {"severity": {"description": ["Medium", "High"]}},
    },
    "inspector": {
        "source": ["aws.inspector2"],
        "detail-type": ["Inspector2 Finding"],
        "detail": {"severity": ["HIGH", "CRITICAL"], "status": ["ACTIVE"]},
    },
}
"""Findings that somebody is told of; the others wait in the services' own lists."""
_JOB = 500
"""Most characters of the name of a job of Macie's."""


@dataclass(frozen=True, kw_only=True)
class WatchArgs(DetectionArgs):
    site: AwsSite
    account: Account
    kms: Kms
    object_store: S3Buckets | AttachedBucket


class Detection(pulumi.ComponentResource):
    """The account's watchmen, and who is told of what they find."""

    def __init__(
        self, name: str, args: WatchArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:detection:Detection", name, None, opts)
        self._name, self._args = name, args
        self._options = pulumi.ResourceOptions(parent=self)
        self._guardduty()
        self._macie()
        self._inspector()
        self._analyzer()
        notices = Notices(self, name, args.context, args.site, args.kms, called="findings")
        for part, pattern in FINDINGS.items():
            notices.events(part, pattern)
        self.register_outputs({"findings": notices.arn})

    def _guardduty(self) -> None:
        token = "aws:guardduty/detector:Detector"
        inputs = {"enable": True, "findingPublishingFrequency": "FIFTEEN_MINUTES"}
        detector = CloudResource(token, self._name, inputs, self._options, outputs={})
        for feature, needs in FEATURES.items():
            further = [{"name": needs, "status": "ENABLED"}] if needs else None
            of_feature = {
                "detectorId": detector.id,
                "name": feature,
                "status": "ENABLED",
                "additionalConfigurations": further,
            }
            part = feature.lower().replace("_", "-")
            self._add("aws:guardduty/detectorFeature:DetectorFeature", part, of_feature)

    def _macie(self) -> None:
        """Every week, whether what is new among artifacts and data holds personal data."""
        store = self._args.object_store
        buckets = sorted({store.bucket, store.data_bucket})
        account = CloudResource(
            "aws:macie2/account:Account",
            self._name,
            {"status": "ENABLED", "findingPublishingFrequency": "FIFTEEN_MINUTES"},
            self._options,
            outputs={"serviceRole": str},
        )
        inputs = {
            "name": scoped(self._args.context, "personal-data", most=_JOB),
            "jobType": "SCHEDULED",
            "initialRun": True,
            "scheduleFrequency": {"weeklySchedule": "SUNDAY"},
            "s3JobDefinition": {
                "bucketDefinitions": [{"accountId": self._args.site.account, "buckets": buckets}]
            },
        }
        reading = self._reading(account)
        token = "aws:macie2/classificationJob:ClassificationJob"
        self._add(token, "personal-data", inputs, after=[account, reading])

    def _reading(self, account: CloudResource) -> CloudResource:
        """Macie reads what the platform's key has encrypted, as its own role in this account."""
        inputs = {
            "keyId": self._key(),
            "granteePrincipal": account["serviceRole"],
            "operations": ["Decrypt"],
        }
        return self._add("aws:kms/grant:Grant", "macie", inputs)

    def _key(self) -> pulumi.Input[str]:
        attach = self._args.site.object_store.attach
        return (attach and attach.key) or self._args.kms.key(Encrypts.DATA)

    def _analyzer(self) -> None:
        """Says what of the account can be reached from other accounts; one for each region."""
        inputs = {"analyzerName": self._args.context.scope, "type": "ACCOUNT"}
        token = "aws:accessanalyzer/analyzer:Analyzer"
        CloudResource(token, f"{self._name}-analyzer", inputs, self._options)

    def _inspector(self) -> None:
        inputs = {"accountIds": [self._args.site.account], "resourceTypes": list(SCANNED)}
        self._add("aws:inspector2/enabler:Enabler", "inspector", inputs)

    def _add(
        self,
        token: str,
        part: str,
        inputs: Mapping[str, Any],
        after: list[CloudResource] | None = None,
    ) -> CloudResource:
        options = pulumi.ResourceOptions(parent=self, depends_on=after)
        return CloudResource(token, f"{self._name}-{part}", inputs, options, outputs={})
