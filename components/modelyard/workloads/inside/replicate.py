"""Copies the versions that aliases name from one MLflow into another, and proves what it copied.

Environment: `SOURCE_URI`, `SOURCE_USERNAME`, `SOURCE_PASSWORD` of the registry that models come
from; `MLFLOW_TRACKING_*` of the one that they go to; `WANTED`, `NAME@ALIAS` of each; `SIGNED`,
names of models that have to be signed, each with the key `NAME.pub` in the folder `KEYS`; `WORK`,
where there is room for one model twice; `SERVED`, by alias what reads it when it starts, as JSON;
`NAMESPACE` of that.

An alias moves last: until a copy is whole and proved, what was served before is served on.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import ssl
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

FROM, DIGEST = "modelyard.copied_from", "modelyard.sha256"
SIGNATURE = "model.sig"
PREVIOUS, EXPERIMENT = "previous", "copies"
ABSENT = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")
EXISTS = "RESOURCE_ALREADY_EXISTS"
PREDICATE = "https://model_signing/signature/v1.0"
CLUSTER = Path("/var/run/secrets/kubernetes.io/serviceaccount")
PATCH, NOTE = "application/strategic-merge-patch+json", "modelyard.dev/registry-version"
LOGIN = ("USERNAME", "PASSWORD")


class RefusedError(Exception):
    """Why a version is not taken over."""


@dataclass(frozen=True)
class Registries:
    """Two clients. MLflow knows who asks by the environment alone, so one is asked at a time."""

    source: Any
    target: Any
    environment: Mapping[str, str]

    @contextmanager
    def at_source(self) -> Iterator[Any]:
        """The registry that models come from, asked as somebody who may read there."""
        own = {f"MLFLOW_TRACKING_{key}": os.environ.get(f"MLFLOW_TRACKING_{key}") for key in LOGIN}
        _login({f"MLFLOW_TRACKING_{k}": self.environment.get(f"SOURCE_{k}") for k in LOGIN})
        try:
            yield self.source
        finally:
            _login(own)


def _login(words: Mapping[str, str | None]) -> None:
    for name, word in words.items():
        if word is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = word


def holder(client: Any, model: str, alias: str) -> Any | None:
    """The version that an alias names; None when it names none."""
    try:
        return client.get_model_version_by_alias(model, alias)
    except Exception as error:
        if getattr(error, "error_code", None) in ABSENT:
            return None
        raise


def copied(client: Any, model: str, origin: str) -> str | None:
    """The whole copy of a version that is there already."""
    versions = client.search_model_versions(f"name='{model}'")
    whole = (v for v in versions if v.tags.get(FROM) == origin and DIGEST in v.tags)
    return next((str(v.version) for v in whole), None)


def files(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file, by its path below the folder."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): _hashed(path) for path in found}


def _hashed(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def whole(found: Mapping[str, str]) -> str:
    """One digest of all files: of the lines that `sha256sum` would write of them, in order."""
    lines = (f"{digest}  {name}\n" for name, digest in sorted(found.items()))
    return sha256("".join(lines).encode()).hexdigest()


def prove(folder: Path, found: Mapping[str, str], key: bytes) -> None:
    """Hold a model against its signature, as `model_signing sign key` makes it.

    That is a Sigstore bundle: a DSSE envelope around an in-toto statement with the digest of each
    file. The image has cryptography, and not model-signing.
    """
    if SIGNATURE not in found:
        raise RefusedError(f"it is not signed: {SIGNATURE} is missing")
    try:
        envelope = json.loads((folder / SIGNATURE).read_text(encoding="utf-8"))["dsseEnvelope"]
        payload = base64.b64decode(envelope["payload"])
        statement, [signed] = json.loads(payload), envelope["signatures"]
        proof, kind = base64.b64decode(signed["sig"]), envelope["payloadType"].encode()
        named = {r["name"]: (r["algorithm"], r["digest"]) for r in _resources(statement)}
    except (KeyError, TypeError, ValueError) as error:
        raise RefusedError(f"{SIGNATURE} is no signature of model-signing: {error!r}") from None
    _check(key, proof, b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload))
    there = {name: ("sha256", digest) for name, digest in found.items() if name != SIGNATURE}
    if there != named:
        differing = sorted(n for n in {*there, *named} if there.get(n) != named.get(n))
        raise RefusedError(f"not what was signed: {', '.join(differing[:5])}")


def _resources(statement: Mapping[str, Any]) -> list[Mapping[str, str]]:
    if statement["predicateType"] != PREDICATE:
        raise ValueError(statement["predicateType"])
    return statement["predicate"]["resources"]


def _check(key: bytes, proof: bytes, text: bytes) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    public = load_pem_public_key(key)
    if not isinstance(public, ec.EllipticCurvePublicKey):
        raise RefusedError("its key is on no elliptic curve")
    sizes = {256: hashes.SHA256(), 384: hashes.SHA384(), 521: hashes.SHA512()}
    try:
        public.verify(proof, text, ec.ECDSA(sizes[public.curve.key_size]))
    except InvalidSignature:
        raise RefusedError("it was signed with another key") from None


def fetch(client: Any, registry: str, model: str, version: str, folder: Path) -> Path:
    """The files of a version, by the server: `models:/` would ask the registry of the
    environment.
    """
    from mlflow.artifacts import download_artifacts  # type: ignore[import-not-found]

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    source = client.get_model_version_download_uri(model, version)
    return Path(download_artifacts(source, dst_path=str(folder), tracking_uri=registry))


def take(two: Registries, version: Any, origin: str, keys: Path, work: Path) -> str:
    """Bring one version over; returns its number here. Raises RefusedError."""
    name, at = version.name, two.environment
    with two.at_source() as source:
        given = fetch(source, at["SOURCE_URI"], name, version.version, work / "given")
    found = files(given)
    digest = whole(found)
    if version.tags.get(DIGEST, digest) != digest:
        raise RefusedError(f"its digest is {digest}, and not what {DIGEST} says there")
    if name in at["SIGNED"].split():
        prove(given, found, (keys / f"{name}.pub").read_bytes())
    made = _put(two.target, version, given)
    kept = fetch(two.target, at["MLFLOW_TRACKING_URI"], name, made, work / "kept")
    if files(kept) != found:
        raise RefusedError(f"version {made} here did not become what was sent")
    two.target.set_model_version_tag(name, made, FROM, origin)
    two.target.set_model_version_tag(name, made, DIGEST, digest)
    return made


def _put(client: Any, version: Any, folder: Path) -> str:
    """Make a version of these files; nothing names it yet."""
    run = client.create_run(_experiment(client), run_name=f"{version.name}-{version.version}")
    client.log_artifacts(run.info.run_id, str(folder), "model")
    client.set_terminated(run.info.run_id)
    try:
        client.create_registered_model(version.name)
    except Exception as error:
        if getattr(error, "error_code", None) != EXISTS:
            raise
    source, note = f"{run.info.artifact_uri}/model", version.description or None
    made = client.create_model_version(version.name, source, run.info.run_id, description=note)
    return str(made.version)


def _experiment(client: Any) -> str:
    there = client.get_experiment_by_name(EXPERIMENT)
    return there.experiment_id if there else client.create_experiment(EXPERIMENT)


def point(client: Any, model: str, alias: str, version: str) -> None:
    """Have the alias name this version, and `previous` the one it named."""
    current = holder(client, model, alias)
    if current is not None and str(current.version) == version:
        return
    if current is not None:
        client.set_registered_model_alias(model, PREVIOUS, str(current.version))
    client.set_registered_model_alias(model, alias, version)


def follow(two: Registries, model: str, alias: str, keys: Path, work: Path) -> str | None:
    """Bring one alias to where it stands at the source; returns the version that it names here."""
    with two.at_source() as source:
        # Of a model that is not there yet MLflow says that nobody may read it.
        there = source.search_model_versions(f"name='{model}'")
        version = holder(source, model, alias) if there else None
    if version is None:
        return None
    origin = f"models:/{model}/{version.version}"
    made = copied(two.target, model, origin) or take(two, version, origin, keys, work)
    point(two.target, model, alias, made)
    return made


def renew(served: Sequence[str], namespace: str, version: str, cluster: Path = CLUSTER) -> None:
    """Have what serves the alias start anew, once for each version: its pods carry that number."""
    host, port = (os.environ.get(f"KUBERNETES_SERVICE_{key}", "") for key in ("HOST", "PORT"))
    note = {"spec": {"template": {"metadata": {"annotations": {NOTE: version}}}}}
    for each in served:
        token = (cluster / "token").read_text(encoding="utf-8")
        request = urllib.request.Request(
            f"https://{host}:{port}/apis/apps/v1/namespaces/{namespace}/{each}",
            json.dumps(note).encode(),
            {"Authorization": f"Bearer {token}", "Content-Type": PATCH},
            method="PATCH",
        )
        trusted = ssl.create_default_context(cafile=str(cluster / "ca.crt"))
        urllib.request.urlopen(request, timeout=30, context=trusted).close()


def carried_out(two: Registries, environment: Mapping[str, str]) -> str | None:
    """Follow every alias; one that is refused keeps none of the others. Returns what was not."""
    keys, work, refused = Path(environment["KEYS"]), Path(environment["WORK"]), []
    served = json.loads(environment["SERVED"])
    for wanted in environment["WANTED"].split():
        model, _, alias = wanted.rpartition("@")
        try:
            version = follow(two, model, alias, keys, work)
        except RefusedError as reason:
            refused.append(f"{wanted} is not taken over: {reason}")
            continue
        print(f"{wanted} is version {version or 'nothing yet'} here", flush=True)  # noqa: T201
        if version is not None:
            renew(served.get(wanted, ()), environment["NAMESPACE"], version)
    return "\n".join(refused) or None


def main(environment: Mapping[str, str]) -> str | None:
    """Returns what went wrong."""
    from mlflow import MlflowClient  # type: ignore[import-not-found]

    source, target = environment["SOURCE_URI"], environment["MLFLOW_TRACKING_URI"]
    two = Registries(MlflowClient(source, source), MlflowClient(target, target), environment)
    return carried_out(two, environment)


if __name__ == "__main__":
    sys.exit(main(os.environ))
