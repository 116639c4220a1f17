"""Objects of Kubernetes: named by kind, namespace and name, in a namespace that has to be there.

Sources: provider/pkg/provider/provider.go of pulumi-kubernetes 4.32 (`Check`, `Diff`, `Create`,
`Read`, `Delete`), and the API server, which fills in what is in `_STATUS`.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto.provider_pb2 import DiffResponse
from tests.support.simulated import immutable
from tests.support.simulated.cloud import Cloud, Thing
from tests.support.simulated.cluster import NAMESPACES, Cluster
from tests.support.simulated.difference import diff
from tests.support.simulated.insides import ANSWERS
from tests.support.simulated.values import Secret, bare, decoded, encoded, marked_like, text

NAMESPACE = "kubernetes:core/v1:Namespace"
SECRET = "kubernetes:core/v1:Secret"
_MADE = {"creationTimestamp": "2026-01-01T00:00:00Z", "generation": 1}

_STATUS: Mapping[str, Mapping[str, Any]] = {
    NAMESPACE: {"phase": "Active"},
    "kubernetes:core/v1:PersistentVolumeClaim": {"phase": "Bound"},
    "kubernetes:core/v1:Service": {"loadBalancer": {}},
    "kubernetes:apps/v1:Deployment": {"observedGeneration": 1, "readyReplicas": 1},
    "kubernetes:apps/v1:StatefulSet": {"observedGeneration": 1, "readyReplicas": 1},
    "kubernetes:batch/v1:Job": {"succeeded": 1},
}


class RefusedError(Exception):
    """What the API server answers when it does not do as asked."""


def check(type: str, name: str, news: Struct) -> Struct:
    """The inputs as the provider keeps them: named, and a Secret's texts as its data."""
    known = text(news, "metadata", "name")
    if type != SECRET and known:
        return news
    inputs = decoded(news)
    if not known:
        inputs.setdefault("metadata", {})["name"] = f"{name}-{secrets.token_hex(4)}"
    return encoded(_normalized(inputs) if type == SECRET else inputs)


def _normalized(inputs: dict[str, Any]) -> dict[str, Any]:
    texts = bare(inputs.pop("stringData", {}))
    data = bare(inputs.get("data", {}))
    data |= {key: base64.b64encode(value.encode()).decode() for key, value in texts.items()}
    return {**inputs, "data": Secret(data)}


def differs(
    cluster: Cluster, type: str, old: Struct, new: Struct, ignored: Sequence[str]
) -> DiffResponse:
    """An object that keeps its name and place has to go before the new one can come."""
    if old == new:
        return DiffResponse(changes=DiffResponse.DIFF_NONE, hasDetailedDiff=True)
    before, after = decoded(old), decoded(new)
    response = diff(before, after, _immutable(cluster, type, after), ignored)
    names = [bare(inputs)["metadata"] for inputs in (before, after)]
    same = all(names[0].get(key) == names[1].get(key) for key in ("name", "namespace"))
    response.deleteBeforeReplace = bool(response.replaces) and same
    return response


def _immutable(cluster: Cluster, type: str, inputs: Mapping[str, Any]) -> tuple[str, ...]:
    paths = (*immutable.IDENTITY, *immutable.OBJECTS.get(type, ()))
    if not cluster.mutable(type) or inputs.get("immutable"):
        paths += immutable.CONTENT.get(type, ())
    return paths


def named(cluster: Cluster, type: str, inputs: Struct) -> Thing:
    """Which object of the cluster these inputs are about."""
    name, namespace = (text(inputs, "metadata", key) for key in ("name", "namespace"))
    return Thing(cluster.place, type, f"{namespace}/{name}" if namespace else name, namespace)


def create(cloud: Cloud, cluster: Cluster, type: str, inputs: Struct) -> tuple[str, Struct]:
    """Make an object. Raises RefusedError where it is there, or its namespace is not."""
    thing = named(cluster, type, inputs)
    _in_a_namespace(cloud, thing)
    if cloud.properties(thing) is not None and not cluster.upserts:
        kind = type.rpartition(":")[2].lower()
        raise RefusedError(f'{kind}s "{thing.id.rpartition("/")[2]}" already exists')
    state = _shown(type, inputs, 1)
    cloud.put(thing, state)
    return thing.id, state


def _in_a_namespace(cloud: Cloud, thing: Thing) -> None:
    if not thing.inside or thing.inside in NAMESPACES:
        return
    if cloud.properties(Thing(thing.place, NAMESPACE, thing.inside)) is None:
        raise RefusedError(f'namespaces "{thing.inside}" not found')


def update(cloud: Cloud, cluster: Cluster, type: str, id: str, inputs: Struct) -> Struct:
    """Apply the inputs. Raises RefusedError where there is no such object."""
    thing = named(cluster, type, inputs)
    before = cloud.properties(thing)
    if thing.id != id or before is None:
        raise RefusedError(f'{type.rpartition(":")[2]} "{id}" not found')
    version = int(text(before, "metadata", "resourceVersion"))
    state = _shown(type, inputs, version + 1)
    state.fields["metadata"].struct_value.update({"uid": text(before, "metadata", "uid")})
    cloud.put(thing, state)
    return state


def _shown(type: str, inputs: Struct, version: int) -> Struct:
    """The object as the API shows it, and the inputs beside it, as the provider keeps them."""
    state = Struct()
    state.CopyFrom(inputs)
    metadata = state.fields["metadata"].struct_value
    made = {"uid": secrets.token_hex(16), "resourceVersion": str(version)}
    metadata.update({**_MADE, **made})
    ANSWERS.note(state, text(inputs, "metadata", "name"))
    if type in _STATUS:
        state.update({"status": dict(_STATUS[type])})
    state.fields["__inputs"].struct_value.CopyFrom(inputs)
    state.fields["__initialApiVersion"].CopyFrom(inputs.fields["apiVersion"])
    state.fields["__fieldManager"].string_value = "pulumi-kubernetes-simulated"
    return state


def read(
    cloud: Cloud, cluster: Cluster, type: str, id: str, inputs: Struct
) -> tuple[Struct, Struct] | None:
    """State and inputs as they are by now; None for an object that is gone.

    Without inputs, as for one that is taken over, all that the API shows is an input.
    """
    live = cloud.properties(Thing(cluster.place, type, id))
    if live is None:
        return None
    known = decoded(inputs) or decoded(live.fields["__inputs"].struct_value)
    seen = marked_like(_pruned(bare(decoded(live)), bare(known)), known)
    live.fields["__inputs"].struct_value.CopyFrom(encoded(seen))
    return live, encoded(seen)


def _pruned(live: Any, pattern: Any) -> Any:
    """What the pattern names, with the values that it has by now."""
    if not isinstance(live, Mapping) or not isinstance(pattern, Mapping):
        return live
    return {key: _pruned(live[key], item) for key, item in pattern.items() if key in live}


def delete(cloud: Cloud, cluster: Cluster, type: str, id: str) -> None:
    """Remove an object; a namespace takes with it all that is inside."""
    thing = Thing(cluster.place, type, id)
    cloud.remove(thing)
    if type == NAMESPACE:
        cloud.empty(cluster.place, id)
