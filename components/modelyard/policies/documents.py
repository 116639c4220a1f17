"""Reads policy documents of AWS: statements, principals, actions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from modelyard.policies.rule import items, objects, unknown


def statements(document: Any) -> list[Mapping[str, Any]]:
    """The statements of a document, which may be text; none where it is not known yet."""
    return objects(parsed(document), "Statement")


def allowing(document: Any) -> Iterator[Mapping[str, Any]]:
    """The statements that allow something."""
    return (each for each in statements(document) if each.get("Effect") == "Allow")


def parsed(document: Any) -> Any:
    """A document of JSON; None where there is none to read."""
    if not isinstance(document, str):
        return document
    try:
        return json.loads(document)
    except json.JSONDecodeError:
        return None


def everybody(statement: Mapping[str, Any]) -> bool:
    """Is its principal anyone at all, without a condition?"""
    principal = statement.get("Principal")
    named = [principal] if isinstance(principal, str) else items(principal, "AWS")
    return "*" in named and not statement.get("Condition")


def actions(statement: Mapping[str, Any]) -> list[str]:
    """The actions of a statement."""
    return [str(action) for action in items(statement, "Action")]


def everything(statement: Mapping[str, Any]) -> bool:
    """Is it about all resources, without a condition?"""
    return "*" in items(statement, "Resource") and not statement.get("Condition")


def refuses_plain_http(document: Any) -> bool:
    """Is there a denial of what does not come by TLS? One that is not known yet may hold it."""
    return unknown(document) or any(
        str(value).lower() == "false"
        for each in statements(document)
        if each.get("Effect") == "Deny"
        for value in items(each, "Condition", "Bool", "aws:SecureTransport")
    )
