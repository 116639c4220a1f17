"""The record of who did what: which events the API server is to keep, and where they are kept.

A cluster's own audit log is switched on where the API server is started, which no object inside the
cluster can do. What stands here is the policy for whoever runs it, and the evidence.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import yaml

from modelyard.contracts.audit_log import AuditLogArgs
from modelyard.contracts.cluster import Cluster
from modelyard.contracts.context import Purpose
from modelyard.contracts.identity import Identity
from modelyard.objects.manifests import config_map
from modelyard.objects.objects import Objects

_EVIDENCE = "audit-evidence"
_POLICY = "audit-policy"


@dataclass(frozen=True, kw_only=True)
class AuditPolicyArgs(AuditLogArgs):
    cluster: Cluster
    identity: Identity


class AuditPolicy(pulumi.ComponentResource):
    """The audit policy that the API server should run with, for the cluster's owner to take."""

    def __init__(
        self, name: str, args: AuditPolicyArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:audit-log:AuditPolicy", name, None, opts)
        objects = _objects(self, name, args)
        namespaces = [n.name for n in args.identity.namespaces.values()]
        text = yaml.safe_dump(audit_policy(namespaces), sort_keys=False)
        objects.add(config_map(_POLICY, {"policy.yaml": text}), _POLICY)
        objects.add(config_map(_EVIDENCE, _evidence(args)), _EVIDENCE)
        self.register_outputs({"policy": _POLICY})


class AttachedAuditLog(pulumi.ComponentResource):
    """Evidence of where the cluster's audit log is kept, and for how long."""

    def __init__(
        self, name: str, args: AuditPolicyArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:audit-log:AttachedAuditLog", name, None, opts)
        _objects(self, name, args).add(config_map(_EVIDENCE, _evidence(args)), _EVIDENCE)
        self.register_outputs({"evidence": _EVIDENCE})


def audit_policy(namespaces: list[str]) -> Mapping[str, Any]:
    """Who read which secret, never what was in it; every change in our namespaces, in full."""
    secrets = [{"group": "", "resources": ["secrets", "configmaps", "serviceaccounts/token"]}]
    rbac = [{"group": "rbac.authorization.k8s.io"}]
    admission = [{"group": "admissionregistration.k8s.io"}]
    changes = ["create", "update", "patch", "delete", "deletecollection"]
    return {
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "omitStages": ["RequestReceived"],
        "rules": [
            {"level": "Metadata", "resources": secrets},
            {"level": "Request", "verbs": changes, "resources": [*rbac, *admission]},
            {"level": "Request", "namespaces": namespaces, "verbs": changes},
            {"level": "Metadata", "namespaces": namespaces},
            {"level": "Metadata", "verbs": changes},
            {"level": "None"},
        ],
    }


def _objects(parent: pulumi.Resource, name: str, args: AuditPolicyArgs) -> Objects:
    namespace = args.identity.namespaces[Purpose.PLATFORM]
    return Objects(parent, name, args.cluster, namespace, args.context.labels("audit"))


def _evidence(args: AuditPolicyArgs) -> Mapping[str, str]:
    """What the blueprint's author states and nobody can read off the cluster."""
    attach = args.site.audit.attach
    stated = {
        "audit_log_location": attach.location if attach else None,
        "audit_log_retention_days": attach.retention_days if attach else None,
        "encryption_at_rest": args.site.keys.at_rest,
        "compliance": list(args.context.compliance),
    }
    return {"evidence.json": json.dumps(stated, indent=2)}
