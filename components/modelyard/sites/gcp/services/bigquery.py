"""Datasets of BigQuery, and who reads or writes their tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pulumi

from modelyard.objects.cloud import CloudResource
from modelyard.sites.gcp.uses import Use

if TYPE_CHECKING:
    from modelyard.sites.gcp.services.data_quality import DataplexArgs
    from modelyard.sites.gcp.vertex.features import VertexFeaturesArgs

READ, WRITE, RUN = (
    "roles/bigquery.dataViewer",
    "roles/bigquery.dataEditor",
    "roles/bigquery.jobUser",
)


def make_dataset(
    parent: pulumi.Resource,
    name: str,
    args: DataplexArgs | VertexFeaturesArgs,
    called: str,
    why: str,
    *,
    emptied: bool,
) -> CloudResource:
    """A dataset where the site is, under the platform's key; `emptied` when it is taken down."""
    protect = args.context.protect
    inputs = {
        "project": args.site.project,
        "datasetId": called,
        "location": args.site.region,
        "description": why,
        "defaultEncryptionConfiguration": {"kmsKeyName": args.kms.key_for(Use.BIGQUERY)},
        "deleteContentsOnDestroy": emptied,
    }
    options = pulumi.ResourceOptions(
        parent=parent, protect=protect or None, depends_on=args.account.services
    )
    token, seen = "gcp:bigquery/dataset:Dataset", {"datasetId": str}
    return CloudResource(token, name, inputs, options, outputs=seen)


def make_table(
    parent: pulumi.Resource, name: str, args: DataplexArgs, dataset: CloudResource, called: str
) -> CloudResource:
    """A table without columns: they come with what is loaded first, and stay as they are then."""
    inputs = {
        "project": args.site.project,
        "datasetId": dataset["datasetId"],
        "tableId": called,
        "deletionProtection": args.context.protect,
    }
    options = pulumi.ResourceOptions(
        parent=parent, protect=args.context.protect or None, ignore_changes=["schema"]
    )
    return CloudResource("gcp:bigquery/table:Table", name, inputs, options, outputs={})


def let_into(
    parent: pulumi.Resource,
    name: str,
    args: DataplexArgs,
    dataset: pulumi.Input[str],
    role: str,
    member: pulumi.Input[str],
    after: Sequence[pulumi.Resource] = (),
) -> CloudResource:
    """One role of one member in one dataset."""
    inputs = {
        "project": args.site.project,
        "datasetId": dataset,
        "role": role,
        "member": member,
    }
    options = pulumi.ResourceOptions(parent=parent, depends_on=list(after))
    token = "gcp:bigquery/datasetIamMember:DatasetIamMember"
    return CloudResource(token, name, inputs, options, outputs={})
