"""Who asks, and of which project, against recorded shapes."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import google.auth.exceptions
import pytest
from google.oauth2 import service_account
from googleapiclient.http import HttpMockSequence
from tests.sites.gcp.google import (
    PROJECT,
    Answer,
    Google,
    Refused,
    Unreachable,
    denied,
    missing,
    switched_off,
    uncounted,
)
from tests.sites.gcp.preflight.ground import ANN, args, region, site, told, verdicts

from modelyard.blueprint.errors import NotReadyError
from modelyard.contracts.preflight import Answer as Told
from modelyard.contracts.preflight import Verdict
from modelyard.sites.gcp.preflight import account, open_preflight
from modelyard.sites.gcp.preflight.account import Caller
from modelyard.sites.gcp.preflight.asking import Asking, SwitchedOffError
from modelyard.sites.gcp.preflight.interview import Interview

GET, ANCESTRY = (f"cloudresourcemanager.projects.{verb}" for verb in ("get", "getAncestry"))
BILLING = "cloudbilling.projects.getBillingInfo"
THERE: Mapping[str, Answer] = {
    GET: {"projectId": PROJECT, "projectNumber": "123456789012", "lifecycleState": "ACTIVE"},
    ANCESTRY: {
        "ancestor": [
            {"resourceId": {"type": "project", "id": PROJECT}},
            {"resourceId": {"type": "folder", "id": "42"}},
            {"resourceId": {"type": "organization", "id": "987654321"}},
        ]
    },
}


def identity(**answers: Answer) -> Told:
    """Ask for the project; keys are verbs."""
    given = {f"cloudresourcemanager.projects.{verb}": answer for verb, answer in answers.items()}
    return account.identity(Google({**THERE, **given}).asking(), ANN)


def asked(who: Caller = ANN, **answers: Answer) -> dict[str, Told]:
    """All else that is asked of the account, by what was asked."""
    given = {
        BILLING: answers.get("billing", {"billingEnabled": True}),
        "compute.regions.get": answers.get("region", region()),
        "compute.regions.list": {"items": [{"name": "europe-west1"}, {"name": "us-east1"}]},
    }
    found = told(account.questions(Google(given).asking(), who))
    return {answer.asked: answer for answer in found}


def test_recorded_a_project_tells_its_number_and_its_organisation() -> None:
    answer = identity()
    assert answer.verdict is Verdict.OK
    assert answer.found == (
        "logged in as ann@acme.example; number 123456789012, in organisation 987654321"
    )


@pytest.mark.parametrize(
    ("ancestry", "found"),
    [
        ({"ancestor": []}, "in no organisation"),
        (denied("resourcemanager.projects.get"), "in an organisation that is not told"),
    ],
)
def test_recorded_a_project_may_be_in_no_organisation(ancestry: Answer, found: str) -> None:
    assert identity(getAncestry=ancestry).found.endswith(found)


@pytest.mark.parametrize(
    ("answer", "found", "next"),
    [
        (missing(), "there is none", "correct `project` in the blueprint"),
        (
            denied("resourcemanager.projects.get"),
            "is not there, or ann@acme.example may not see it",
            "gcloud auth application-default login",
        ),
        (
            uncounted(),
            "ann@acme.example may not let calls count on it, or it is not there",
            "give user:ann@acme.example roles/serviceusage.serviceUsageConsumer",
        ),
        (
            switched_off("cloudresourcemanager.googleapis.com"),
            "cloudresourcemanager.googleapis.com is not enabled",
            f"gcloud services enable cloudresourcemanager.googleapis.com --project={PROJECT}",
        ),
        (
            {"projectId": PROJECT, "lifecycleState": "DELETE_REQUESTED"},
            "is DELETE_REQUESTED",
            f"gcloud projects undelete {PROJECT}",
        ),
        (Refused(400, {"message": "wrong"}), "the call was refused: 400: wrong", ""),
    ],
    ids=["none", "hidden", "not counted", "switched off", "going", "refused"],
)
def test_recorded_a_project_that_is_not_open_stops_everything(
    answer: Answer, found: str, next: str
) -> None:
    google = Google({**THERE, GET: answer})
    told = list(Interview(args(), google.asking(), ANN).answers())
    assert verdicts(told) == ["failed"]
    assert told[0].found.startswith(found)
    assert next in told[0].next
    assert google.methods == {GET}


def test_recorded_a_network_that_reaches_nothing_is_said_at_once() -> None:
    with pytest.raises(NotReadyError, match=r"cannot be reached: .*Next: check the network"):
        identity(get=Unreachable)


def test_recorded_billing_has_to_be_on() -> None:
    name = "billingAccounts/01AB-23CD"
    assert asked(billing={"billingEnabled": True, "billingAccountName": name})["billing"].found == (
        "on account 01AB-23CD"
    )
    closed = asked(billing={"billingEnabled": False, "billingAccountName": name})["billing"]
    assert closed.found == "the account 01AB-23CD is closed"
    none = asked(billing={"billingEnabled": False})["billing"]
    assert (none.verdict, none.found) == (Verdict.FAILED, "no billing account pays for it")
    assert none.next == f"gcloud billing projects link {PROJECT} --billing-account=ACCOUNT_ID"


def test_recorded_an_api_that_is_off_costs_one_answer_and_names_the_command() -> None:
    answer = asked(billing=switched_off("cloudbilling.googleapis.com"))["billing"]
    assert answer.verdict is Verdict.UNKNOWN
    assert answer.next == f"gcloud services enable cloudbilling.googleapis.com --project={PROJECT}"


def test_recorded_a_permission_that_lacks_is_named() -> None:
    answer = asked(billing=denied())["billing"]
    assert answer.verdict is Verdict.UNKNOWN
    assert answer.found == "resourcemanager.projects.get is not allowed"


def test_recorded_a_region_that_is_not_there_is_told_with_those_that_are() -> None:
    answer = asked(region=missing())["region europe-west4"]
    assert (answer.verdict, answer.next) == (
        Verdict.FAILED,
        "choose one of europe-west1, us-east1",
    )
    down = asked(region=region(status="DOWN"))["region europe-west4"]
    assert down.verdict is Verdict.WARNING


def test_a_key_in_a_file_is_warned_of() -> None:
    who = Caller(email="ci@acme.iam.gserviceaccount.com", service_account=True, key_file=True)
    answer = asked(who)["credentials"]
    assert answer.verdict is Verdict.WARNING
    assert answer.next.endswith("--impersonate-service-account=ci@acme.iam.gserviceaccount.com")
    assert asked()["credentials"].verdict is Verdict.OK


def test_a_quota_project_that_is_another_one_is_warned_of() -> None:
    answer = asked(Caller(quota_project="other"))["quota project"]
    assert answer.verdict is Verdict.WARNING
    assert answer.next == f"gcloud auth application-default set-quota-project {PROJECT}"
    assert asked(Caller(quota_project=PROJECT))["quota project"].verdict is Verdict.OK
    assert "quota project" not in asked()


def test_recorded_who_is_logged_in_is_told_by_the_token() -> None:
    google = Google({"oauth2.tokeninfo": {"email": "ann@acme.example"}})
    assert account.caller(google.asking()) == ANN
    assert ANN.member == "user:ann@acme.example"


def test_recorded_a_token_without_a_name_is_somebody() -> None:
    nameless = Google({"oauth2.tokeninfo": Refused(400, {"message": "invalid_token"})})
    who = account.caller(nameless.asking())
    assert who.name == "somebody whose name Google does not tell"


def test_a_service_account_from_a_file_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    email = "ci@acme-ml-prod.iam.gserviceaccount.com"
    monkeypatch.setattr(service_account.Credentials, "valid", True)
    uri = "https://oauth2.googleapis.com/token"
    credentials = service_account.Credentials(None, email, uri)  # type: ignore[no-untyped-call]
    who = account.caller(Asking(credentials, PROJECT, "europe-west4"))
    assert (who.key_file, who.member) == (True, f"serviceAccount:{email}")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (google.auth.exceptions.RefreshError("Reauthentication is needed."), "the login is not"),
        (google.auth.exceptions.TransportError("no route"), "Google cannot be reached: no route"),
    ],
)
def test_a_login_that_is_over_and_a_network_that_is_not_there_are_told_apart(
    monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    def refresh(*_: Any) -> None:
        raise error

    asking = Google({}).asking()
    monkeypatch.setattr(type(asking.credentials), "valid", False)
    monkeypatch.setattr(asking.credentials, "refresh", refresh)
    with pytest.raises(NotReadyError, match=f"^{said}"):
        account.caller(asking)


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine on which nobody is logged in to Google Cloud."""
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_QUOTA_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_nobody_logged_in_is_told_how(nobody: Path) -> None:
    with pytest.raises(NotReadyError, match=r"Next: .*`gcloud auth application-default login`"):
        open_preflight(args())


def test_the_login_of_gcloud_is_found_and_counts_on_the_site_s_project(
    nobody: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("client_id", "client_secret", "refresh_token")
    login = {"type": "authorized_user", **dict.fromkeys(names, "x")}
    kept = nobody / "application_default_credentials.json"
    kept.write_text(json.dumps({**login, "quota_project_id": "other"}), encoding="utf-8")
    monkeypatch.setattr(account, "caller", lambda _, chosen: Caller(quota_project=chosen))
    asking, who = account.open_project(site())
    assert asking.credentials.quota_project_id == PROJECT  # type: ignore[attr-defined]
    assert who.quota_project == "other"


def test_without_google_s_sdk_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "googleapiclient", None)
    with pytest.raises(NotReadyError, match=r"pip install 'modelyard\[gcp\]'"):
        open_preflight(args())


def test_a_refusal_comes_through_the_sdk_s_own_requests() -> None:
    """The one test that goes down to HTTP: the SDK raises, and the reason is read."""
    asking = Asking(Google({}).asking().credentials, PROJECT, "europe-west4")
    content = switched_off("compute.googleapis.com").content
    asking._of_thread.http = HttpMockSequence([({"status": "403"}, content)])
    with pytest.raises(SwitchedOffError, match=r"compute\.googleapis\.com"):
        asking.call("compute.regions.get", project=PROJECT, region="europe-west4")
