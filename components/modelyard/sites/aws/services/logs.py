"""Log groups of managed services: encrypted, and kept for a year."""

from __future__ import annotations

import pulumi

from modelyard.contracts.context import Context
from modelyard.contracts.kms import Encrypts, Kms
from modelyard.objects.cloud import CloudResource
from modelyard.sites.aws.flow_logs import RETENTION

TOKEN = "aws:cloudwatch/logGroup:LogGroup"


def log_group(
    parent: pulumi.Resource, name: str, context: Context, kms: Kms, path: str, prefix: str = ""
) -> CloudResource:
    """`<prefix>/modelyard/<scope>/<path>`; some services write only below a prefix of their own."""
    inputs = {
        "name": f"{prefix}/modelyard/{context.scope}/{path}",
        "retentionInDays": RETENTION,
        "kmsKeyId": kms.key(Encrypts.LOGS),
    }
    return CloudResource(TOKEN, name, inputs, pulumi.ResourceOptions(parent=parent))
