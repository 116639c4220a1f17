"""APIs, permissions and the organisation's policies, against recorded shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from tests.sites.gcp.google import (
    PROJECT,
    REGION,
    Answer,
    Google,
    Json,
    denied,
    missing,
    switched_off,
)
from tests.sites.gcp.preflight.ground import ANN, args, ask, planned, told

from modelyard.contracts.preflight import Answer as Told
from modelyard.contracts.preflight import Verdict
from modelyard.sites.gcp.preflight import permissions, policies, services
from modelyard.sites.gcp.preflight.account import Caller
from modelyard.sites.gcp.preflight.locations import within

TEST = "cloudresourcemanager.projects.testIamPermissions"
LIST = "serviceusage.services.list"
POLICY = "orgpolicy.projects.policies.getEffectivePolicy"
APIS = [
    planned("projects/service:Service", api, project=PROJECT, service=f"{api}.googleapis.com")
    for api in ("compute", "container", "sqladmin")
]


def allowed(*names: str) -> Any:
    """What is granted of what is asked for; all, if nothing is named."""

    def answer(params: Json) -> Json:
        return {
            "permissions": [n for n in params["body"]["permissions"] if not names or n in names]
        }

    return answer


def enabled(*apis: str) -> Json:
    named = [f"projects/123456789012/services/{api}.googleapis.com" for api in apis]
    return {"services": [{"name": name, "state": "ENABLED"} for name in named]}


def asked_services(*apis: str, may: bool = True) -> list[Told]:
    answers: Mapping[str, Answer] = {
        LIST: enabled(*apis),
        TEST: allowed() if may else allowed("none"),
    }
    return ask(services, args(*APIS), answers)


def test_recorded_apis_that_are_enabled_are_one_answer() -> None:
    (answer,) = asked_services("compute", "container", "sqladmin", "other")
    assert (answer.verdict, answer.found) == (Verdict.OK, "3 of 3 are enabled")


def test_recorded_up_enables_what_is_not_for_who_may() -> None:
    there, missing = asked_services("compute", "container")
    assert there.found == "2 of 3 are enabled"
    assert missing.verdict is Verdict.OK
    assert missing.found == "sqladmin.googleapis.com: `up` enables them"


def test_recorded_who_may_not_enable_is_warned_with_the_command() -> None:
    (answer,) = asked_services(may=False)
    assert answer.verdict is Verdict.WARNING
    assert answer.next == (
        "gcloud services enable compute.googleapis.com container.googleapis.com"
        f" sqladmin.googleapis.com --project={PROJECT}"
    )


def test_recorded_apis_that_are_not_told_are_unknown() -> None:
    off = switched_off("serviceusage.googleapis.com")
    (answer,) = ask(services, args(*APIS), {LIST: off})
    assert answer.verdict is Verdict.UNKNOWN
    assert answer.next == f"gcloud services enable serviceusage.googleapis.com --project={PROJECT}"


def rights(answer: Answer, who: Caller = ANN) -> dict[str, Told]:
    """By role, what is said of a plan with a cluster and a bucket."""
    expected = args(planned("container/cluster:Cluster"), planned("storage/bucket:Bucket"))
    found = told(permissions.questions(Google({TEST: answer}).asking(), expected, who))
    return {each.asked: each for each in found}


def test_recorded_what_is_allowed() -> None:
    found = rights(allowed())
    assert set(found) == {
        "roles/container.admin",
        "roles/iam.serviceAccountUser",
        "roles/storage.admin",
    }
    assert {each.verdict for each in found.values()} == {Verdict.OK}


def test_recorded_what_lacks_names_the_role_that_has_it() -> None:
    found = rights(allowed("container.clusters.create"))
    assert found["roles/container.admin"].verdict is Verdict.OK
    storage = found["roles/storage.admin"]
    assert (storage.verdict, storage.found) == (
        Verdict.FAILED,
        "not allowed: storage.buckets.create",
    )
    assert storage.next == (
        f"gcloud projects add-iam-policy-binding {PROJECT}"
        " --member=user:ann@acme.example --role=roles/storage.admin"
    )
    robot = Caller(email="ci@acme.iam.gserviceaccount.com", service_account=True)
    found = rights({}, robot)
    assert "--member=serviceAccount:ci@acme" in found["roles/storage.admin"].next


def test_recorded_a_role_of_the_organisation_is_given_there() -> None:
    policy = planned("orgpolicy/policy:Policy")
    asking = Google({TEST: {}}).asking()
    (answer,) = told(permissions.questions(asking, args(policy, organization="987654321"), ANN))
    assert answer.next == (
        "gcloud organizations add-iam-policy-binding 987654321"
        " --member=user:ann@acme.example --role=roles/orgpolicy.policyAdmin"
    )


def test_recorded_what_may_not_be_asked_is_unknown() -> None:
    found = rights(denied("resourcemanager.projects.get"))
    assert {each.verdict for each in found.values()} == {Verdict.UNKNOWN}


@pytest.mark.filterwarnings("ignore::DeprecationWarning:pulumi_gcp.*")
def test_permissions_belong_to_types_of_the_sdk() -> None:
    import importlib

    from modelyard.recorder.sdk import load_sdk, resource_class

    assert load_sdk("gcp")
    for token, roles in permissions.permissions().items():
        importlib.import_module(f"pulumi_gcp.{token.split(':')[1].split('/')[0]}")
        assert resource_class(token), token
        for role, names in roles.items():
            assert role.startswith("roles/")
            assert role not in ("roles/owner", "roles/editor")
            assert all(len(name.split(".")) == 3 for name in names), names


KEY = planned("kms/cryptoKey:CryptoKey", name="data")
ANCESTRY = {
    "ancestor": [
        {"resourceId": {"type": "project", "id": PROJECT}},
        {"resourceId": {"type": "organization", "id": "987654321"}},
    ]
}


def policy(
    name: str, *rules: Json, expected: Sequence[Any] = (*APIS, KEY), **more: Answer
) -> dict[str, Told]:
    """What is said where one constraint has these rules, and all others none."""

    def answer(params: Json) -> Json:
        mine = str(params["name"]).endswith(f"/{name}")
        return {"name": params["name"], "spec": {"rules": list(rules) if mine else []}}

    answers: Mapping[str, Answer] = {
        POLICY: answer,
        "cloudresourcemanager.projects.getAncestry": ANCESTRY,
        **more,
    }
    return {each.asked: each for each in ask(policies, args(*expected), answers)}


def test_recorded_policies_that_say_nothing_are_not_in_the_way() -> None:
    found = policy("none")
    assert {each.verdict for each in found.values()} == {Verdict.OK}
    assert "gcp.resourceLocations" in found["others"].found


LOCATIONS = "gcp.resourceLocations"


@pytest.mark.parametrize(
    ("rule", "verdict"),
    [
        ({"values": {"allowedValues": ["in:eu-locations"]}}, "ok"),
        ({"values": {"allowedValues": [f"in:{REGION}-locations", "in:us-locations"]}}, "ok"),
        ({"values": {"allowedValues": [REGION]}}, "ok"),
        ({"values": {"allowedValues": ["in:us-locations", "us-central1"]}}, "failed"),
        ({"values": {"deniedValues": ["in:europe-locations"]}}, "failed"),
        ({"values": {"deniedValues": ["in:asia-locations"]}}, "ok"),
        ({"values": {"allowedValues": ["in:nl-locations"]}}, "unknown"),
        ({"denyAll": True}, "failed"),
        ({"allowAll": True}, "ok"),
        ({"denyAll": True, "condition": {"expression": "resource.matchTag('a/b', 'c')"}}, "ok"),
    ],
    ids=str,
)
def test_recorded_locations_take_in_the_site_s_region_or_not(rule: Json, verdict: str) -> None:
    found = policy(LOCATIONS, rule)
    answer = found.get(LOCATIONS, found["others"])
    assert answer.verdict == verdict
    if verdict == "failed":
        assert answer.next == (
            f"gcloud resource-manager org-policies allow {LOCATIONS} in:{REGION}-locations"
            f" --project={PROJECT}"
        )
    if verdict == "unknown":
        assert answer.next == (
            f"gcloud org-policies describe {LOCATIONS} --effective --project={PROJECT}"
        )


@pytest.mark.parametrize(
    ("region", "value", "inside"),
    [
        ("europe-west2", "in:eu-locations", False),
        ("europe-west2", "in:europe-locations", True),
        ("us-east1", "in:northamerica-locations", True),
        ("us-east1", "in:us-west1-locations", False),
        ("us-east1", "us-east1-b", False),
        ("us-east1", "is:us-east1", True),
        ("us-east1", "in:global-locations", False),
        ("europe-west3", "in:de-locations", None),
    ],
)
def test_groups_of_regions(region: str, value: str, inside: bool | None) -> None:
    assert within(region, value) is inside


def test_recorded_apis_that_may_not_be_used_are_named() -> None:
    name = "gcp.restrictServiceUsage"
    values = {"allowedValues": ["compute.googleapis.com", "container.googleapis.com"]}
    answer = policy(name, {"values": values})[name]
    assert answer.verdict is Verdict.FAILED
    assert answer.found == "these APIs may not be used: sqladmin.googleapis.com"


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        (["under:projects/other"], "failed"),
        ([f"projects/{PROJECT}"], "ok"),
        (["under:organizations/987654321"], "ok"),
    ],
    ids=str,
)
def test_recorded_keys_of_the_project_may_encrypt_or_not(values: list[str], verdict: str) -> None:
    name = "gcp.restrictCmekCryptoKeyProjects"
    found = policy(name, {"values": {"allowedValues": values}})
    assert found.get(name, found["others"]).verdict == verdict


def test_recorded_a_constraint_that_concerns_the_plan_fails_it() -> None:
    name = "iam.disableServiceAccountCreation"
    account = planned("serviceaccount/account:Account", accountId="x")
    answer = policy(name, {"enforce": True}, expected=[account])[name]
    assert (answer.verdict, answer.found) == (
        Verdict.FAILED,
        "enforced: no service account can be made",
    )
    assert answer.next.startswith(f"gcloud resource-manager org-policies disable-enforce {name} ")
    assert name not in policy(name, {"enforce": True}, expected=[])


@pytest.mark.parametrize(
    ("name", "rule", "found"),
    [
        ("iam.disableServiceAccountKeyCreation", {"enforce": True}, "enforced, and no key is made"),
        ("compute.requireShieldedVm", {"enforce": True}, "enforced, and nodes are shielded"),
        (
            "compute.vmExternalIpAccess",
            {"denyAll": True},
            "denied, and no machine has an address outside",
        ),
        ("sql.restrictPublicIp", {}, "not enforced"),
    ],
)
def test_recorded_constraints_that_people_ask_about_are_fine(
    name: str, rule: Json, found: str
) -> None:
    answer = policy(name, rule)[name]
    assert (answer.verdict, answer.found) == (Verdict.OK, found)


@pytest.mark.parametrize(
    "name",
    [
        "compute.restrictCloudNATUsage",
        "compute.restrictVpcPeering",
        "compute.disablePrivateServiceConnectCreationForConsumers",
        "compute.restrictLoadBalancerCreationForTypes",
    ],
)
def test_recorded_a_list_that_denies_all_is_in_the_way(name: str) -> None:
    row = policies.constraints()[name]
    expected = [planned(row["of"][0].removeprefix("gcp:"))]
    answer = policy(name, {"denyAll": True}, expected=expected)[name]
    assert str(answer.verdict) == row["effect"]
    assert answer.next.endswith(f"allow {name} all --project={PROJECT}")


@pytest.mark.parametrize("refusal", [denied("orgpolicy.policy.get"), missing()], ids=str)
def test_recorded_policies_that_are_not_told_are_one_answer(refusal: Answer) -> None:
    (answer,) = ask(policies, args(), {POLICY: refusal})
    assert answer.verdict is Verdict.UNKNOWN
