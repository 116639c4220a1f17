"""Log groups: encrypted, and with an end. Whoever writes first would make one without either."""

from __future__ import annotations

import pulumi

from modelyard.contracts.context import Context
from modelyard.contracts.kms import Encrypts, Kms
from modelyard.objects.cloud import CloudResource

RETENTION = 365
"""Days; the least that CIS and PCI DSS ask of logs."""


def log_group(parent: pulumi.Resource, name: str, kms: Kms, called: str) -> CloudResource:
    """A log group; `called` is its name on AWS, which many services dictate."""
    inputs = {
        "name": called,
        "retentionInDays": RETENTION,
        "kmsKeyId": kms.key(Encrypts.LOGS),
    }
    options = pulumi.ResourceOptions(parent=parent)
    return CloudResource("aws:cloudwatch/logGroup:LogGroup", name, inputs, options)


def own_group(context: Context, path: str, prefix: str = "") -> str:
    """The name of a group of ours; some services write only below a prefix of their own."""
    return f"{prefix}/modelyard/{context.scope}/{path}"
