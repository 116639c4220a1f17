"""Glue Data Quality: rules held against tables by the clock, and a notice when one is broken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pulumi

from modelyard.blueprint.data_plane import Ingestion, IngestionEngine, TableRules
from modelyard.blueprint.site import AwsSite
from modelyard.contracts.account import Account
from modelyard.contracts.kms import Encrypts, Kms
from modelyard.contracts.validation import ValidationArgs
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.grants import statements
from modelyard.sites.aws.names import arn, bucket_arn, partition, scoped
from modelyard.sites.aws.notices import Notices
from modelyard.sites.aws.object_store import AttachedBucket, S3Buckets
from modelyard.sites.aws.policies import Statement, allow
from modelyard.sites.aws.roles import service_role

NAME, SCHEDULE = 255, 64
"""Most characters of the names of rule sets and of schedules."""
DAILY = timedelta(days=1)
_HOUR = timedelta(hours=1)
STATES = ("FAILED", "ERROR")
_TABLES = ("GetDatabase", "GetPartition", "GetPartitions", "GetTable", "GetTables")
_RESULTS = ("GetDataQualityRuleset", "PublishDataQuality")


@dataclass(frozen=True, kw_only=True)
class GlueArgs(ValidationArgs):
    site: AwsSite
    account: Account
    kms: Kms
    object_store: S3Buckets | AttachedBucket


class GlueDataQuality(pulumi.ComponentResource):
    """A set of rules for each table. `role` is what evaluations run as."""

    def __init__(
        self, name: str, args: GlueArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:validation:GlueDataQuality", name, None, opts)
        self._name, self._args = name, args
        self._settings = args.blueprint.ingestion or Ingestion()
        self._options = pulumi.ResourceOptions(parent=self)
        self.database = self._settings.database or self._catalog()
        self.rulesets = {each.table: self._called(each.table) for each in self._settings.rules}
        self.role = self._reader()
        self._made = {each.table: self._ruleset(each) for each in self._settings.rules}
        if self._settings.engine is not IngestionEngine.STEP_FUNCTIONS:
            self._by_the_clock()
        self._tell()
        self.register_outputs({"database": self.database, "rulesets": self.rulesets})

    def run(self, table: str) -> dict[str, Any]:
        """What an evaluation is started with, as the API has it."""
        where = {"DatabaseName": self.database, "TableName": table}
        return {
            "DataSource": {"GlueTable": where},
            "Role": self.role["arn"],
            "RulesetNames": [self.rulesets[table]],
            "AdditionalRunOptions": {"CloudWatchMetricsEnabled": True},
        }

    def rights(self) -> list[Statement]:
        """What lets somebody start these evaluations and see what came of them."""
        places = [
            arn(self._args.site, "glue", f"dataQualityRuleset/{called}")
            for called in self.rulesets.values()
        ]
        passing = {"StringEquals": {"iam:PassedToService": "glue.amazonaws.com"}}
        seeing = ("glue:GetDataQualityResult", "glue:GetDataQualityRulesetEvaluationRun")
        return [
            allow(["glue:StartDataQualityRulesetEvaluationRun"], places),
            allow(seeing, [arn(self._args.site, "glue", "dataQualityRuleset/*")]),
            allow(["iam:PassRole"], [self.role["arn"]], passing),
        ]

    def _called(self, table: str) -> str:
        return scoped(self._args.context, table, most=NAME)

    def _catalog(self) -> str:
        """A database of the catalog; crawlers and jobs of the team bring its tables."""
        called = self._args.context.scope.replace("-", "_")
        inputs = {"name": called, "description": f"Tables of {self._args.context.scope}"}
        token = "aws:glue/catalogDatabase:CatalogDatabase"
        CloudResource(token, self._name, inputs, self._options, outputs={})
        return called

    def _ruleset(self, each: TableRules) -> CloudResource:
        rules = ",\n".join(f"    {rule}" for rule in each.rules)
        inputs = {
            "name": self.rulesets[each.table],
            "description": f"What has to hold of {self.database}.{each.table}",
            "ruleset": f"Rules = [\n{rules}\n]",
        }
        token, part = "aws:glue/dataQualityRuleset:DataQualityRuleset", f"{self._name}-{each.table}"
        return CloudResource(token, part, inputs, self._options, outputs={})

    def _by_the_clock(self) -> None:
        """By itself, where no workflow starts with it."""
        scheduler = self._scheduler()
        for table, ruleset in self._made.items():
            self._schedule(table, ruleset, scheduler)

    def _schedule(self, table: str, ruleset: CloudResource, by: CloudResource) -> None:
        region = self._args.site.region
        inputs = {
            "name": scoped(self._args.context, "validate", table, most=SCHEDULE),
            "scheduleExpression": cadence(self._settings),
            "flexibleTimeWindow": {"mode": "FLEXIBLE", "maximumWindowInMinutes": 15},
            "kmsKeyArn": self._args.kms.key(Encrypts.DATA),
            "target": {
                "arn": f"arn:{partition(region)}:scheduler:::aws-sdk:glue:"
                "startDataQualityRulesetEvaluationRun",
                "roleArn": by["arn"],
                "input": pulumi.Output.json_dumps(self.run(table)),
                "retryPolicy": {"maximumRetryAttempts": 2, "maximumEventAgeInSeconds": 3600},
            },
        }
        options = pulumi.ResourceOptions(parent=self, depends_on=[ruleset])
        token, part = "aws:scheduler/schedule:Schedule", f"{self._name}-{table}"
        CloudResource(token, part, inputs, options, outputs={})

    def _reader(self) -> CloudResource:
        args = self._args
        return service_role(
            self,
            self._name,
            args.context,
            args.site,
            service="glue.amazonaws.com",
            called=("validation",),
            statements=_reading(args, self.database, list(self.rulesets.values())),
        )

    def _scheduler(self) -> CloudResource:
        args, key = self._args, self._args.kms.key(Encrypts.DATA)
        return service_role(
            self,
            f"{self._name}-scheduler",
            args.context,
            args.site,
            service="scheduler.amazonaws.com",
            called=("schedule", "validation"),
            statements=[*self.rights(), allow(["kms:Decrypt"], [key])],
        )

    def _tell(self) -> None:
        """Somebody hears of rules that do not hold."""
        args = self._args
        notices = Notices(
            self, f"{self._name}-notices", args.context, args.site, args.kms, called="validation"
        )
        pattern = {
            "source": ["aws.glue-dataquality"],
            "detail-type": ["Data Quality Evaluation Results Available"],
            "detail": {"state": list(STATES), "rulesetNames": sorted(self.rulesets.values())},
        }
        notices.events("broken-rules", pattern)


def cadence(settings: Ingestion) -> str:
    """How often the rules are held against the tables, as the scheduler writes it."""
    hours = (settings.every or DAILY) // _HOUR
    return f"rate({hours} hour{'s' if hours > 1 else ''})"


def _reading(args: GlueArgs, database: str, rulesets: Sequence[str]) -> list[Statement]:
    """Tables of one database, data in the platform's data bucket, and results.

    Source: Glue developer guide, IAM permissions for Glue Data Quality.
    """
    site, attach = args.site, args.site.object_store.attach
    key = attach.key if attach else args.kms.key(Encrypts.DATA)
    tables = ["catalog", f"database/{database}", f"table/{database}/*"]
    assets = f"aws-glue-ml-data-quality-assets-{site.region}"
    metrics = {"StringEquals": {"cloudwatch:namespace": "Glue Data Quality"}}
    logs = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
    return [
        *statements(site, [f"s3://{args.object_store.data_bucket}/"], [], key),
        allow([f"glue:{it}" for it in _TABLES], [arn(site, "glue", it) for it in tables]),
        allow(
            [f"glue:{it}" for it in _RESULTS],
            [arn(site, "glue", f"dataQualityRuleset/{it}") for it in rulesets],
        ),
        allow(["s3:GetObject"], [bucket_arn(site, assets, "*")]),
        allow(logs, [arn(site, "logs", "log-group:/aws-glue/*")]),
        allow(["cloudwatch:PutMetricData"], ["*"], metrics),
    ]
