"""Strict validation of Kubernetes objects: core kinds and custom ones, unknown fields refused.

Core kinds: the newest strict schemas bundled with kubernetes-validate. Custom kinds: the CRDs in
`$MODELYARD_CRDS` (default `../shared/crds` from the repository's root). Not evaluated: CEL rules,
formats, and what only an API server knows (quotas, immutability, references).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from kubernetes_validate.utils import latest_version, schema_contents
from referencing import Registry
from referencing import Resource as Document
from tests.support.structural import closed

from modelyard.recorder.values import plain

WITHOUT_SCHEMA: Mapping[str, str] = {
    "postgresql.cnpg.io/v1 Database": "CloudNativePG's own file of it was not at hand",
    "metallb.io/v1beta1 IPAddressPool": "MetalLB's CRDs were not at hand",
    "metallb.io/v1beta1 L2Advertisement": "MetalLB's CRDs were not at hand",
    "eks.amazonaws.com/v1 NodeClass": "EKS publishes no CRD of Auto Mode",
    "eks.amazonaws.com/v1 TargetGroupBinding": "EKS publishes no CRD of Auto Mode",
    "elbv2.k8s.aws/v1beta1 TargetGroupBinding": "the controller's CRDs were not at hand",
    "cloud.google.com/v1 ComputeClass": "GKE publishes no CRD of it",
    "networking.gke.io/v1 GCPBackendPolicy": "GKE publishes no CRD of it",
    "networking.gke.io/v1 GCPGatewayPolicy": "GKE publishes no CRD of it",
    "networking.gke.io/v1 HealthCheckPolicy": "GKE publishes no CRD of it",
    "gateway.envoyproxy.io/v1alpha1 EnvoyProxy": "Envoy Gateway's CRDs were not at hand",
    "gateway.envoyproxy.io/v1alpha1 SecurityPolicy": "Envoy Gateway's CRDs were not at hand",
    "gateway.envoyproxy.io/v1alpha1 Backend": "Envoy Gateway's CRDs were not at hand",
    "gateway.envoyproxy.io/v1alpha1 ClientTrafficPolicy": "Envoy Gateway's CRDs were not at hand",
    "gateway.envoyproxy.io/v1alpha1 BackendTrafficPolicy": "Envoy Gateway's CRDs were not at hand",
    "gateway.networking.k8s.io/v1 BackendTLSPolicy": "this CRD of the API's was not at hand",
    "monitoring.coreos.com/v1 Prometheus": "only some of the operator's CRDs were at hand",
}
"""Kinds whose CRD is not among those at hand, each with the reason; they are held to the SDK's
types alone. A kind that gets its CRD has to leave this list.
"""

_ROOT = Path(__file__).parents[2]
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def crds_folder() -> Path:
    """Where the CRDs are looked for."""
    return Path(os.environ.get("MODELYARD_CRDS", _ROOT / "../shared/crds")).resolve()


def crds_available() -> bool:
    """Is there at least one CRD to validate with?"""
    return any(crds_folder().glob("*.yaml"))


def crds_reason() -> str:
    """Why tests that need CRDs are skipped, and how to get them."""
    return (
        "no CRDs found: put the CustomResourceDefinition files of the operators in catalog/ into "
        "a folder and name it in MODELYARD_CRDS"
    )


def violations(manifest: Mapping[str, Any]) -> list[str]:
    """What an API server with strict field validation would refuse, as `path: message`."""
    manifest = plain(dict(manifest))
    version, kind = manifest.get("apiVersion"), manifest.get("kind")
    if not (isinstance(version, str) and version and isinstance(kind, str) and kind):
        return ["apiVersion and kind are required"]
    custom = _custom_validator(version, kind)
    validator = custom or _core_validator(version, kind)
    if validator is None:
        return [f"no schema for {version} {kind}"]
    found = list(_errors(validator, manifest))
    if custom:
        metadata = manifest.get("metadata", {})
        found += [f"metadata.{error}" for error in _errors(_metadata_validator(), metadata)]
    return sorted(found + list(_unnamed(manifest)))


def _unnamed(manifest: Mapping[str, Any]) -> Iterator[str]:
    metadata = manifest.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    if not isinstance(name, str) or not name:
        yield "metadata: 'name' is a required property"


def _errors(validator: Any, value: Any) -> Iterator[str]:
    for error in validator.iter_errors(value):
        # An alternative that nearly fits says more than "not valid under any".
        deepest = jsonschema.exceptions.best_match([error])
        path = ".".join(str(part) for part in deepest.absolute_path)
        yield f"{path or '(root)'}: {deepest.message[:300]}"


@cache
def _core_validator(version: str, kind: str) -> Any | None:
    group, _, short = version.rpartition("/")
    if "." in group and not group.endswith(".k8s.io"):
        return None
    prefix = f"{group.split('.')[0]}-" if group else ""
    schema = _core_schema(f"{kind.lower()}-{prefix}{short}.json")
    return _core(schema) if schema and _declares(schema, version, kind) else None


def _declares(schema: Mapping[str, Any], version: str, kind: str) -> bool:
    """Is this the schema of that very kind? File names do not tell groups or capitals apart."""
    known = schema.get("x-kubernetes-group-version-kind", [])
    return any(
        item["kind"] == kind and "/".join(filter(None, (item["group"], item["version"]))) == version
        for item in known
    )


@cache
def _metadata_validator() -> Any:
    schema = _core_schema("objectmeta-meta-v1.json")
    if schema is None:
        raise LookupError("kubernetes-validate has no schema for ObjectMeta")
    return _core(schema)


def _core(schema: Mapping[str, Any]) -> Any:
    return jsonschema.Draft202012Validator(schema, registry=_definitions())


@cache
def _definitions() -> Registry:
    contents = _core_schema("_definitions.json")
    return Document.from_contents(contents) @ Registry()


def _core_schema(file: str) -> Any | None:
    version = latest_version()
    try:
        return schema_contents(f"kubernetes-json-schema/v{version}-local-strict/{file}", version)
    except FileNotFoundError:
        return None


@cache
def _custom_validator(version: str, kind: str) -> Any | None:
    group = version.rpartition("/")[0]
    for file in _crd_files(crds_folder()).get((group, kind), ()):
        schema = _versions(file).get(f"{version}/{kind}")
        if schema is not None:
            return jsonschema.Draft4Validator(schema)
    return None


@cache
def _crd_files(folder: Path) -> Mapping[tuple[str, str], list[Path]]:
    """The files that define each group and kind, found without parsing megabytes of YAML."""
    index: dict[tuple[str, str], list[Path]] = {}
    for file in sorted(folder.glob("*.yaml")):
        text = file.read_text(encoding="utf-8")
        groups = re.findall(r"^  group: [\"']?([^\s\"']+)", text, re.MULTILINE)
        kinds = re.findall(r"^    kind: [\"']?([^\s\"']+)", text, re.MULTILINE)
        for group in groups:
            for kind in kinds:
                index.setdefault((group, kind), []).append(file)
    return index


@cache
def _versions(file: Path) -> Mapping[str, Any]:
    """The closed schemas of a CRD file by `group/version/Kind`; kept in the user's cache folder,
    since parsing the large ones takes seconds each.
    """
    status = file.stat()
    key = f"{file}:{status.st_mtime_ns}:{status.st_size}:{_code_version()}"
    kept = _cache_folder() / f"{sha256(key.encode()).hexdigest()}.json"
    if kept.exists():
        return json.loads(kept.read_text(encoding="utf-8"))
    schemas = _parsed(file)
    kept.parent.mkdir(parents=True, exist_ok=True)
    fresh = kept.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps(schemas), encoding="utf-8")
    fresh.replace(kept)
    return schemas


def _cache_folder() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "modelyard" / "crds"


@cache
def _code_version() -> str:
    """Changes when the conversion does."""
    return sha256(Path(__file__).with_name("structural.py").read_bytes()).hexdigest()


def _parsed(file: Path) -> Mapping[str, Any]:
    with file.open(encoding="utf-8") as stream:
        documents = [item for item in yaml.load_all(stream, Loader=_LOADER) if item]
    return {
        f"{item['spec']['group']}/{version['name']}/{item['spec']['names']['kind']}": closed(
            version["schema"]["openAPIV3Schema"]
        )
        for item in documents
        if item.get("kind") == "CustomResourceDefinition"
        for version in item["spec"]["versions"]
        if version.get("served", True)
    }
