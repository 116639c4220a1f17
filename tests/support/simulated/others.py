"""Everything that is no Kubernetes object: random values, charts, and the clouds' own resources.

Inputs come back as they are, beside what a provider computes; of that only what is in the tables.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from typing import Any

from google.protobuf.struct_pb2 import Struct
from tests.support.simulated.cloud import Cloud, Thing
from tests.support.simulated.immutable import OTHERS
from tests.support.simulated.objects import RefusedError
from tests.support.simulated.values import Secret, bare, decoded, encoded

RELEASE = "kubernetes:helm.sh/v3:Release"
PASSWORD = "random:index/randomPassword:RandomPassword"

ARNS: Mapping[str, str] = {
    "aws:ec2/vpc:Vpc": "arn:aws:ec2:eu-west-1:123456789012:vpc/{id}",
    "aws:eks/cluster:Cluster": "arn:aws:eks:eu-west-1:123456789012:cluster/{id}",
    "aws:iam/role:Role": "arn:aws:iam::123456789012:role/{id}",
    "aws:kms/key:Key": "arn:aws:kms:eu-west-1:123456789012:key/{id}",
    "aws:rds/instance:Instance": "arn:aws:rds:eu-west-1:123456789012:db:{id}",
    "aws:s3/bucket:Bucket": "arn:aws:s3:::{id}",
}
"""Source: the AWS service authorization reference, as of 2026-11."""


def immutable(type: str) -> tuple[str, ...]:
    """Of a random value all, of a chart what names its release."""
    if type.startswith("random:"):
        return ("*",)
    return ("name", "namespace") if type == RELEASE else OTHERS


def is_object(type: str) -> bool:
    """Is it an object of the Kubernetes API, and so not for here?"""
    return type.startswith("kubernetes:") and type != RELEASE


def place(type: str, cluster: str) -> str:
    """Charts are in a cluster; clouds are one account each here."""
    return cluster if type == RELEASE else type.partition(":")[0]


def create(cloud: Cloud, cluster: str, type: str, urn: str, inputs: Struct) -> tuple[str, Struct]:
    """Make a resource. Random values are nowhere but in the state; all else is in the cloud."""
    if type == PASSWORD:
        return "none", _password(cloud, urn, inputs)
    known = bare(decoded(inputs))
    id = _release(known) if type == RELEASE else f"{type.rpartition(':')[2]}-{secrets.token_hex(6)}"
    state = Struct()
    state.CopyFrom(inputs)
    state.update(_computed(type, id, known))
    thing = Thing(place(type, cluster), type, id)
    if type == RELEASE and cloud.properties(thing) is not None:
        raise RefusedError("cannot re-use a name that is still in use")
    if not type.startswith("random:"):
        cloud.put(thing, state)
    return id, state


def _release(inputs: Mapping[str, Any]) -> str:
    return f"{inputs['namespace']}/{inputs['name']}"


def _computed(type: str, id: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    if type == RELEASE:
        version = {"version": inputs.get("version", ""), "revision": 1, "status": "deployed"}
        return {"status": {**version, "name": inputs["name"], "namespace": inputs["namespace"]}}
    return {"arn": ARNS[type].format(id=id)} if type in ARNS else {}


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


def update(cloud: Cloud, cluster: str, type: str, id: str, inputs: Struct) -> Struct:
    """Change a resource. Raises RefusedError where there is none."""
    thing = Thing(place(type, cluster), type, id)
    if cloud.properties(thing) is None:
        raise RefusedError(f"{id} not found")
    state = Struct()
    state.CopyFrom(inputs)
    state.update(_computed(type, id, bare(decoded(inputs))))
    cloud.put(thing, state)
    return state


def read(cloud: Cloud, cluster: str, type: str, id: str, known: Struct) -> Struct | None:
    """The state by now; None for what is gone. A random value is what it was."""
    if type.startswith("random:"):
        return known
    return cloud.properties(Thing(place(type, cluster), type, id))


def delete(cloud: Cloud, cluster: str, type: str, id: str) -> None:
    """Remove a resource. Raises RefusedError while another one names it: it stands inside."""
    thing = Thing(place(type, cluster), type, id)
    rows = cloud(
        "select id from things where place=? and id<>? and instr(properties, ?) > 0",
        *(thing.place, id, id.encode()),
    )
    if type != RELEASE and rows:
        raise RefusedError(f"DependencyViolation: {rows[0][0]} still uses {id}")
    cloud.remove(thing)
