"""Where weights come from, and how they get into a pod."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from modelyard.catalog.images import image as catalog_image
from modelyard.contracts.context import Purpose
from modelyard.contracts.endpoint import Endpoint, Environment
from modelyard.contracts.object_store import Api
from modelyard.objects.pods import Container, Resources
from modelyard.plan import copies
from modelyard.workloads.serving.engine import DATA, SCRATCH, WEIGHTS

if TYPE_CHECKING:
    from pulumi import Resource

    from modelyard.contracts.object_store import ObjectStore
    from modelyard.contracts.serving import ServingArgs

HUB, BUCKET, REGISTRY = copies.HUB, "s3://", "models:/"
UNUSED = ["original/*", "*.pth", "*.gguf", "*.onnx", "onnx/*", "openvino/*", "*.h5", "*.msgpack"]
"""Copies of the same weights in formats that the engines do not read."""
_DOWNLOADING = Resources(cpu="1", memory="4Gi")
_COPYING = Resources(cpu="500m", memory="512Mi")


def repository(source: str) -> str:
    """`org/name` of a model on the hub, or the path behind any other scheme."""
    return source.partition("://")[2].strip("/")


def folder(source: str, revision: str | None = None) -> str:
    """Where a model lies under `WEIGHTS`: apart from other models and other revisions of it."""
    parts = [repository(source), *([revision] if revision else [])]
    return f"{WEIGHTS}/{'--'.join(parts).replace('/', '--')}"


def located(args: ServingArgs, address: str) -> str:
    """Where an address is fetched from: a model of the hub from its copy, where there is one."""
    revision = args.model.revision if address == args.model.source else None
    return copies.lies_at(args.cluster.facts.copies, address, revision)


def token(args: ServingArgs, parent: Resource) -> Environment:
    """What opens a gated model on the hub; copies in the site's own store need none."""
    if args.model.token is None or args.cluster.facts.copies:
        return {}
    namespace = args.identity.namespaces[Purpose.PRODUCTION]
    return {"HF_TOKEN": args.secrets.refer(args.model.token, namespace, parent)}


def store(args: ServingArgs) -> ObjectStore:
    """The object store behind `s3://`. Raises LookupError when the site has none."""
    if args.object_store is None:
        raise LookupError(f"'{args.model.name}' uses s3://, and its site has no object store")
    return args.object_store


def access(args: ServingArgs) -> Environment:
    """What lets a model's pods read its source and its input, and write its output; no more."""
    assert args.runs_as is not None  # whoever serves a model has made it
    serve = args.model.serve
    draft = serve.speculative.model if serve.speculative else None
    return store(args).environment(
        args.runs_as,
        reads=_buckets(args, args.model.source, draft, serve.input),
        writes=_buckets(args, serve.output),
    )


def _buckets(args: ServingArgs, *addresses: str | None) -> tuple[str, ...]:
    found = (located(args, address) for address in addresses if address)
    return tuple(address for address in found if address.startswith(BUCKET))


def stored(args: ServingArgs, *addresses: str | None) -> bool:
    """Whether any of these addresses is in the object store."""
    return bool(_buckets(args, *addresses))


def reaches(args: ServingArgs, *addresses: str | None) -> tuple[Endpoint, ...]:
    """What has to be let through for these addresses."""
    return (store(args).endpoint,) if stored(args, *addresses) else ()


def outside(args: ServingArgs, *addresses: str | None) -> bool:
    """Whether any of these addresses is on the internet; none is where there are copies."""
    there = (HUB, "gs://", "oci://")
    named = any(address is not None and address.startswith(there) for address in addresses)
    return named and args.cluster.facts.copies is None


def fetch(
    args: ServingArgs, source: str, into: str, credentials: Environment, name: str = "weights"
) -> Container:
    """A container that brings a model into a folder, or finds that it is there already."""
    if stored(args, source):
        return copy(args, name, remote(located(args, source)), into, WEIGHTS)
    return _from_hub(args, source, into, credentials, name)


def _from_hub(
    args: ServingArgs, source: str, into: str, credentials: Environment, name: str
) -> Container:
    """Resumes where it was cut off; a revision already there is only compared."""
    revision = args.model.revision if source == args.model.source else None
    return Container(
        name=name,
        image=args.cluster.image("kserve-storage-initializer"),
        resources=_DOWNLOADING,
        args=[f"{HUB}{repository(source)}" + (f":{revision}" if revision else ""), into],
        environment={
            "HF_HOME": f"{SCRATCH}/huggingface",
            "HOME": SCRATCH,
            "STORAGE_IGNORE_PATTERNS": json.dumps(UNUSED),
            **credentials,
        },
        mounts={WEIGHTS: "weights"},
    )


def remote(address: str) -> str:
    """An `s3://` address as rclone knows it."""
    return f"store:{repository(address)}"


def copy(args: ServingArgs, name: str, start: str, end: str, mount: str) -> Container:
    """A container that copies between the object store and a volume: `store:…` is the former.

    `copyto` takes a file to a file and a folder to a folder; what is there already and the same
    is not copied again.
    """
    volume = mount.strip("/") if mount != WEIGHTS else "weights"
    return Container(
        name=name,
        image=args.cluster.image("rclone"),
        resources=_COPYING,
        command=["rclone"],
        args=["copyto", "--verbose", start, end],
        environment=_rclone(args),
        mounts={mount: volume},
    )


def _rclone(args: ServingArgs) -> Environment:
    kept = store(args)
    remote = {
        **_REMOTES[kept.api](kept),
        "env_auth": "true",
        # Buckets belong to the platform: nothing here may make one by a mistyped name.
        "no_check_bucket": "true",
    }
    settings = {f"RCLONE_CONFIG_STORE_{key.upper()}": value for key, value in remote.items()}
    return {**access(args), "HOME": SCRATCH, **settings}


def _s3(kept: ObjectStore) -> Mapping[str, str]:
    endpoint = {"endpoint": kept.endpoint.url, "region": kept.region}
    return {"type": "s3", "provider": "Other", **endpoint}


def _gcs(kept: ObjectStore) -> Mapping[str, str]:
    """Rights come from policies alone, not from lists of each object."""
    return {"type": "google cloud storage", "bucket_policy_only": "true"}


_REMOTES: Mapping[Api, Callable[[ObjectStore], Mapping[str, str]]] = {Api.S3: _s3, Api.GCS: _gcs}
"""A store as rclone is told of it; source: rclone's pages of each backend."""


def data_file(kind: str, address: str | None) -> str:
    """Where the input or output of a batch run lies in its pod, with the suffix of its address."""
    name = (address or "").rpartition("/")[2]
    suffix = name[name.rindex(".") :] if "." in name else ".json"
    return f"{DATA}/{kind}{suffix}"


def user(image: str) -> int:
    """The uid that an image of the catalog runs as."""
    uid = catalog_image(image).user
    if uid is None:
        raise LookupError(f"image '{image}' runs as root only")
    return uid
