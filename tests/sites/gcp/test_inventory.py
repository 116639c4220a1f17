"""What stands in a project is found, and what is wrong with it is said in Google's words.

Answers are recorded shapes, held against Google's discovery documents; no project was asked.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from tests.sites.gcp.google import (
    PROJECT,
    REGION,
    Answer,
    Google,
    Json,
    Refused,
    Unreachable,
    denied,
    described,
    missing,
    schema,
    switched_off,
)
from tests.sites.gcp.preflight.ground import ANN, CONTEXT, OWN, planned, site

from modelyard.blueprint.errors import NotReadyError
from modelyard.contracts.inventory import Deviation, Expected, Found, InventoryArgs
from modelyard.recorder.sdk import args_class, load_sdk, resource_class
from modelyard.sites.gcp import inventory as module
from modelyard.sites.gcp.gke_api import GkeApi
from modelyard.sites.gcp.inventory import GcpInventory, open_inventory
from modelyard.sites.gcp.look import parameters, said
from modelyard.sites.gcp.looks import LOOKS
from modelyard.sites.gcp.preflight import account

PLACE = f"projects/{PROJECT}/locations/{REGION}"
CLUSTER = planned("container/cluster:Cluster", name="fraud-prod", location=REGION)
DATABASE = planned("sql/databaseInstance:DatabaseInstance", name="fraud-prod-${suffix.hex}")
GET_CLUSTER = "container.projects.locations.clusters.get"
SEARCH = "cloudasset.searchAllResources"
VERSIONS = module._VERSIONS
_PLACES = {"project", "region", "location", "keyRing", "cluster", "parent"}


class Inside:
    """A cluster in which everything is as it should be."""

    def compare(self, expected: Any) -> Iterator[Found]:
        yield from (Found(Deviation.DRIFTED, item.name, "asked") for item in expected)

    def left(self) -> Iterator[Found]:
        yield from ()

    def reasons(self, expected: Expected) -> tuple[str, ...]:
        return (f"the cluster says so of {expected.name}",)


def inventory(answers: Mapping[str, Answer]) -> GcpInventory:
    return GcpInventory(CONTEXT, site(), Google(answers).asking(), Inside())


def wrong(item: Expected, answer: Answer) -> list[tuple[Deviation, str]]:
    """What is wrong with one thing."""
    found = inventory({LOOKS[item.type].method: answer}).compare([item])
    return [(each.deviation, each.why) for each in found]


@pytest.mark.parametrize("token", LOOKS)
def test_every_look_is_a_call_that_there_is(token: str) -> None:
    look = LOOKS[token]
    method = described(look.method)
    needed = {name for name, each in method["parameters"].items() if each.get("required")}
    assert needed == set(look.asked or (look.whole,))
    assert method["httpMethod"] == "GET"
    for path in filter(None, (look.status, look.why, look.labels)):
        assert schema(look.method, path) is not None, path
    status = schema(look.method, look.status) if look.status else None
    assert set(look.well) <= set(status["enum"] if status else ())
    assert bool(look.well) == bool(look.status)


@pytest.mark.filterwarnings("ignore::DeprecationWarning:pulumi_gcp.*")
@pytest.mark.parametrize("token", LOOKS)
def test_every_look_knows_the_resource_by_its_id_and_by_inputs_that_it_has(token: str) -> None:
    """Ids are those that the SDK's own pages say `pulumi import` takes."""
    import inspect

    from pulumi import _types

    assert load_sdk("gcp")
    importlib.import_module(f"pulumi_gcp.{token.split(':')[1].split('/')[0]}")
    kind = resource_class(token)
    assert kind
    arguments = args_class(kind)
    assert arguments
    keys = re.findall(r"\{(\w+)\}", LOOKS[token].path)
    known = set(_types.input_type_py_to_pulumi_names(arguments).values())
    assert set(keys) - known <= {*_PLACES, "name"}
    page = inspect.getsource(kind)
    shapes = {_shape(each) for each in re.findall(r"`+([^`\s]*\{\{[^`]*\}\}[^`]*)`+", page)}
    assert token in UNSAID or _shape(LOOKS[token].path) in shapes or _imported(token, page)


UNSAID = {
    "gcp:projects/service:Service": "its id is `project/service`; the inputs tell as much",
    "gcp:container/nodePool:NodePool": "its page has the short form alone",
    "gcp:logging/metric:Metric": "its id is the name; the inputs tell as much",
    **dict.fromkeys(
        (
            "gcp:serviceaccount/account:Account",
            "gcp:storage/bucket:Bucket",
            "gcp:workflows/workflow:Workflow",
        ),
        "its page tells of no import",
    ),
}


def _shape(path: str) -> str:
    return re.sub(r"\{+\w+\}+", "*", path)


def _imported(token: str, page: str) -> bool:
    """Pages of older resources show an example in place of a form."""
    last = LOOKS[token].path.rpartition("/")[0].rpartition("/")[2]
    return bool(re.search(rf"\$ pulumi import {re.escape(token)} \S+ \S*{last}", page))


@pytest.mark.parametrize(
    ("status", "conditions", "found"),
    [
        ("RUNNING", [], []),
        ("RECONCILING", [], []),
        ("PROVISIONING", [], ["is PROVISIONING"]),
        (
            "ERROR",
            [{"code": "GCE_STOCKOUT", "message": "no machines to be had"}],
            ["is ERROR; no machines to be had"],
        ),
    ],
)
def test_recorded_a_cluster_is_ready_or_says_why_not(
    status: str, conditions: list[Json], found: list[str]
) -> None:
    answer = {"status": status, "conditions": conditions}
    assert [why for _, why in wrong(CLUSTER, answer)] == found


@pytest.mark.parametrize("token", [token for token in LOOKS if LOOKS[token].well])
def test_recorded_every_status_that_is_well_is_ready_and_no_other(token: str) -> None:
    look = LOOKS[token]
    item = Expected("urn", token, "it", {}, _id(token))
    states = schema(look.method, look.status)
    assert states
    for state in states["enum"]:
        answer: Any = state
        for step in reversed(look.status.split(".")):
            answer = {step: answer}
        ready = [] if state in look.well else [(Deviation.NOT_READY, f"is {state}")]
        assert wrong(item, answer) == ready
    assert wrong(item, {}) == [(Deviation.NOT_READY, "is not there")]


def _id(token: str) -> str:
    """An id as the engine keeps it."""
    path = LOOKS[token].path
    long = {"keyRing": f"{PLACE}/keyRings/r", "parent": PLACE, "cluster": f"{PLACE}/clusters/c"}
    long["name"] = f"projects/{PROJECT}/notificationChannels/1" if path == "{name}" else "x"
    if token.endswith(":Bucket"):
        long["name"] = "x"
    if "/clusters/{cluster}" in path:
        long["cluster"] = "c"
    return re.sub(r"\{(\w+)\}", lambda match: long.get(match[1], "x"), path)


@pytest.mark.parametrize("token", LOOKS)
def test_recorded_what_is_not_there_is_missing(token: str) -> None:
    item = Expected("urn", token, "it", {}, _id(token))
    gone = [(Deviation.MISSING, "is not in the project")]
    assert wrong(item, missing()) == gone
    assert wrong(item, switched_off("any.googleapis.com")) == gone


def test_recorded_names_with_random_digits_are_known_by_the_engine_s_id() -> None:
    deployed = replace(DATABASE, id=f"projects/{PROJECT}/instances/fraud-prod-1a2b")
    google = Google({"sql.instances.get": {"state": "RUNNABLE"}})
    assert list(GcpInventory(CONTEXT, site(), google.asking(), Inside()).compare([deployed])) == []
    assert google.asked == [
        ("sql.instances.get", {"project": PROJECT, "instance": "fraud-prod-1a2b"})
    ]


def test_a_name_that_nobody_knows_is_not_looked_for() -> None:
    assert list(inventory({}).compare([DATABASE])) == []
    assert inventory({}).reasons(DATABASE) == ()


def test_ids_that_are_inputs_stand_within_a_path_by_their_names() -> None:
    pool = planned("container/nodePool:NodePool", name="system", cluster=f"{PLACE}/clusters/c")
    look = LOOKS[pool.type]
    assert parameters(look, pool, site()) == {"name": f"{PLACE}/clusters/c/nodePools/system"}
    key = planned("kms/cryptoKey:CryptoKey", name="data", keyRing=f"{PLACE}/keyRings/r")
    name = f"{PLACE}/keyRings/r/cryptoKeys/data"
    assert parameters(LOOKS[key.type], key, site()) == {"name": name}


def test_recorded_a_call_that_is_denied_names_the_right_that_is_lacking() -> None:
    with pytest.raises(NotReadyError, match=r"allow container\.clusters\.get"):
        wrong(CLUSTER, denied())


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Unreachable, "Google cannot be asked: .*Next: log in, or try again"),
        (Refused(500, {"message": "Internal error."}), "cannot be looked at: Internal error"),
    ],
    ids=["unreachable", "broken"],
)
def test_recorded_a_service_that_does_not_answer_is_said(answer: Answer, said: str) -> None:
    with pytest.raises(NotReadyError, match=said):
        wrong(CLUSTER, answer)


def test_objects_are_the_cluster_s_to_tell() -> None:
    config = planned("kubernetes:core/v1:ConfigMap", kind="ConfigMap")
    assert [found.why for found in inventory({}).compare([config])] == ["asked"]
    assert inventory({}).reasons(config) == ("the cluster says so of it",)


def test_recorded_reasons_are_the_service_s_own_words() -> None:
    answer = {"status": "ERROR", "conditions": [{"message": "one"}, {"message": "two"}]}
    found = inventory({GET_CLUSTER: answer})
    assert tuple(found.reasons(CLUSTER)) == ("one", "two")
    assert said("settings.userLabels", {"settings": {"userLabels": {"a": "b"}}}) == ({"a": "b"},)


def asset(kind: str, path: str, **labels: str) -> Json:
    """As Cloud Asset Inventory lists one."""
    service = kind.partition("/")[0]
    return {"name": f"//{service}/{path}", "assetType": kind, "labels": {**OWN, **labels}}


def left(*assets: Json, **answers: Answer) -> list[Found]:
    return list(inventory({SEARCH: {"results": list(assets)}, **answers}).left())


def test_recorded_what_is_left_bears_the_labels_of_this_environment() -> None:
    ours = asset("storage.googleapis.com/Bucket", "ours")
    other = asset("storage.googleapis.com/Bucket", "theirs", **{"modelyard-dev_environment": "dev"})
    (found,) = left(ours, other)
    assert (found.deviation, found.name) == (Deviation.LEFT, "ours")
    assert found.why == "bears the platform's labels (storage.googleapis.com/Bucket)"


def test_recorded_what_is_left_is_searched_by_labels() -> None:
    google = Google({SEARCH: {"results": []}})
    assert list(GcpInventory(CONTEXT, site(), google.asking(), Inside()).left()) == []
    ((_, asked),) = google.asked
    assert asked["scope"] == f"projects/{PROJECT}"
    managed, part = (f"labels.app-kubernetes-io_{key}" for key in ("managed-by", "part-of"))
    assert asked["query"] == f'{managed}:"modelyard" AND {part}:"fraud"'


@pytest.mark.parametrize(
    ("states", "gone"),
    [([], True), (["DESTROYED", "DESTROY_SCHEDULED"], True), (["DESTROYED", "ENABLED"], False)],
    ids=str,
)
def test_recorded_a_key_that_can_decrypt_nothing_any_more_is_gone(
    states: list[str], gone: bool
) -> None:
    key = asset("cloudkms.googleapis.com/CryptoKey", f"{PLACE}/keyRings/r/cryptoKeys/data")
    versions = {"cryptoKeyVersions": [{"state": state} for state in states]}
    assert (left(key, **{VERSIONS: versions}) == []) == gone


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (denied(), r"allow cloudasset\.assets\.searchAllResources"),
        (
            switched_off("cloudasset.googleapis.com"),
            f"gcloud services enable cloudasset.googleapis.com --project={PROJECT}",
        ),
        (Refused(400, {"message": "bad query"}), "bad query"),
    ],
    ids=["denied", "switched off", "refused"],
)
def test_recorded_what_is_left_may_not_be_told(refusal: Answer, said: str) -> None:
    with pytest.raises(NotReadyError, match=said):
        list(inventory({SEARCH: refusal}).left())


ENDPOINT = "gke-1a2b.europe-west4.gke.goog"


def test_recorded_the_cluster_is_reached_by_its_name_with_the_caller_s_token() -> None:
    name = {"controlPlaneEndpointsConfig": {"dnsEndpointConfig": {"endpoint": ENDPOINT}}}
    google = Google({GET_CLUSTER: {**name, "endpoint": "10.0.0.2"}})
    api = GkeApi(CONTEXT, site(), google.asking())
    client = api._connection()
    assert client.configuration.host == f"https://{ENDPOINT}"
    assert client.configuration.ssl_ca_cert is None
    assert list(client.configuration.api_key.values()) == ["Bearer a-token"]
    assert google.asked[0][1] == {"name": f"{PLACE}/clusters/fraud-prod"}


def test_recorded_a_cluster_without_such_a_name_is_reached_by_its_address() -> None:
    found = {"endpoint": "34.90.1.2", "masterAuth": {"clusterCaCertificate": "Y2VydA=="}}
    attached = site(cluster={"attach": {"name": "shared"}})
    google = Google({GET_CLUSTER: found})
    config = GkeApi(CONTEXT, attached, google.asking())._kubeconfig()
    assert config["clusters"][0]["cluster"] == {
        "server": "https://34.90.1.2",
        "certificate-authority-data": "Y2VydA==",
    }
    assert google.asked[0][1] == {"name": f"{PLACE}/clusters/shared"}


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (denied(), r"container\.clusters\.get is not allowed"),
        (switched_off("container.googleapis.com"), r"container\.googleapis\.com is not enabled"),
        (missing(), "404"),
        (Unreachable, "Unable to find the server"),
    ],
)
def test_recorded_no_way_to_the_cluster_says_why_and_what_to_try(answer: Answer, why: str) -> None:
    api = GkeApi(CONTEXT, site(), Google({GET_CLUSTER: answer}).asking())
    with pytest.raises(NotReadyError, match=f"(?s){why}.*`gcloud container clusters describe"):
        api._connection()


@pytest.mark.parametrize(
    ("project", "said"),
    [
        ({"lifecycleState": "ACTIVE"}, None),
        (denied(), r"project acme-ml-prod is not there.*Next: log in with `gcloud auth"),
    ],
)
def test_recorded_a_project_is_looked_at_only_if_it_is_open(
    monkeypatch: pytest.MonkeyPatch, project: Answer, said: str | None
) -> None:
    google = Google(
        {
            "cloudresourcemanager.projects.get": project,
            "cloudresourcemanager.projects.getAncestry": {},
        }
    )
    monkeypatch.setattr(account, "open_project", lambda _: (google.asking(), ANN))
    args = InventoryArgs(site=site(), context=CONTEXT)
    if said is None:
        assert isinstance(open_inventory(args), GcpInventory)
    else:
        with pytest.raises(NotReadyError, match=said):
            open_inventory(args)
