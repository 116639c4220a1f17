"""Who asks, of which project, and whether it is open, paid for, and asked in a good way."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import google.auth
import httplib2
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError
from google.oauth2 import service_account
from google_auth_httplib2 import Request
from googleapiclient.errors import HttpError

from modelyard.blueprint.errors import NotReadyError
from modelyard.contracts.preflight import Answer, Verdict
from modelyard.sites.gcp.preflight.asking import (
    UNREACHABLE,
    UNTOLD,
    Asking,
    DeniedError,
    SwitchedOffError,
    said_by,
)
from modelyard.sites.gcp.preflight.question import Question, enable

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

    from modelyard.blueprint.site import GcpSite

TOPIC = "account"
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_LOG_IN = "log in with `gcloud auth application-default login`"
_SOMEBODY = "somebody whose name Google does not tell"


@dataclass(frozen=True)
class Caller:
    """Who is logged in. `email` is empty where Google does not tell."""

    email: str = ""
    service_account: bool = False
    key_file: bool = False
    quota_project: str | None = None

    @property
    def name(self) -> str:
        return self.email or _SOMEBODY

    @property
    def member(self) -> str:
        """As a policy names who is logged in."""
        kind = "serviceAccount" if self.service_account else "user"
        return f"{kind}:{self.email or 'EMAIL'}"


def open_project(site: GcpSite) -> tuple[Asking, Caller]:
    """A project as the environment is logged in to it, and who that is. Raises NotReadyError."""
    try:
        credentials = _credentials()
    except DefaultCredentialsError as error:
        raise NotReadyError(f"nobody is logged in: {_sentence(error)}. Next: {_LOG_IN}") from None
    chosen = getattr(credentials, "quota_project_id", None)
    # Whoever is logged in, calls count on the site's own project, as those of `up` do.
    counted: Any = getattr(credentials, "with_quota_project", None)
    asking = Asking(counted(site.project) if counted else credentials, site.project, site.region)
    return asking, caller(asking, chosen)


def caller(asking: Asking, quota_project: str | None = None) -> Caller:
    """Who is logged in. Raises NotReadyError, with how to log in."""
    credentials = asking.credentials
    try:
        if not credentials.valid:
            credentials.refresh(Request(httplib2.Http(timeout=30)))
    except UNREACHABLE as error:
        next = "check the network and the proxy"
        raise NotReadyError(f"Google cannot be reached: {_sentence(error)}. Next: {next}") from None
    except GoogleAuthError as error:
        raise NotReadyError(f"the login is not good: {_sentence(error)}. Next: {_LOG_IN}") from None
    account = getattr(credentials, "service_account_email", None)
    return Caller(
        email=account or _email(asking),
        service_account=bool(account),
        key_file=isinstance(credentials, service_account.Credentials),
        quota_project=quota_project,
    )


def identity(asking: Asking, who: Caller) -> Answer:
    """Whether the project is there and open to who asks; nothing else may be asked without."""
    project = asking.project
    asked, needed = f"project {project}", project
    failed = partial(Answer, TOPIC, asked, Verdict.FAILED, needed=needed)
    try:
        found = asking.find("cloudresourcemanager.projects.get", projectId=project)
    except DeniedError as error:
        return _hidden(failed, error, who)
    except SwitchedOffError as error:
        found = f"{error.service} is not enabled, without which nothing is told"
        return failed(found=found, next=enable(error.service, project))
    except HttpError as error:
        return failed(found=f"the call was refused: {error.resp.status}: {said_by(error)}")
    except UNREACHABLE as error:
        next = "check the network and the proxy"
        raise NotReadyError(f"Google cannot be reached: {_sentence(error)}. Next: {next}") from None
    except GoogleAuthError as error:
        raise NotReadyError(f"the login is not good: {_sentence(error)}. Next: {_LOG_IN}") from None
    if found is None:
        return failed(found="there is none", next="correct `project` in the blueprint")
    state = found.get("lifecycleState")
    if state != "ACTIVE":
        return failed(found=f"is {state}", next=f"gcloud projects undelete {project}")
    told = f"logged in as {who.name}; number {found.get('projectNumber')}"
    return Answer(TOPIC, asked, Verdict.OK, f"{told}, in {_above(asking)}", needed)


def _hidden(failed: Any, error: DeniedError, who: Caller) -> Answer:
    """A project that is not there and one that is hidden are told in the same way."""
    if error.permission == "serviceusage.services.use":
        role = "roles/serviceusage.serviceUsageConsumer"
        found = f"{who.name} may not let calls count on it, or it is not there"
        next = f"let somebody give {who.member} {role} there, or correct `project`"
        return failed(found=found, next=next)
    found = f"is not there, or {who.name} may not see it"
    return failed(found=found, next=f"{_LOG_IN} as somebody who may, or correct `project`")


def questions(asking: Asking, who: Caller) -> Iterator[Question]:
    """Whether the project is paid for, and who asks is known in a way that is safe to use."""
    question = partial(Question, TOPIC, project=asking.project)
    yield question("billing", ask=lambda: [_billing(asking)])
    yield question("credentials", ask=lambda: [_credential(who)])
    if who.quota_project:
        yield question("quota project", ask=lambda: [_quota_project(asking, who.quota_project)])
    yield question(f"region {asking.region}", ask=lambda: [_region(asking)])


def _billing(asking: Asking) -> Answer:
    name = f"projects/{asking.project}"
    told = asking.call("cloudbilling.projects.getBillingInfo", name=name)
    account = str(told.get("billingAccountName", "")).rpartition("/")[2]
    if told.get("billingEnabled"):
        found = f"on account {account}" if account else "is on"
        return Answer(TOPIC, "billing", Verdict.OK, found)
    command = f"gcloud billing projects link {asking.project} --billing-account=ACCOUNT_ID"
    found = f"the account {account} is closed" if account else "no billing account pays for it"
    return Answer(TOPIC, "billing", Verdict.FAILED, found, next=command)


def _credential(who: Caller) -> Answer:
    if not who.key_file:
        return Answer(TOPIC, "credentials", Verdict.OK, "no key file")
    found = f"a key of {who.name} in a file: it works for whoever has that, until it is deleted"
    command = f"gcloud auth application-default login --impersonate-service-account={who.email}"
    return Answer(TOPIC, "credentials", Verdict.WARNING, found, next=command)


def _quota_project(asking: Asking, chosen: str | None) -> Answer:
    asked, needed = "quota project", asking.project
    if chosen == asking.project:
        return Answer(TOPIC, asked, Verdict.OK, "the same", needed)
    found = f"{chosen}: calls of other tools count on it, not those of `up`"
    command = f"gcloud auth application-default set-quota-project {asking.project}"
    return Answer(TOPIC, asked, Verdict.WARNING, found, needed, command)


def _region(asking: Asking) -> Answer:
    asked, project = f"region {asking.region}", asking.project
    if found := asking.find("compute.regions.get", project=project, region=asking.region):
        up = found.get("status") == "UP"
        verdict = Verdict.OK if up else Verdict.WARNING
        return Answer(TOPIC, asked, verdict, f"is {found.get('status')}")
    listed = asking.listed("compute.regions.list", "items", project=project)
    names = ", ".join(sorted(each["name"] for each in listed))
    return Answer(TOPIC, asked, Verdict.FAILED, "there is none", next=f"choose one of {names}")


def _credentials() -> Credentials:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a quota project that is missing: it is set after
        return google.auth.default(scopes=[SCOPE])[0]


def _email(asking: Asking) -> str:
    """Whose token it is; a federated identity has none."""
    try:
        told = asking.call("oauth2.tokeninfo", access_token=asking.credentials.token)
    except (DeniedError, SwitchedOffError, *UNTOLD):
        return ""
    return str(told.get("email", ""))


def _above(asking: Asking) -> str:
    """The organisation that the project is in, as far as who asks may know."""
    try:
        told = asking.call(
            "cloudresourcemanager.projects.getAncestry", projectId=asking.project, body={}
        )
    except (DeniedError, SwitchedOffError, *UNTOLD):
        return "an organisation that is not told"
    ids = [each["resourceId"] for each in told.get("ancestor", ())]
    found = [each["id"] for each in ids if each.get("type") == "organization"]
    return f"organisation {found[0]}" if found else "no organisation"


def _sentence(error: Exception) -> str:
    """A message of Google's without the full stop at its end."""
    return str(error).rstrip(". ")
