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
from modelyard.objects.identity import RELEASE
from modelyard.recorder.values import Secret

if TYPE_CHECKING:
    from modelyard.recorder import Graph, Resource

MARKER = ".modelyard-render"
"""A folder with this file in it was written here, and may be written anew."""


class RenderError(ModelyardError):
    """A plan that cannot be written as manifests, or a folder that must not be written over."""


@dataclass(frozen=True)
class Rendered:
    """What was written."""

    folder: Path
    kustomizations: tuple[Path, ...]
    """The folder itself; with several clusters, a folder in it for each."""
    objects: int
    charts: int
    secrets: tuple[str, ...]
    """Secrets that are referred to and not written, as `namespace/name`."""


@dataclass(frozen=True)
class _Manifests:
    """What goes to one cluster."""

    objects: Mapping[str, Mapping[str, Any]]
    charts: tuple[Mapping[str, Any], ...]
    secrets: Mapping[str, tuple[str, ...]]


def write(graph: Graph, folder: Path, sites: Mapping[str, str]) -> Rendered:
    """Write the manifests of a graph recorded as deployed. All of them, or none.

    `sites` are those of the resources by URN, as `program.sites_of` knows them. Raises RenderError
    for a folder that holds something else, or a value known only to a cloud.
    """
    _refuse_foreign(folder)
    clusters = _by_cluster(graph, sites)
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name, content in clusters.items():
            _write_all(draft / name, content)
        (draft / MARKER).write_text("written by `modelyard render`\n", encoding="utf-8")
        _exchange(draft, folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return Rendered(
        folder,
        tuple(folder / name for name in clusters),
        sum(len(content.objects) for content in clusters.values()),
        sum(len(content.charts) for content in clusters.values()),
        tuple(sorted(secret for content in clusters.values() for secret in content.secrets)),
    )


def _by_cluster(graph: Graph, sites: Mapping[str, str]) -> Mapping[str, _Manifests]:
    """The manifests by the site's name; by no name where there is one cluster only."""
    found: dict[str, list[Resource]] = {}
    for resource in graph:
        if resource.package == "kubernetes" and resource.custom:
            found.setdefault(sites[resource.urn], []).append(resource)
    if len(found) == 1:
        found = {"": next(iter(found.values()))}
    return {site: _manifests(resources) for site, resources in sorted(found.items())}


def _manifests(resources: list[Resource]) -> _Manifests:
    charts = tuple(_chart(resource) for resource in resources if resource.type == RELEASE)
    return _Manifests(_objects(resources), charts, _secrets(resources))


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


def _objects(resources: list[Resource]) -> Mapping[str, Mapping[str, Any]]:
    """Objects by file name; Secrets are left out. Raises RenderError for two of one name."""
    found: dict[str, Mapping[str, Any]] = {}
    for resource in resources:
        if not is_object(resource) or resource.inputs["kind"] == "Secret":
            continue
        _refuse_unknown(resource, resource.inputs)
        if (name := _file(resource.inputs)) in found:
            raise RenderError(f"{resource.name} would be written over another object at {name}")
        found[name] = resource.inputs
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


def _secrets(resources: list[Resource]) -> Mapping[str, tuple[str, ...]]:
    """Keys of each Secret, by `namespace/name`."""
    found = {}
    for resource in (r for r in resources if r.type == "kubernetes:core/v1:Secret"):
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


def _write_all(folder: Path, content: _Manifests) -> None:
    folder.mkdir(exist_ok=True)
    for name, manifest in content.objects.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(dump(manifest), encoding="utf-8")
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": sorted(content.objects),
        **({"helmCharts": list(content.charts)} if content.charts else {}),
    }
    (folder / "kustomization.yaml").write_text(dump(kustomization), encoding="utf-8")
    (folder / "SECRETS.md").write_text(_secrets_page(content.secrets), encoding="utf-8")


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
