"""Cloud KMS: a key for each purpose, and who encrypts with it."""

from __future__ import annotations

from functools import cache

import pytest
from tests.support.facilities import Facilities
from tests.support.gcp_ground import SENSITIVE, ground, of, only

from modelyard.contracts.kms import Encrypts
from modelyard.plan.capability import Capability as C
from modelyard.recorder import Graph
from modelyard.sites.gcp.kms import ROLE
from modelyard.sites.gcp.uses import Use

DAY = 24 * 60 * 60
MEMBER = "kms/cryptoKeyIAMMember:CryptoKeyIAMMember"


def ask_for_all(platform: Facilities) -> None:
    for use in Use:
        platform.part(C.KMS).key_for(use)


@cache
def keys(text: str = "", more: str = "") -> Graph:
    return ground(C.ACCOUNT, C.KMS, text=text, more=more, use=ask_for_all)[0]


def test_each_purpose_has_a_key_that_rotates() -> None:
    made = of(keys("encryption: {rotate_days: 90}"), "kms/cryptoKey:CryptoKey")
    assert {it["name"] for it in made.values()} == {str(purpose) for purpose in Encrypts}
    for key in made.values():
        assert key["rotationPeriod"] == f"{90 * DAY}s"
        assert key["destroyScheduledDuration"] == f"{30 * DAY}s"
        assert key["versionTemplate"]["protectionLevel"] == "SOFTWARE"


def test_what_needs_care_has_keys_in_hardware() -> None:
    made = of(keys(more=SENSITIVE), "kms/cryptoKey:CryptoKey").values()
    assert {it["versionTemplate"]["protectionLevel"] for it in made} == {"HSM"}


def test_a_ring_and_what_cannot_be_deleted_have_names_of_their_own() -> None:
    [ring] = of(keys(), "kms/keyRing:KeyRing").values()
    handles = of(keys("encryption: {autokey: true}"), "kms/keyHandle:KeyHandle").values()
    assert handles
    for made in (ring, *handles):
        assert made["name"].endswith("-${yard-account-suffix.hex}")


def test_a_key_is_used_by_the_service_that_encrypts_and_by_nobody_else() -> None:
    made = of(keys(), MEMBER)
    assert len(made) == len(Use)
    for use in Use:
        grant = made[f"yard-kms-{use.name.lower()}"]
        assert grant["role"] == ROLE
        assert grant["cryptoKeyId"] == f"${{yard-kms-{use.value.purpose}.id}}"
        assert use.value.agent in grant["member"]


def test_an_identity_is_there_before_it_is_granted_anything() -> None:
    identities = of(keys(), "projects/serviceIdentity:ServiceIdentity")
    wanted = {use.value.service for use in Use if use.value.service}
    assert {it["service"].partition(".")[0] for it in identities.values()} == wanted
    for grant in keys().of_type(f"gcp:{MEMBER}"):
        use = Use[grant.name.removeprefix("yard-kms-").upper()]
        waits = {urn.rpartition("::")[2] for urn in grant.dependencies}
        assert use.value.service is None or f"yard-kms-{use.value.service}" in waits


def test_with_autokey_google_makes_the_keys_of_what_it_knows() -> None:
    graph = keys("encryption: {autokey: true}")
    known = {use.value.type for use in Use if use.value.type}
    asked = of(graph, "kms/keyHandle:KeyHandle").values()
    assert {it["resourceTypeSelector"] for it in asked} == known
    rest = [use for use in Use if use.value.type is None]
    assert set(of(graph, MEMBER)) == {f"yard-kms-{use.name.lower()}" for use in rest}


@pytest.mark.parametrize("use", [Use.BUCKETS, Use.CLUSTER])
def test_an_attached_key_is_for_every_use(use: Use) -> None:
    key = "projects/p/locations/europe-west1/keyRings/r/cryptoKeys/k"
    graph, given = ground(
        C.ACCOUNT,
        C.KMS,
        text=f"encryption: {{attach: {key}}}",
        use=lambda platform: platform.part(C.KMS).key(use.value.purpose),
    )
    assert given == key
    assert [it for it in graph if it.type.startswith("gcp:kms/")] == []


def test_keys_are_protected() -> None:
    graph, _ = ground(C.ACCOUNT, C.KMS, more="protect: true")
    assert all(it.protect for it in graph.of_type("gcp:kms/cryptoKey:CryptoKey"))
    assert only(graph, "kms/keyRing:KeyRing")
