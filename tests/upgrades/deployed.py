"""A released state as the engine takes it in, and the cloud that goes with it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from google.protobuf.struct_pb2 import Struct
from tests.engine.states import SECRET
from tests.support.simulated import objects, others
from tests.support.simulated.cloud import Cloud
from tests.support.simulated.cluster import Cluster
from tests.support.simulated.values import KEY, Secret, decoded, encoded
from tests.support.simulated.values import SECRET as SECRET_MARK
from tests.upgrades.released import Kept, Released

from modelyard.program import PROJECT
from modelyard.recorder.urn import STACK_TYPE, stack_urn


def deployed(cloud: Cloud, released: Released) -> dict[str, Any]:
    """Make in the cloud what the state says, and return that state as a deployment."""
    root = stack_urn(released.stack, PROJECT)
    ids: dict[str, str] = {}
    resources = [_resource(cloud, kept, root, ids, released) for kept in released.resources]
    stack = {"urn": root, "type": STACK_TYPE, "custom": False}
    manifest = {"time": "2026-01-01T00:00:00Z", "magic": "", "version": ""}
    return {"manifest": manifest, "resources": [stack, *resources]}


def _resource(
    cloud: Cloud, kept: Kept, root: str, ids: dict[str, str], released: Released
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "urn": kept.urn,
        "type": kept.type,
        "custom": kept.custom,
        "parent": kept.parent or root,
        "protect": kept.protect,
    }
    if not kept.custom:
        return made
    inputs = _with_secrets(kept)
    ids[kept.urn], state = _made(cloud, kept, inputs, released)
    if kept.there:
        made["external"] = True
    if kept.provider:
        made["provider"] = f"{kept.provider}::{ids[kept.provider]}"
    return {**made, "id": ids[kept.urn], "inputs": _kept(inputs), "outputs": _kept(state)}


def _made(
    cloud: Cloud, kept: Kept, inputs: Mapping[str, Any], released: Released
) -> tuple[str, Mapping[str, Any]]:
    if kept.type.startswith("pulumi:providers:"):
        return str(uuid.uuid5(uuid.NAMESPACE_URL, kept.urn)), inputs
    place = next(r.inputs for r in released.resources if r.urn == kept.provider)
    cluster = Cluster.configured(place)
    if kept.there:
        state = others.read(cloud, cluster.place, kept.type, kept.urn, kept.there, Struct())
        return kept.there, decoded(state or Struct())
    if others.is_object(kept.type):
        id, state = objects.create(cloud, cluster, kept.type, encoded(inputs))
    else:
        id, state = others.create(cloud, cluster.place, kept.type, kept.urn, encoded(inputs))
    return id, decoded(state)


def _with_secrets(kept: Kept) -> dict[str, Any]:
    """The values of secrets were not kept: nothing stands in for them."""
    inputs = dict(kept.inputs)
    if inputs.get("data") == SECRET:
        inputs["data"] = Secret({})
    return inputs


def _kept(value: Any) -> Any:
    """Values as a state file has them."""
    if isinstance(value, Secret):
        return {KEY: SECRET_MARK, "plaintext": json.dumps(value.value)}
    if isinstance(value, Mapping):
        return {key: _kept(item) for key, item in value.items()}
    return [_kept(item) for item in value] if isinstance(value, list) else value
