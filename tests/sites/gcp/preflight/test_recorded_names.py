"""Names that are taken, free, or the platform's own, against recorded shapes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tests.sites.gcp.google import (
    PROJECT,
    REGION,
    Answer,
    Google,
    Json,
    Refused,
    denied,
    described,
    missing,
    schema,
    switched_off,
)
from tests.sites.gcp.preflight.ground import OWN, args, ask, planned, told

from modelyard.contracts.inventory import Expected
from modelyard.contracts.preflight import Answer as Told
from modelyard.contracts.preflight import Verdict
from modelyard.sites.gcp.looks import LOOKS
from modelyard.sites.gcp.preflight import names

BUCKET, RING = names.BUCKET, names.RING
PLACE = f"projects/{PROJECT}/locations/{REGION}"
GET_PROJECT = "cloudresourcemanager.projects.get"
KEYS = "cloudkms.projects.locations.keyRings.cryptoKeys.list"
OTHERS = {"team": "somebody-else"}


def item(token: str) -> Expected:
    """Something of a type that is planned under a name."""
    short = token.removeprefix("gcp:")
    path = LOOKS[token].path
    named = ("name", "accountId", "secretId", "repositoryId", "clusterId", "datasetId")
    others = ("instanceId", "workloadIdentityPoolId")
    keys = [key for key in (*named, *others) if f"{{{key}}}" in path]
    return planned(short, **dict.fromkeys(keys, "acme-x"))


def look(token: str, answer: Answer, **more: Answer) -> Told:
    """What is said of a name, where the look for it is answered so."""
    place = {"cloudresourcemanager.projects.get": {"projectNumber": "42"}}
    (found,) = ask(names, args(item(token)), {LOOKS[token].method: answer, **place, **more})
    return found


def labelled(token: str, labels: Mapping[str, str]) -> Json:
    """A thing with these labels, where its service keeps them."""
    found: Any = dict(labels)
    for step in reversed(LOOKS[token].labels.split(".")):
        found = {step: found}
    return found


@pytest.mark.parametrize("token", names.NOUNS)
def test_recorded_a_name_that_nothing_has_is_free(token: str) -> None:
    answer = look(token, missing())
    assert answer.verdict is Verdict.OK
    assert answer.found.endswith("is free")
    assert "acme-x" in answer.found


@pytest.mark.parametrize("token", names.NOUNS)
def test_recorded_where_the_api_is_off_every_name_is_free(token: str) -> None:
    assert look(token, switched_off("any.googleapis.com")).verdict is Verdict.OK


LABELLED = [token for token in names.NOUNS if LOOKS[token].labels]


@pytest.mark.parametrize("token", LABELLED)
def test_recorded_what_bears_the_platform_s_labels_is_its_own(token: str) -> None:
    assert look(token, labelled(token, OWN)).found.endswith("is the platform's own")
    other = {**OWN, "modelyard-dev_environment": "dev"}
    assert look(token, labelled(token, other)).verdict is Verdict.FAILED


@pytest.mark.parametrize("token", LABELLED)
def test_recorded_what_bears_others_is_taken(token: str) -> None:
    answer = look(token, labelled(token, OTHERS))
    assert answer.verdict is Verdict.FAILED
    assert "is taken in this project" in answer.found
    assert look(token, {}).verdict is Verdict.FAILED


@pytest.mark.parametrize("token", [t for t in names.NOUNS if not LOOKS[t].labels and t != RING])
def test_recorded_what_has_no_labels_may_be_the_platform_s(token: str) -> None:
    answer = look(token, {"description": "somebody's"})
    assert answer.verdict is Verdict.WARNING
    assert f"pulumi import {token} acme-x" in answer.next
    assert PROJECT in answer.next


@pytest.mark.parametrize("token", names.NOUNS)
def test_recorded_a_look_that_is_denied_is_unknown(token: str) -> None:
    answer = look(token, denied())
    if token == BUCKET:
        assert answer.verdict is Verdict.FAILED
        assert answer.found == "'acme-x' is taken by another project, or hidden from you"
    else:
        assert answer.verdict is Verdict.UNKNOWN


def test_recorded_a_bucket_of_another_project_is_taken_whatever_its_labels() -> None:
    answer = look(BUCKET, {"labels": OWN, "projectNumber": "41"})
    assert (answer.verdict, answer.found) == (
        Verdict.FAILED,
        "'acme-x' is taken by another project",
    )
    assert look(BUCKET, {"labels": OWN, "projectNumber": "42"}).verdict is Verdict.OK


def key(state: str, labels: Mapping[str, str] = OWN) -> Json:
    return {"cryptoKeys": [{"labels": dict(labels), "primary": {"state": state}}]}


def test_recorded_a_ring_with_keys_that_live_is_the_platform_s_by_their_labels() -> None:
    there = {"name": f"{PLACE}/keyRings/acme-x"}
    assert look(RING, there, **{KEYS: key("ENABLED")}).verdict is Verdict.OK
    assert look(RING, there, **{KEYS: key("ENABLED", OTHERS)}).verdict is Verdict.FAILED


@pytest.mark.parametrize("keys", [key("DESTROY_SCHEDULED"), key("DESTROYED"), {}], ids=str)
def test_recorded_a_ring_of_a_platform_that_is_gone_is_taken_over(keys: Json) -> None:
    """Rings are never deleted: whoever makes it once more is refused."""
    answer = look(RING, {"name": f"{PLACE}/keyRings/acme-x"}, **{KEYS: keys})
    assert answer.verdict is Verdict.FAILED
    assert "a ring is never deleted" in answer.found
    assert answer.next.endswith(f"pulumi import {RING} acme-x {PLACE}/keyRings/acme-x")


def test_recorded_an_identity_pool_that_was_deleted_keeps_its_name() -> None:
    answer = look(names.POOL, {"state": "DELETED"})
    assert answer.verdict is Verdict.FAILED
    assert "keeps its name for thirty days" in answer.found
    assert answer.next.startswith("gcloud iam workload-identity-pools undelete acme-x ")


def test_a_name_that_is_known_after_deployment_alone_is_not_asked_for() -> None:
    unknown = planned("storage/bucket:Bucket", name="acme-${suffix.hex}")
    assert ask(names, args(unknown), {}) == []


def test_recorded_a_refusal_for_another_reason_is_told() -> None:
    answer = look(BUCKET, Refused(400, {"message": "Invalid bucket name"}))
    assert (answer.verdict, answer.found) == (
        Verdict.UNKNOWN,
        "the call was refused: 400: Invalid bucket name",
    )


def test_free_names_of_one_kind_are_one_answer() -> None:
    buckets = [planned("storage/bucket:Bucket", f"b{n}", name=f"acme-{n}") for n in range(3)]
    asking = Google({"storage.buckets.get": missing()}).asking()
    (answer,) = names.gathered(told(names.questions(asking, args(*buckets))))
    assert answer.found == "3 names are free or the platform's own: acme-0, acme-1, acme-2"


@pytest.mark.parametrize("token", names.NOUNS)
def test_every_kind_of_name_is_looked_for_by_a_method_that_there_is(token: str) -> None:
    assert described(LOOKS[token].method)
    labels = schema(LOOKS[token].method, LOOKS[token].labels) if LOOKS[token].labels else None
    assert labels is None or labels["type"] == "object"
