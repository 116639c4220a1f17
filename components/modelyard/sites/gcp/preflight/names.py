"""Whether names that the plan gives are free, or the platform's own already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

from modelyard.blueprint.errors import shortened
from modelyard.contracts.preflight import Answer, Verdict
from modelyard.sites.gcp.look import parameters, said
from modelyard.sites.gcp.looks import LOOKS
from modelyard.sites.gcp.preflight.asking import DeniedError, SwitchedOffError
from modelyard.sites.gcp.preflight.ownership import owned
from modelyard.sites.gcp.preflight.planned import of_type
from modelyard.sites.gcp.preflight.question import Question

if TYPE_CHECKING:
    from modelyard.contracts.inventory import Expected
    from modelyard.sites.gcp.preflight.asking import Asking
    from modelyard.sites.gcp.preflight.planned import GcpPreflightArgs

TOPIC = "name"
BUCKET = "gcp:storage/bucket:Bucket"
RING = "gcp:kms/keyRing:KeyRing"
POOL = "gcp:iam/workloadIdentityPool:WorkloadIdentityPool"
NOUNS: Mapping[str, str] = {
    BUCKET: "bucket",
    RING: "key ring",
    "gcp:container/cluster:Cluster": "GKE cluster",
    "gcp:compute/network:Network": "network",
    "gcp:compute/address:Address": "address",
    "gcp:compute/globalAddress:GlobalAddress": "global address",
    "gcp:dns/managedZone:ManagedZone": "DNS zone",
    "gcp:serviceaccount/account:Account": "service account",
    "gcp:sql/databaseInstance:DatabaseInstance": "Cloud SQL instance",
    "gcp:alloydb/cluster:Cluster": "AlloyDB cluster",
    "gcp:memorystore/instance:Instance": "Memorystore instance",
    "gcp:redis/instance:Instance": "Redis instance",
    "gcp:secretmanager/secret:Secret": "secret",
    "gcp:artifactregistry/repository:Repository": "repository",
    "gcp:logging/projectSink:ProjectSink": "log sink",
    "gcp:pubsub/topic:Topic": "topic",
    "gcp:bigquery/dataset:Dataset": "BigQuery dataset",
    "gcp:managedkafka/cluster:Cluster": "Kafka cluster",
    "gcp:composer/environment:Environment": "Composer environment",
    "gcp:vertex/aiFeatureOnlineStore:AiFeatureOnlineStore": "feature online store",
    "gcp:vertex/aiFeatureGroup:AiFeatureGroup": "feature group",
    "gcp:vertex/aiEndpoint:AiEndpoint": "Vertex AI endpoint",
    POOL: "identity pool",
}
"""Whatever is planned under a name of its own that has to be free."""
_RENAME = (
    "rename the platform or its environment, or remove what has the name; if it is this "
    "platform's, deployed before, take it over with `pulumi import`"
)


@dataclass(frozen=True)
class Standing:
    """Something that has the name. `labels` is None where it is known to be somebody else's.

    `doubt`: Google does not tell whose it is, so that it may be this platform's.
    """

    labels: Mapping[str, str] | None
    how: str = "is taken in this project"
    next: str = ""
    doubt: bool = False


def questions(asking: Asking, args: GcpPreflightArgs) -> Iterator[Question]:
    """One for each name that is known beforehand."""
    for token, noun in NOUNS.items():
        for item in of_type(args, token):
            if given := parameters(LOOKS[token], item, args.site):
                ask = partial(_answer, asking, args, item, given)
                yield Question(TOPIC, noun, asking.project, ask)


def _answer(
    asking: Asking, args: GcpPreflightArgs, item: Expected, given: Mapping[str, str]
) -> Iterator[Answer]:
    noun, name = NOUNS[item.type], _name(item.type, given)
    found = _look(asking, item, given)
    if found is None:
        yield Answer(TOPIC, noun, Verdict.OK, f"'{name}' is free")
    elif found.labels is not None and owned(found.labels, args.context):
        yield Answer(TOPIC, noun, Verdict.OK, f"'{name}' is the platform's own")
    else:
        verdict = Verdict.WARNING if found.doubt else Verdict.FAILED
        yield Answer(TOPIC, noun, verdict, f"'{name}' {found.how}", next=found.next or _RENAME)


def _look(asking: Asking, item: Expected, given: Mapping[str, str]) -> Standing | None:
    """What has the name. In an API that is not enabled nothing has any."""
    look = LOOKS[item.type]
    try:
        found = asking.find(look.method, **given)
    except SwitchedOffError:
        return None
    except DeniedError:
        if item.type != BUCKET:
            raise
        return Standing(None, "is taken by another project, or hidden from you")
    if found is None:
        return None
    if item.type == RING:
        return _ring(asking, given["name"])
    if item.type == POOL and found.get("state") == "DELETED":
        return _deleted(asking, given["name"])
    if item.type == BUCKET and not _ours(asking, found):
        return Standing(None, "is taken by another project")
    if look.labels:
        labels = said(look.labels, found)
        return Standing(labels[0] if labels else {})
    next = f"another platform's: pulumi import {item.type} {_name(item.type, given)} {_id(given)}"
    return Standing(None, "is there already, and Google does not tell whose", next, doubt=True)


def _ours(asking: Asking, bucket: Mapping[str, Any]) -> bool:
    """Names of buckets are shared by all projects; a bucket tells the number of its own."""
    project = asking.call("cloudresourcemanager.projects.get", projectId=asking.project)
    return bucket.get("projectNumber") in (None, project.get("projectNumber"))


def _ring(asking: Asking, ring: str) -> Standing:
    """Rings are there for ever and have no labels; their keys have, and say whether they live."""
    method = "cloudkms.projects.locations.keyRings.cryptoKeys.list"
    keys = asking.listed(method, "cryptoKeys", parent=ring)
    alive = [key for key in keys if key.get("primary", {}).get("state") == "ENABLED"]
    how = "is left of a platform that was destroyed: a ring is never deleted"
    if alive:
        return Standing(alive[0].get("labels", {}))
    next = f"take it over: pulumi import {RING} {ring.rpartition('/')[2]} {ring}"
    return Standing(None, how, next)


def _deleted(asking: Asking, pool: str) -> Standing:
    """A pool that was deleted keeps its name for a month. Source: IAM guide, identity pools."""
    name = pool.rpartition("/")[2]
    how = "was deleted and keeps its name for thirty days: undelete it, then `pulumi import`"
    command = f"gcloud iam workload-identity-pools undelete {name} --location=global"
    return Standing(None, how, f"{command} --project={asking.project}")


def _name(token: str, given: Mapping[str, str]) -> str:
    """The last part of what the call is asked with."""
    look = LOOKS[token]
    last = [*look.asked][-1] if look.asked else look.whole
    return given[last].rpartition("/")[2]


def _id(given: Mapping[str, str]) -> str:
    """What `pulumi import` takes: the whole path, or the project and the name."""
    return next(iter(given.values())) if len(given) == 1 else "/".join(given.values())


def gathered(answers: Iterable[Answer]) -> Iterator[Answer]:
    """Free names of one kind in one answer; nobody reads forty lines of them."""
    for (asked, verdict), group in groupby(answers, lambda each: (each.asked, each.verdict)):
        alike = list(group)
        if alike[0].topic != TOPIC or verdict is not Verdict.OK or len(alike) == 1:
            yield from alike
        else:
            names = [each.found.split("'")[1] for each in alike]
            found = f"{len(alike)} names are free or the platform's own: {shortened(names)}"
            yield Answer(TOPIC, asked, verdict, found)
