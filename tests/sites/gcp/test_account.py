"""The project: its services, its labels, what nobody in it may do, and what does not leave it."""

from __future__ import annotations

import json
from functools import cache

from tests.support.gcp_ground import ground, of, only

from modelyard.plan.capability import Capability as C
from modelyard.recorder import Graph
from modelyard.sites.gcp.apis import EVERYWHERE
from modelyard.sites.gcp.constraints import CUSTOM, ENFORCED, NOBODY

PERIMETER = "accesscontextmanager/servicePerimeter:ServicePerimeter"


@cache
def account(text: str = "") -> Graph:
    return ground(C.ACCOUNT, text=text)[0]


def test_the_project_is_read_and_never_made() -> None:
    [project] = account().of_type("gcp:organizations/project:Project")
    assert project.import_id == "projects/acme-ml-prod"


def test_everything_is_labelled_by_the_provider() -> None:
    [provider] = account().of_type("pulumi:providers:gcp")
    labels = json.loads(provider.inputs["defaultLabels"])
    assert labels["app-kubernetes-io_part-of"] == "yard"
    assert labels["modelyard-dev_team"] == "ml"
    assert provider.inputs["project"] == "acme-ml-prod"


def test_services_are_switched_on_and_stay_on() -> None:
    services = of(account(), "projects/service:Service").values()
    assert {it["service"] for it in services} >= {f"{api}.googleapis.com" for api in EVERYWHERE}
    assert not any(it["disableOnDestroy"] for it in services)


def test_the_owner_is_told_by_mail() -> None:
    channel = only(account(), "monitoring/notificationChannel:NotificationChannel")
    assert channel["labels"] == {"email_address": "ml@example.com"}


def test_an_organisation_s_project_is_held_to_constraints() -> None:
    assert of(account(), "orgpolicy/policy:Policy") == {}
    held = account("organization: '123456789'")
    policies = of(held, "orgpolicy/policy:Policy").values()
    rules = {it["name"].rpartition("/")[2]: it["spec"]["rules"] for it in policies}
    assert all(rules[each] == [{"enforce": "TRUE"}] for each in ENFORCED)
    assert all(rules[each] == [{"denyAll": "TRUE"}] for each in NOBODY)
    custom = of(held, "orgpolicy/customConstraint:CustomConstraint").values()
    assert {it["actionType"] for it in custom} == {"DENY"}
    assert len(custom) == len(CUSTOM)
    assert {it["name"] for it in custom} <= set(rules)


def test_a_perimeter_is_enforced_or_only_recorded() -> None:
    settings = "policy: '123456789', access_levels: [ci]"
    enforced = only(account(f"perimeter: {{{settings}}}"), PERIMETER)
    recorded = only(account(f"perimeter: {{{settings}, dry_run: true}}"), PERIMETER)
    assert enforced["status"] == recorded["spec"]
    assert recorded["useExplicitDryRunSpec"]
    assert "spec" not in enforced
    kept = enforced["status"]
    assert kept["resources"] == ["projects/${yard-account.number}"]
    assert kept["accessLevels"] == ["accessPolicies/123456789/accessLevels/ci"]
    assert "storage.googleapis.com" in kept["restrictedServices"]
    assert kept["vpcAccessibleServices"]["allowedServices"] == ["RESTRICTED-SERVICES"]
