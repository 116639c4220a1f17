"""What a version is made of: its files, wherever they lie, and what they add up to."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import file_digest, sha256
from pathlib import Path

from modelyard_jobs import registry
from modelyard_jobs.data import answering

REGISTRY = "models:/"


def fetched(address: str, into: Path) -> Path:
    """The file or folder at an address, here: a version of the registry (`models:/name/version`),
    an object or a folder of a store (`s3://`, `gs://`), or a path, which is not copied.

    Raises `Unavailable` where there is nothing, or nobody answers.
    """
    if address.startswith(REGISTRY):
        return _downloaded(address, into)
    import fsspec

    with answering(address):
        store, path = fsspec.core.url_to_fs(address)
        if not store.exists(path):
            raise FileNotFoundError("there is nothing")
        if "file" in store.protocol:
            return Path(path)
        copy = into / Path(path).name
        store.get(path.rstrip("/"), str(copy), recursive=store.isdir(path))
        return copy


def _downloaded(address: str, into: Path) -> Path:
    registry.client()
    from mlflow.artifacts import download_artifacts

    with registry.answering():
        folder = Path(download_artifacts(artifact_uri=address, dst_path=str(into)))
    # Written by MLflow's client into what it has fetched: no part of the model.
    (folder / "registered_model_meta").unlink(missing_ok=True)
    return folder


def files(artifact: Path) -> Iterator[tuple[str, Path]]:
    """Names within the artifact, in the order of their bytes, and the files themselves.

    Raises ValueError at a link, which shows something else tomorrow, and at a name that would make
    a list of names ambiguous.
    """
    found = [artifact] if artifact.is_file() else [p for p in artifact.rglob("*") if not p.is_dir()]
    root = artifact.parent if artifact.is_file() else artifact
    named = {path.relative_to(root).as_posix(): path for path in found}
    for name, path in sorted(named.items(), key=lambda item: item[0].encode()):
        if path.is_symlink():
            raise ValueError(f"'{name}' is a link")
        if not name.isprintable() or "\\" in name:
            raise ValueError(f"{name!r} is not a name that a checksum can stand for")
        yield name, path


def digest(artifact: Path, but: str = "") -> str:
    r"""The SHA-256 of a file, or of a folder, in hexadecimal.

    A folder's is that of the list that `sha256sum` prints of its files, sorted by the bytes of
    their names, without the file named `but`:

        find . -type f ! -path ./model.sig -printf '%P\n' | LC_ALL=C sort \
          | tr '\n' '\0' | xargs -0 sha256sum | sha256sum
    """
    if artifact.is_file():
        return _of_file(artifact)
    lines = (f"{_of_file(path)}  {name}\n" for name, path in files(artifact) if name != but)
    return sha256("".join(lines).encode()).hexdigest()


def _of_file(path: Path) -> str:
    with path.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()
