"""Dataplex: rules held against tables of BigQuery, and a mail to the owner when one is broken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pulumi

from modelyard.blueprint.cron import cron
from modelyard.blueprint.data_plane import Ingestion, IngestionEngine, TableRules
from modelyard.blueprint.site import GcpSite
from modelyard.contracts.validation import ValidationArgs
from modelyard.objects.cloud import CloudResource
from modelyard.sites.gcp.account import GcpProject
from modelyard.sites.gcp.alerts import Alert, add_log_alert
from modelyard.sites.gcp.custom_roles import custom_role
from modelyard.sites.gcp.kms import KmsKeys
from modelyard.sites.gcp.names import scoped, underscored
from modelyard.sites.gcp.service_accounts import ServiceAccount, acting_as, service_account
from modelyard.sites.gcp.services.bigquery import (
    READ,
    RUN,
    WRITE,
    let_into,
    make_dataset,
    make_table,
)

NAME = 63
"""Most characters of a scan's name."""
DAILY = timedelta(days=1)
RUNNING = ("dataplex.datascans.get", "dataplex.datascans.getData", "dataplex.datascans.run")
"""What starts a scan and sees what came of it, and can change none."""
_TOKENS = "roles/iam.serviceAccountTokenCreator"
_TOLD = 1024


@dataclass(frozen=True, kw_only=True)
class DataplexArgs(ValidationArgs):
    site: GcpSite
    account: GcpProject
    kms: KmsKeys


class DataplexQuality(pulumi.ComponentResource):
    """A scan for each table, by an account that reads these tables and writes its results.

    A scan is made of a table that is there: in a dataset of ours each begins without columns, in
    one that is named the tables have to be there. Source: Dataplex guide, auto data quality.
    """

    def __init__(
        self, name: str, args: DataplexArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:validation:DataplexQuality", name, None, opts)
        self._name, self._args = name, args
        self._settings = args.blueprint.ingestion or Ingestion()
        self.dataset = self._settings.database or underscored(args.context.scope)
        self.scans = {each.table: self._called(each.table) for each in self._settings.rules}
        self.results = f"{underscored(args.context.scope)}_quality"
        self._account = self._reader()
        tables = self._tables()
        ready = [*tables, *self._rights(tables)]
        self._made = {each.table: self._scan(each, ready) for each in self._settings.rules}
        self._tell()
        self.register_outputs({"dataset": self.dataset, "scans": self.scans})

    def address(self, table: str) -> str:
        """The full name of a table's scan, as the API has it."""
        site = self._args.site
        return f"projects/{site.project}/locations/{site.region}/dataScans/{self.scans[table]}"

    def let_run(self, who: str, member: pulumi.Input[str]) -> list[CloudResource]:
        """Let a member start these scans; `who` tells it apart in the names of resources."""
        role = custom_role(
            self,
            f"{self._name}-{who}",
            self._args.context,
            self._args.site,
            called=f"{who}-scans",
            why="starts scans",
            permissions=RUNNING,
        )
        return [self._let_run(who, member, role, table) for table in self.scans]

    def _let_run(
        self, who: str, member: pulumi.Input[str], role: pulumi.Output[str], table: str
    ) -> CloudResource:
        inputs = {
            "project": self._args.site.project,
            "location": self._args.site.region,
            "dataScanId": self._made[table]["dataScanId"],
            "role": role,
            "member": member,
        }
        options = pulumi.ResourceOptions(parent=self)
        token = "gcp:dataplex/datascanIamMember:DatascanIamMember"
        return CloudResource(token, f"{self._name}-{who}-{table}", inputs, options, outputs={})

    def _called(self, table: str) -> str:
        return scoped(self._args.context, table.replace("_", "-"), "rules", most=NAME)

    def _reader(self) -> ServiceAccount:
        """What scans run as: Dataplex's own identity may become it."""
        args = self._args
        account = service_account(
            self,
            self._name,
            args.context,
            args.site,
            called=("validation",),
            why=f"{args.context.scope}: holds rules against tables",
            roles=[RUN],
        )
        inputs = {"project": args.site.project, "service": "dataplex.googleapis.com"}
        options = pulumi.ResourceOptions(parent=self, depends_on=args.account.services)
        token = "gcp:projects/serviceIdentity:ServiceIdentity"
        agent = CloudResource(token, self._name, inputs, options, outputs={"member": str})
        becomes = acting_as(self, f"{self._name}-becomes", account, agent["member"], _TOKENS)
        account.grants.append(becomes)
        return account

    def _tables(self) -> list[CloudResource]:
        """A dataset and its tables, unless there is one already."""
        if self._settings.database:
            return []
        args, why = self._args, f"Tables of {self._args.context.scope}"
        made = make_dataset(
            self, self._name, args, self.dataset, why, emptied=not args.context.protect
        )
        return [
            made,
            *(make_table(self, f"{self._name}-{it}", args, made, it) for it in self.scans),
        ]

    def _rights(self, tables: Sequence[CloudResource]) -> list[CloudResource]:
        args, member = self._args, self._account.member
        why = f"Which rules were kept, by {args.context.scope}"
        results = make_dataset(
            self,
            f"{self._name}-results",
            args,
            self.results,
            why,
            emptied=not args.context.protect,
        )
        into = results["datasetId"]
        return [
            *self._account.grants,
            let_into(self, f"{self._name}-tables", args, self.dataset, READ, member, tables),
            let_into(self, f"{self._name}-results", args, into, WRITE, member),
        ]

    def _scan(self, each: TableRules, ready: list[CloudResource]) -> CloudResource:
        args = self._args
        rules = [rule(number, text) for number, text in enumerate(each.rules, 1)]
        export = {"resultsTable": f"{self._path(self.results)}/tables/results"}
        inputs = {
            "project": args.site.project,
            "location": args.site.region,
            "dataScanId": self.scans[each.table],
            "description": f"What has to hold of {self.dataset}.{each.table}",
            "data": {"resource": f"{self._path(self.dataset)}/tables/{each.table}"},
            "dataQualitySpec": {"rules": rules, "postScanActions": {"bigqueryExport": export}},
            "executionIdentity": {"serviceAccount": {"email": self._account.email}},
            "executionSpec": {"trigger": self._trigger()},
        }
        options = pulumi.ResourceOptions(parent=self, depends_on=ready)
        token, part = "gcp:dataplex/datascan:Datascan", f"{self._name}-{each.table}"
        return CloudResource(token, part, inputs, options, outputs={"dataScanId": str})

    def _path(self, dataset: str) -> str:
        return f"//bigquery.googleapis.com/projects/{self._args.site.project}/datasets/{dataset}"

    def _trigger(self) -> Mapping[str, Any]:
        """By the clock, where no workflow starts with it."""
        if self._settings.engine is IngestionEngine.WORKFLOWS:
            return {"onDemand": {}}
        return {"schedule": {"cron": cadence(self._settings)}}

    def _tell(self) -> None:
        """Somebody hears of rules that do not hold, and of scans that did not come to an end."""
        ids = " OR ".join(f'"{called}"' for called in sorted(self.scans.values()))
        state = 'labels."dataplex.googleapis.com/data_scan_state"'
        broken = f'{state} = "SUCCEEDED" AND NOT jsonPayload.dataQuality.passed = true'
        filter = (
            'resource.type = "dataplex.googleapis.com/DataScan" '
            f"AND resource.labels.datascan_id = ({ids}) "
            f'AND ({state} = "FAILED" OR ({broken}))'
        )
        why = f"Rules of tables in {self.dataset} do not hold: see {self.results}.results."
        alert = Alert(part="broken-rules", filter=filter, compared=">", threshold=0, why=why)
        add_log_alert(self, self._name, self._args.context, self._args.account, alert)


def rule(number: int, text: str) -> Mapping[str, Any]:
    """A query finds rows that break the rule; anything else is a condition on each row."""
    query = text.lstrip().upper().startswith(("SELECT", "WITH"))
    expectation: Mapping[str, Any] = (
        {"sqlAssertion": {"sqlStatement": text}}
        if query
        else {"rowConditionExpectation": {"sqlExpression": text}}
    )
    told = {"name": f"rule-{number}", "description": text[:_TOLD], "dimension": "VALIDITY"}
    return {**told, **expectation}


def cadence(settings: Ingestion) -> str:
    """How often the rules are held against the tables, as cron has it."""
    found = cron(settings.every or DAILY)
    assert found is not None  # other cadences are refused beforehand
    return found
