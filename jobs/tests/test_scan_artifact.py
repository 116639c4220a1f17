"""Artifacts that are fine, and each way not to be."""

from __future__ import annotations

import os
import pickle
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sklearn.linear_model import LogisticRegression

from modelyard_jobs.artifact import digest, fetched
from modelyard_jobs.config import Config, Model
from modelyard_jobs.errors import Unavailable
from modelyard_jobs.scan_artifact import Settings, Signature, run
from modelyard_jobs.verdict import Finding, Report, Verdict

pytest.importorskip("modelscan")


class Harmful:
    """What runs `true` when it is unpickled."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.system, ("true",)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A trained model as a training run leaves it."""
    model = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    made = tmp_path / "model"
    (made / "weights").mkdir(parents=True)
    (made / "model.pkl").write_bytes(pickle.dumps(model))
    np.save(made / "weights" / "scale.npy", np.arange(3))
    (made / "MLmodel").write_text("flavors: {}\n")
    return made


def scanned(artifact: Path, **settings: Any) -> Report:
    config = Config(job="scan-artifact", model=Model(name="churn"))
    return run(config, Settings(artifact=str(artifact), **settings))


def found(report: Report, measure: str) -> Finding:
    return next(finding for finding in report.findings if finding.measure == measure)


def test_a_trained_model_is_let_through(folder: Path) -> None:
    report = scanned(folder)
    assert report.verdict is Verdict.PASSED, report.findings
    assert found(report, "unsafe").reason == "2 scanned"
    assert report.facts["digest"] == f"sha256:{digest(folder)}"


@pytest.mark.parametrize("name", ["model.pkl", "weights/layer.pt", "extra.joblib", "weights/a.bin"])
def test_a_pickle_that_runs_something_is_found(folder: Path, name: str) -> None:
    (folder / name).write_bytes(pickle.dumps(Harmful()))
    report = scanned(folder)
    assert report.verdict is Verdict.BREACHED
    assert name in found(report, "unsafe").reason


def test_it_is_found_within_an_archive_and_an_array(folder: Path) -> None:
    with zipfile.ZipFile(folder / "net.pt", "w") as archive:
        archive.writestr("net/data.pkl", pickle.dumps(Harmful()))
    np.save(folder / "a.npy", np.array([Harmful()], dtype=object), allow_pickle=True)
    reason = found(scanned(folder), "unsafe").reason
    assert "net.pt:net/data.pkl: posix.system (CRITICAL)" in reason
    assert "a.npy: posix.system (CRITICAL)" in reason


def test_it_is_found_under_a_name_that_nobody_scans(folder: Path) -> None:
    (folder / "notes.txt").write_bytes(pickle.dumps(Harmful()))
    assert found(scanned(folder), "unsafe").reason == "notes.txt is a pickle by its content"


def test_what_cannot_be_scanned_is_not_let_through(folder: Path) -> None:
    (folder / "model.pkl").write_bytes(pickle.dumps(Harmful())[:-4])
    assert "model.pkl cannot be scanned" in found(scanned(folder), "unsafe").reason


@pytest.mark.parametrize("name", ["hook.py", "model.PKL", "weights.tar.gz"])
def test_a_format_has_to_be_on_the_list(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"x")
    assert found(scanned(folder), "format").reason == f"{name} is not on the allow-list"
    assert scanned(folder, allow=("*",)).verdict is Verdict.PASSED


def test_a_link_is_refused(folder: Path) -> None:
    (folder / "model.json").symlink_to("/etc/hostname")
    assert found(scanned(folder), "format").reason == "'model.json' is a link"


def test_what_comes_from_elsewhere_is_not_even_fetched(tmp_path: Path) -> None:
    report = scanned(tmp_path / "nothing", sources=("models:/", "s3://models/"))
    assert report.verdict is Verdict.BREACHED
    assert "from none of: models:/, s3://models/" in found(report, "source").reason


def test_the_checksum_is_what_sha256sum_says(folder: Path) -> None:
    command = (
        r"find . -type f ! -path ./model.sig -printf '%P\n' | LC_ALL=C sort"
        r" | tr '\n' '\0' | xargs -0 sha256sum | sha256sum"
    )
    (folder / "Ünïcode name.txt").write_text("x")
    (folder / "model.sig").write_text("x")
    (folder / "weights" / "model.sig").write_text("x")
    said = subprocess.run(["sh", "-c", command], cwd=folder, capture_output=True, check=True)
    assert digest(folder, "model.sig") == said.stdout.decode().split()[0]


def test_a_checksum_holds_or_not(folder: Path) -> None:
    assert scanned(folder, sha256=digest(folder)).verdict is Verdict.PASSED
    known = digest(folder)
    (folder / "MLmodel").write_text("flavors: {other: {}}\n")
    assert known in found(scanned(folder, sha256=known), "checksum").reason


def test_a_file_has_the_checksum_of_its_bytes(folder: Path) -> None:
    (folder / "x.onnx").write_bytes(b"abc")
    known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert scanned(folder / "x.onnx", sha256=known).verdict is Verdict.PASSED


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A folder with a pair of keys, and another public key."""
    pem = serialization.Encoding.PEM
    private, stranger = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    plain, public = (
        serialization.PrivateFormat.PKCS8,
        serialization.PublicFormat.SubjectPublicKeyInfo,
    )
    (tmp_path / "private").write_bytes(
        private.private_bytes(pem, plain, serialization.NoEncryption())
    )
    for name, key in (("public", private), ("stranger", stranger)):
        (tmp_path / name).write_bytes(key.public_key().public_bytes(pem, public))
    return tmp_path


def sign(artifact: Path, keys: Path) -> None:
    from model_signing.hashing import Config as Hashing
    from model_signing.signing import Config as Signing

    beside = artifact if artifact.is_dir() else artifact.parent
    left_out = Hashing().set_ignored_paths(paths=[beside / "model.sig"], ignore_git_paths=False)
    signer = Signing().use_elliptic_key_signer(private_key=keys / "private")
    signer.set_hashing_config(left_out).sign(artifact, beside / "model.sig")


def test_a_signature_holds(folder: Path, keys: Path) -> None:
    before = digest(folder)
    sign(folder, keys)
    by = Signature(public_key=str(keys / "public"))
    assert scanned(folder, signature=by, sha256=before).verdict is Verdict.PASSED


def test_a_signature_of_one_file_holds(folder: Path, keys: Path) -> None:
    sign(folder / "MLmodel", keys)
    by = Signature(public_key=str(keys / "public"))
    assert scanned(folder / "MLmodel", signature=by).verdict is Verdict.PASSED


def test_a_key_may_be_given_as_text(folder: Path, keys: Path) -> None:
    sign(folder, keys)
    by = Signature(public_key=(keys / "public").read_text())
    assert scanned(folder, signature=by).verdict is Verdict.PASSED
    by = Signature(public_key=(keys / "stranger").read_text())
    assert scanned(folder, signature=by).verdict is Verdict.BREACHED


@pytest.mark.parametrize("how", ["changed", "added", "removed", "stranger", "rubbish", "no key"])
def test_a_signature_does_not_hold(folder: Path, keys: Path, how: str) -> None:
    sign(folder, keys)
    if how == "changed":
        (folder / "MLmodel").write_text("flavors: {other: {}}\n")
    elif how == "added":
        (folder / "more.json").write_text("{}")
    elif how == "removed":
        (folder / "MLmodel").unlink()
    elif how == "rubbish":
        (folder / "model.sig").write_text("{}")
    key = {"stranger": "stranger", "no key": "nothing"}.get(how, "public")
    report = scanned(folder, signature=Signature(public_key=str(keys / key)))
    assert found(report, "signature").verdict is Verdict.BREACHED


def test_a_signature_may_be_missing_where_it_is_not_required(folder: Path, keys: Path) -> None:
    by = {"public_key": str(keys / "public")}
    assert found(scanned(folder, signature=by), "signature").reason == "there is no model.sig"
    assert scanned(folder, signature=by).verdict is Verdict.BREACHED
    assert scanned(folder, signature={**by, "required": False}).verdict is Verdict.PASSED


def test_folders_and_objects_of_a_store_are_fetched(folder: Path, tmp_path: Path) -> None:
    import fsspec

    store = fsspec.filesystem("memory")
    store.put(str(folder), "/bucket/churn/1", recursive=True)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert digest(fetched("memory://bucket/churn/1", tmp_path / "a")) == digest(folder)
    there = fetched("memory://bucket/churn/1/", tmp_path / "b")
    assert digest(there) == digest(folder)
    one = fetched("memory://bucket/churn/1/MLmodel", tmp_path)
    assert one.read_text() == "flavors: {}\n"
    with pytest.raises(Unavailable, match="there is nothing"):
        fetched("memory://bucket/other", tmp_path)
