"""Kubernetes manifests of a plan: one file per object, a kustomization, secrets by reference."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from modelyard.blueprint.errors import ModelyardError
from modelyard.recorder.values import Secret

if TYPE_CHECKING:
    from modelyard.recorder import Graph, Resource

MARKER = ".modelyard-render"
"""A folder with this file in it was written here, and may be written anew."""
RELEASE = "kubernetes:helm.sh/v3:Release"


class RenderError(ModelyardError):
    """A plan that cannot be written as manifests, or a folder that must not be written over."""


@dataclass(frozen=True)
class Rendered:
    """What was written."""

    folder: Path
    objects: int
    charts: int
    secrets: tuple[str, ...]
    """Secrets that are referred to and not written, as `namespace/name`."""


def write(graph: Graph, folder: Path) -> Rendered:
    """Write the manifests of a graph recorded as deployed. All of them, or none.

    Raises RenderError for a folder that holds something else, or a value known only to a cloud.
    """
    _refuse_foreign(folder)
    objects, secrets = _objects(graph), _secrets(graph)
    charts = [_chart(release) for release in graph.of_type(RELEASE)]
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _write_all(draft, objects, charts, secrets)
        _exchange(draft, folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return Rendered(folder, len(objects), len(charts), tuple(sorted(secrets)))


def _refuse_foreign(folder: Path) -> None:
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise RenderError(f"{folder} is not a folder. Next: name one that is, or a new one")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARKER).exists():
        raise RenderError(f"{folder} holds other files. Next: name an empty or a new folder")


def _exchange(draft: Path, folder: Path) -> None:
    """Put the new folder in place of the old one; the old one goes only once the new one is in."""
    draft.chmod(0o755)
    if not folder.exists():
        draft.rename(folder)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
    folder.rename(old / folder.name)
    draft.rename(folder)
    shutil.rmtree(old)


def is_object(resource: Resource) -> bool:
    """Whether a resource is a Kubernetes object, and not a chart or a provider."""
    return resource.package == "kubernetes" and resource.custom and resource.type != RELEASE


def _objects(graph: Graph) -> Mapping[str, Mapping[str, Any]]:
    """Objects by file name; Secrets are left out."""
    found: dict[str, Mapping[str, Any]] = {}
    for resource in graph:
        if not is_object(resource) or resource.inputs["kind"] == "Secret":
            continue
        _refuse_unknown(resource, resource.inputs)
        found[_file(resource.inputs)] = resource.inputs
    return found


def _file(content: Mapping[str, Any]) -> str:
    metadata = content["metadata"]
    name = f"{content['kind'].lower()}-{metadata['name']}.yaml".replace(":", "-")
    return f"{metadata.get('namespace', 'cluster')}/{name}"


def _refuse_unknown(resource: Resource, value: Any) -> None:
    if isinstance(value, Secret):
        raise RenderError(f"{resource.name} holds a secret outside of a Secret")
    if isinstance(value, str) and re.search(r"\$\{[a-z0-9-]+\.[A-Za-z.\[\]]+\}", value):
        raise RenderError(f"{resource.name} holds {value}, which only a cloud can tell")
    children = value.values() if isinstance(value, Mapping) else value
    if isinstance(children, str) or not hasattr(children, "__iter__"):
        return
    for child in children:
        _refuse_unknown(resource, child)


def _secrets(graph: Graph) -> Mapping[str, tuple[str, ...]]:
    """Keys of each Secret, by `namespace/name`."""
    found = {}
    for resource in graph.of_type("kubernetes:core/v1:Secret"):
        metadata = resource.inputs["metadata"]
        data = resource.inputs.get("stringData") or resource.inputs.get("data") or {}
        keys = tuple(sorted(data)) if isinstance(data, Mapping) else ()
        found[f"{metadata['namespace']}/{metadata['name']}"] = keys
    return found


def _chart(release: Resource) -> Mapping[str, Any]:
    """A Helm release as kustomize inflates it."""
    inputs = release.inputs
    repository = inputs.get("repositoryOpts", {}).get("repo")
    path, _, name = str(inputs["chart"]).rpartition("/")
    entry = {
        "name": name,
        "repo": repository or path,
        "version": inputs.get("version"),
        "releaseName": inputs.get("name"),
        "namespace": inputs.get("namespace"),
        "includeCRDs": True,
        "valuesInline": dict(inputs.get("values") or {}),
    }
    return {key: value for key, value in entry.items() if value}


def _write_all(
    folder: Path,
    objects: Mapping[str, Mapping[str, Any]],
    charts: list[Mapping[str, Any]],
    secrets: Mapping[str, tuple[str, ...]],
) -> None:
    for name, content in objects.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(dump(content), encoding="utf-8")
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": sorted(objects),
        **({"helmCharts": charts} if charts else {}),
    }
    (folder / "kustomization.yaml").write_text(dump(kustomization), encoding="utf-8")
    (folder / "SECRETS.md").write_text(_secrets_page(secrets), encoding="utf-8")
    (folder / MARKER).write_text("written by `modelyard render`\n", encoding="utf-8")


def _secrets_page(secrets: Mapping[str, tuple[str, ...]]) -> str:
    lines = [
        "# Secrets",
        "",
        "The manifests refer to these Secrets and do not hold them. Make each before applying.",
        "",
        "| Secret | keys |",
        "|---|---|",
        *(f"| {name} | {', '.join(keys)} |" for name, keys in sorted(secrets.items())),
    ]
    return "\n".join(lines) + "\n"


class _Dumper(yaml.CSafeDumper):
    """Writes text of several lines as such a block."""

    def ignore_aliases(self, data: Any) -> bool:
        """The same value twice is written twice: manifests have no anchors."""
        return True


def _text(dumper: yaml.CSafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def dump(content: Mapping[str, Any]) -> str:
    """Content as YAML, keys in the order they have."""
    return yaml.dump(_ordered(content), Dumper=_Dumper, sort_keys=False, width=100)


def _ordered(content: Mapping[str, Any]) -> dict[str, Any]:
    """What tells objects apart comes first."""
    first = [key for key in ("apiVersion", "kind", "metadata") if key in content]
    return {key: content[key] for key in (*first, *(k for k in content if k not in first))}
