"""Everything that is no Kubernetes object: random values, charts, and the clouds' own resources.

Inputs come back as they are, beside what a provider computes; of that only what is in the tables.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any

from google.protobuf.struct_pb2 import Struct
from tests.support.simulated.cloud import ELSEWHERE, Cloud, Thing
from tests.support.simulated.immutable import OTHERS
from tests.support.simulated.insides import ANSWERS, complete
from tests.support.simulated.objects import RefusedError
from tests.support.simulated.values import Secret, bare, decoded, encoded

from modelyard.objects.cloud import reads
from modelyard.recorder.sdk import load_sdk, output_types, sdk_module
from modelyard.sites.gcp import border

RELEASE = "kubernetes:helm.sh/v3:Release"
TAKEN_ALONG: Mapping[str, tuple[str, str]] = {
    "aws:eks/cluster:Cluster": ("aws:eks/", "clusterName"),
    "gcp:container/cluster:Cluster": ("gcp:container/", "cluster"),
    "gcp:sql/databaseInstance:DatabaseInstance": ("gcp:sql/", "instance"),
}
"""What goes with a thing: resources of types that begin so, and that name it in that property.
Machines and volumes would not."""
PASSWORD = "random:index/randomPassword:RandomPassword"

OF_THE_STATE = ("random:", "tls:")
"""Packages whose values are nowhere else: passwords, keys, certificates."""
CLOUDS = ("aws", "gcp")
# Types do not tell how many items a list has, and nobody tells the providers' process what is read.
reads(border.GATEWAY, border.SEEN)


def immutable(type: str) -> tuple[str, ...]:
    """Of a random value or a certificate all, of a chart what names its release."""
    if type.startswith(OF_THE_STATE):
        return ("*",)
    return ("name", "namespace") if type == RELEASE else OTHERS


def is_object(type: str) -> bool:
    """Is it an object of the Kubernetes API, and so not for here?"""
    return type.startswith("kubernetes:") and type != RELEASE


def place(type: str, cluster: str) -> str:
    """Charts are in a cluster; clouds are one account each here."""
    return cluster if type == RELEASE else type.partition(":")[0]


def create(cloud: Cloud, cluster: str, type: str, urn: str, inputs: Struct) -> tuple[str, Struct]:
    """Make a resource: what is not of the state alone is in the cloud."""
    if type == PASSWORD:
        return "none", _password(cloud, urn, inputs)
    known = bare(decoded(inputs))
    id = _release(known) if type == RELEASE else _id(cloud, type, urn)
    state = _state(type, urn, inputs)
    thing = Thing(place(type, cluster), type, id)
    if type == RELEASE and cloud.properties(thing) is not None:
        raise RefusedError("cannot re-use a name that is still in use")
    if not type.startswith(OF_THE_STATE):
        cloud.put(thing, state)
    return id, state


def _release(inputs: Mapping[str, Any]) -> str:
    return f"{inputs['namespace']}/{inputs['name']}"


def _id(cloud: Cloud, type: str, urn: str) -> str:
    """As the recorder has it, so that both may be compared; another one beside its predecessor."""
    id = ANSWERS.id(_name(urn))
    taken = cloud.properties(Thing(type.partition(":")[0], type, id)) is not None
    return f"{id}-{secrets.token_hex(6)}" if taken else id


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]


def _state(type: str, urn: str, inputs: Struct) -> Struct:
    """The inputs, and beside them what the provider tells: what its SDK promises, if it has one."""
    if type != RELEASE:
        _import_types(type)
        told = ANSWERS.outputs(type, _name(urn), inputs, ())
        complete(told, output_types(type), _name(urn), known=True)
        return told
    state = Struct()
    state.CopyFrom(inputs)
    state.update({"status": _status(bare(decoded(inputs)))})
    return state


def planned(type: str, urn: str, inputs: Struct) -> Struct:
    """What a provider says beforehand."""
    if type.partition(":")[0] in CLOUDS:
        _import_types(type)
        complete(inputs, output_types(type), _name(urn), known=False)
    return inputs


def _status(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    version = {"version": inputs.get("version", ""), "revision": 1, "status": "deployed"}
    return {**version, "name": inputs["name"], "namespace": inputs["namespace"]}


@cache
def _import_types(type: str) -> None:
    """The SDK's module of a type: until it has run, nobody knows what its resources tell."""
    package, module, name = type.split(":")
    assert load_sdk(package), f"pulumi-{package} is not installed"
    folder = module.partition("/")[0].replace("index", "")
    getattr(import_module(f"{sdk_module(package)}.{folder}".rstrip(".")), name)


def _password(cloud: Cloud, urn: str, inputs: Struct) -> Struct:
    """Letters and digits of the length that is asked for. The journal is the only other copy."""
    known = bare(decoded(inputs))
    value = "".join(
        secrets.choice(string.ascii_letters + string.digits) for _ in range(known["length"])
    )
    cloud("insert into passwords values (?, ?)", urn, value)
    defaults = dict.fromkeys(("lower", "upper", "numeric", "number", "special"), True)
    made = {"result": Secret(value), "bcryptHash": Secret(f"$2a$10${secrets.token_hex(26)}")}
    return encoded({**defaults, **known, **made})


def update(cloud: Cloud, cluster: str, type: str, urn: str, id: str, inputs: Struct) -> Struct:
    """Change a resource. Raises RefusedError where there is none."""
    thing = Thing(place(type, cluster), type, id)
    if cloud.properties(thing) is None:
        raise RefusedError(f"{id} not found")
    state = _state(type, urn, inputs)
    cloud.put(thing, state)
    return state


def read(cloud: Cloud, cluster: str, type: str, urn: str, id: str, known: Struct) -> Struct | None:
    """The state by now; None for what is gone. A random value is what it was.

    What a cloud is asked for without anything being known of it is there already.
    """
    if type.startswith(OF_THE_STATE):
        return known
    if found := cloud.properties(Thing(place(type, cluster), type, id)):
        return found
    there = Thing(ELSEWHERE, type, id)
    if type.partition(":")[0] in CLOUDS and not known.fields:
        cloud.put(there, _state(type, urn, Struct()))
    return cloud.properties(there)


def delete(cloud: Cloud, cluster: str, type: str, id: str) -> None:
    """Remove a resource. Raises RefusedError while another one names it: it stands inside.

    Not where things of several types have the same id: nobody could tell which of them is meant.
    """
    thing = Thing(place(type, cluster), type, id)
    [[alike]] = cloud("select count(*) from things where place=? and id=?", thing.place, id)
    rows = alike == 1 and cloud(
        "select id from things where place=? and id<>? and instr(properties, ?) > 0",
        *(thing.place, id, id.encode()),
    )
    if type != RELEASE and rows:
        raise RefusedError(f"DependencyViolation: {rows[0][0]} still uses {id}")
    if type in TAKEN_ALONG:
        _end(cloud, thing, *TAKEN_ALONG[type])
    cloud.remove(thing)


def _end(cloud: Cloud, ending: Thing, types: str, property: str) -> None:
    name = cloud.read(ending)["name"]
    for each in cloud.things(ending.place):
        if each.type.startswith(types) and cloud.read(each).get(property) == name:
            cloud.remove(each)
