"""What a stack's state holds, as a graph: to be compared with the one that is planned."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from modelyard.blueprint.errors import ModelyardError, quoted
from modelyard.recorder import Graph, Resource
from modelyard.recorder.urn import STACK_TYPE, URN
from modelyard.recorder.values import Secret

_SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key by which the engine tells values that are not plain JSON."""
_SECRET = "1b47061264138c4ac30d75fd1eb44270"
_DEFAULTS = "__defaults"
"""Where bridged providers note which inputs are theirs and not the program's."""
_KUBERNETES_SECRET = "kubernetes:core/v1:Secret"
_OF_SECRETS = ("data", "stringData")
_OF_PROVIDERS = ("version",)
MAX_BYTES = 256 * 1024 * 1024


def deployed_graph(deployment: Mapping[str, Any] | None, project: str, stack: str) -> Graph:
    """The graph of an exported `deployment`. Secrets stay what they are, masked."""
    resources = (deployment or {}).get("resources") or []
    roots = {each["urn"] for each in resources if each["type"] == STACK_TYPE}
    managed = [r for r in resources if r["type"] != STACK_TYPE and not r.get("delete")]
    return Graph.of(project, stack, [_resource(each, roots) for each in managed], {})


def comparable(graph: Graph) -> Graph:
    """A planned graph without what a state keeps in another form: what is in Secrets."""
    resources = tuple(replace(each, inputs=_kept(each.type, each.inputs)) for each in graph)
    return replace(graph, resources=resources)


def read_state(file: Path) -> tuple[Mapping[str, Any], str]:
    """The deployment in a file of `pulumi stack export`, and the stack's name.

    Raises ModelyardError for a file that is none.
    """
    try:
        if file.stat().st_size > MAX_BYTES:
            raise ModelyardError(f"{quoted(file)} is longer than {MAX_BYTES:,} bytes")
        deployment = json.loads(file.read_text(encoding="utf-8"))["deployment"]
        first = next(iter(deployment.get("resources") or []), None)
        return deployment, URN.parse(first["urn"]).stack if first else ""
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        then = "Next: write one with `pulumi stack export --file`"
        raise ModelyardError(f"{quoted(file)} is no exported stack. {then}") from None


def _resource(item: Mapping[str, Any], roots: set[str]) -> Resource:
    parent = item.get("parent")
    needs: Mapping[str, Any] = item.get("propertyDependencies") or {}
    return Resource(
        urn=item["urn"],
        type=item["type"],
        name=URN.parse(item["urn"]).name,
        custom=item["custom"],
        parent=None if parent in roots else parent,
        provider=(item.get("provider") or "").rpartition("::")[0] or None,
        dependencies=tuple(item.get("dependencies") or ()),
        property_dependencies={key: tuple(urns or ()) for key, urns in needs.items()},
        inputs=_kept(item["type"], _masked(item.get("inputs") or {})),
        protect=item.get("protect", False),
        retain_on_delete=item.get("retainOnDelete", False),
        deleted_with=item.get("deletedWith") or None,
        external=item.get("external", False),
    )


def _kept(token: str, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    aside = _OF_SECRETS if token == _KUBERNETES_SECRET else ()
    aside = _OF_PROVIDERS if token.startswith("pulumi:providers:") else aside
    return {key: value for key, value in inputs.items() if key not in aside}


def _masked(value: Any) -> Any:
    """The value as a graph has it, without what the engine and the providers noted there."""
    if isinstance(value, dict):
        if _SIGNATURE in value:
            return Secret() if value[_SIGNATURE] == _SECRET else f"${{{value.get('urn', '')}}}"
        theirs = {_DEFAULTS, *_texts(value.get(_DEFAULTS))}
        kept = {k: v for k, v in value.items() if k not in theirs and not k.startswith("__")}
        return {key: _masked(item) for key, item in kept.items()}
    return [_masked(item) for item in value] if isinstance(value, list) else value


def _texts(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
