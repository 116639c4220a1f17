"""Secrets are made at random, kept where secrets are kept, and never in the open."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from modelyard.policies.pods import WITH_PODS, containers, named
from modelyard.policies.rule import Findings, Seen, at, items, number, objects, rule, unknown

_SECRET = "kubernetes:core/v1:Secret"
_RDS = "aws:rds/instance:Instance"
_LOOKS_SECRET = re.compile(r"(?i)(^|_)(password|passwd|secret|token|api_?key|private_?key)$")
_NAMES_OF_FILES = re.compile(r"^[/~]|_(file|path|name|url|uri)$", re.IGNORECASE)
_KEY_MATERIAL = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b")


@rule("secrets-environment", *WITH_PODS)
def environment(it: Seen) -> Findings:
    for container in containers(it):
        for each in objects(container, "env"):
            name, value = str(each.get("name", "")), each.get("value")
            if _LOOKS_SECRET.search(name) and _written(value):
                yield f"{named(container)}: {name} stands in the open"


def _written(value: Any) -> bool:
    """Is it a text that says something itself, and not where something else is?"""
    if not isinstance(value, str) or not value or unknown(value):
        return False
    return not _NAMES_OF_FILES.search(value) and not value.startswith("$(")


@rule("secrets-key-material", "kubernetes:core/v1:ConfigMap")
def key_material(it: Seen) -> Findings:
    for text in _texts(it.inputs):
        if found := _KEY_MATERIAL.search(text):
            yield f"it holds {'a private key' if 'BEGIN' in found[0] else 'an access key of AWS'}"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


@rule("secrets-masked", _SECRET, secrecy=True)
def masked(it: Seen) -> Findings:
    for part in ("data", "stringData"):
        for key, value in (at(it.inputs, part) or {}).items():
            if isinstance(value, str) and value and not unknown(value):
                yield f"{part}.{key} is not marked as secret: it stands in the state in the open"


_PASSWORDS = {
    "aws:elasticache/replicationGroup:ReplicationGroup": ("authToken",),
    "aws:rds/instance:Instance": ("password",),
    "gcp:alloydb/cluster:Cluster": ("initialUser", "password"),
    "gcp:sql/user:User": ("password",),
}


@rule("secrets-password-masked", *_PASSWORDS, secrecy=True)
def password_masked(it: Seen) -> Findings:
    value = at(it.inputs, *_PASSWORDS[it.type])
    if isinstance(value, str) and value and not unknown(value):
        yield f"{'.'.join(_PASSWORDS[it.type])} is not marked as secret"


@rule("secrets-database-managed", _RDS)
def database_managed(it: Seen) -> Findings:
    if it.inputs.get("manageMasterUserPassword") is not True:
        yield "the superuser's password is in the state, and nobody renews it"


@rule("secrets-length", "random:index/randomPassword:RandomPassword")
def length(it: Seen) -> Findings:
    if number(it.inputs.get("length")) < 24:
        yield f"{number(it.inputs.get('length'))} characters can be guessed"


@rule("secrets-rotation", "aws:secretsmanager/secretRotation:SecretRotation")
def rotation(it: Seen) -> Findings:
    rules = it.inputs.get("rotationRules")
    days = number(at(rules, "automaticallyAfterDays"))
    if not 0 < days <= 90 and not at(rules, "scheduleExpression"):
        yield "it is not renewed at least every 90 days"


@rule("secrets-store-scope", "kubernetes:external-secrets.io/v1:ClusterSecretStore")
def store_scope(it: Seen) -> Findings:
    if not items(it.inputs, "spec", "conditions"):
        yield "every namespace of the cluster may ask for every secret"


@rule("secrets-certificate-renewal", "kubernetes:cert-manager.io/v1:Certificate")
def certificate_renewal(it: Seen) -> Findings:
    if at(it.inputs, "spec", "isCA") is True:
        return
    if at(it.inputs, "spec", "privateKey", "rotationPolicy") != "Always":
        yield "a new certificate keeps the old key"
