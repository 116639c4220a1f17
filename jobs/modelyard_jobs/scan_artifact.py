"""Whether a version is what it should be, and does nothing but predict: source and files are on
the allow-list, ModelScan finds nothing that runs when it is loaded, checksum and signature hold.

What cannot be looked at is not let through.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import Any

from modelyard_jobs import registry
from modelyard_jobs.artifact import REGISTRY, digest, fetched, files
from modelyard_jobs.config import Config, Section
from modelyard_jobs.verdict import Finding, Report, Verdict

SCANNED = ("*.bin", "*.ckpt", "*.h5", "*.joblib", "*.keras", "*.npy", "*.npz", "*.pb", "*.pickle")
SCANNED += ("*.pkl", "*.pt", "*.pth")
"""What ModelScan reads."""
WEIGHTS = ("*.cbm", "*.gguf", "*.onnx", "*.onnx_data", "*.safetensors", "*.skops", "*.tflite")
WEIGHTS += ("*.ubj",)
WORDS = ("*.csv", "*.jinja", "*.json", "*.lock", "*.md", "*.toml", "*.txt", "*.yaml", "*.yml")
WORDS += ("MLmodel", "*/MLmodel")
"""Weights and words that do nothing when they are loaded."""
_PEM = "-----BEGIN"
_PICKLE = re.compile(rb"\x80[\x02-\x05]")
_SHOWN = 10


class Signature(Section):
    """A signature by `model_signing sign key`."""

    required: bool = True
    """Whether a version without one is let in."""
    public_key: str
    """The elliptic curve key that the signer publishes, as PEM; or a file with it."""
    name: str = "model.sig"
    """Of the signature: in the artifact's folder, or beside the artifact that is one file."""


class Settings(Section):
    artifact: str | None = None
    """An address; otherwise the registry's version."""
    sources: tuple[str, ...] = ()
    """What the address may begin with; anything where there are none."""
    allow: tuple[str, ...] = (*SCANNED, *WEIGHTS, *WORDS)
    """Patterns of the names that files may have."""
    sha256: str | None = None
    """Of the file or the folder, as `artifact.digest` says."""
    signature: Signature | None = None


def run(config: Config, settings: Settings) -> Report:
    address = settings.artifact or _registered(config)
    name = settings.signature.name if settings.signature else ""
    if unknown := _source(address, settings):
        return Report(config.job, config.model.name, (unknown,))
    with TemporaryDirectory() as folder:
        artifact = fetched(address, Path(folder))
        try:
            members = [member for member, _ in files(artifact) if member != name]
        except ValueError as error:
            return Report(config.job, config.model.name, (_counted("format", [str(error)]),))
        found = [_formats(members, settings), _unsafe(artifact), _checksum(artifact, settings)]
        found.append(_signature(artifact, settings.signature))
        facts = {"artifact": address, "digest": f"sha256:{digest(artifact, name)}"}
    findings = tuple(finding for finding in found if finding is not None)
    return Report(config.job, config.model.name, findings, {"files": len(members)}, facts)


def _registered(config: Config) -> str:
    model = config.model
    if model.version is None:
        return f"{REGISTRY}{registry.registered(model)}@{model.alias}"
    return f"{REGISTRY}{registry.candidates(model)}/{model.version}"


def _counted(measure: str, wrong: list[str], right: str = "") -> Finding:
    """How many are wrong, and which."""
    shown = "; ".join(wrong[:_SHOWN])
    more = f"; and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
    verdict = Verdict.BREACHED if wrong else Verdict.PASSED
    return Finding(measure, verdict, value=len(wrong), limit=0, reason=f"{shown}{more}" or right)


def _source(address: str, settings: Settings) -> Finding | None:
    """Where it comes from, where that is none of those that are let in: it is not even fetched."""
    if not settings.sources or address.startswith(settings.sources):
        return None
    known = ", ".join(settings.sources)
    return _counted("source", [f"{address} is from none of: {known}"])


def _formats(members: Iterable[str], settings: Settings) -> Finding:
    strange = [m for m in members if not any(fnmatchcase(m, p) for p in settings.allow)]
    return _counted("format", [f"{member} is not on the allow-list" for member in strange])


def _unsafe(artifact: Path) -> Finding:
    from modelscan.modelscan import ModelScan

    _numpy_as_modelscan_knows_it()
    found = ModelScan().scan(artifact)
    scanned = set(found["summary"]["scanned"].get("scanned_files", ()))
    wrong = [
        f"{i['source']}: {i['module']}.{i['operator']} ({i['severity']})" for i in found["issues"]
    ]
    wrong += [f"{_where(e)} cannot be scanned: {e['description']}" for e in found["errors"]]
    wrong += [f"{name} is a pickle by its content" for name in _disguised(artifact, scanned)]
    return _counted("unsafe", sorted(wrong), f"{len(scanned)} scanned")


def _where(error: dict[str, Any]) -> str:
    return str(error.get("source", "the artifact"))


def _disguised(artifact: Path, scanned: Iterable[str]) -> list[str]:
    """Pickles that ModelScan passes by, for it goes by names."""
    return [name for name, path in files(artifact) if name not in scanned and _pickled(path)]


def _pickled(path: Path) -> bool:
    with path.open("rb") as stream:
        return _PICKLE.match(stream.read(2)) is not None


def _numpy_as_modelscan_knows_it() -> None:
    """ModelScan 0.8.8 asks NumPy for two names that NumPy 2.3 has moved; without them no array can
    be scanned.
    """
    import numpy.lib.format as known

    try:
        from numpy.lib import _format_impl as moved
    except ImportError:
        return
    for name in ("_check_version", "_read_array_header"):
        if not hasattr(known, name):
            setattr(known, name, getattr(moved, name))


def _checksum(artifact: Path, settings: Settings) -> Finding | None:
    if settings.sha256 is None:
        return None
    found = digest(artifact, settings.signature.name if settings.signature else "")
    wrong = [] if found == settings.sha256 else [f"it is {found}, not {settings.sha256}"]
    return _counted("checksum", wrong)


def _signature(artifact: Path, signature: Signature | None) -> Finding | None:
    if signature is None:
        return None
    beside = artifact if artifact.is_dir() else artifact.parent
    if not (beside / signature.name).is_file():
        reason = f"there is no {signature.name}"
        verdict = Verdict.BREACHED if signature.required else Verdict.UNDECIDED
        return Finding("signature", verdict, reason=reason)
    from model_signing.verifying import Config as Verification

    try:
        with _key(signature) as key:
            verification = Verification().use_elliptic_key_verifier(public_key=key)
            verification.verify(artifact, beside / signature.name)
    except Exception as error:  # whatever is wrong with a signature, it does not hold
        return _counted("signature", [f"{type(error).__name__}: {error}".splitlines()[0]])
    return _counted("signature", [])


@contextmanager
def _key(signature: Signature) -> Iterator[Path]:
    """The public key as a file."""
    if not signature.public_key.startswith(_PEM):
        yield Path(signature.public_key)
        return
    with NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(signature.public_key)
        file.flush()
        yield Path(file.name)
