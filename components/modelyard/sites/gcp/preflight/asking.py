"""Calls to Google's APIs about one project; what is denied says which permission is lacking.

Methods are named as their discovery documents name them: `compute.regions.get`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httplib2
from google.auth.exceptions import GoogleAuthError, TransportError
from google_auth_httplib2 import AuthorizedHttp
from googleapiclient.discovery import build, build_from_document
from googleapiclient.errors import HttpError
from googleapiclient.http import HttpRequest

from modelyard.sites.asked import OneAnswer

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

UNREACHABLE = (httplib2.HttpLib2Error, OSError, TransportError)
"""What is raised where there is no way to Google."""
UNTOLD = (HttpError, GoogleAuthError, *UNREACHABLE)
"""Everything with which a call may end that is neither an answer nor for want of a permission."""
VERSIONS: Mapping[str, str] = {
    "aiplatform": "v1",
    "alloydb": "v1",
    "artifactregistry": "v1",
    "bigquery": "v2",
    "binaryauthorization": "v1",
    "cloudasset": "v1",
    "cloudbilling": "v1",
    "cloudkms": "v1",
    "cloudresourcemanager": "v1",
    "cloudscheduler": "v1",
    "composer": "v1",
    "compute": "v1",
    "container": "v1",
    "dataplex": "v1",
    "dlp": "v2",
    "dns": "v1",
    "iam": "v1",
    "logging": "v2",
    "managedkafka": "v1",
    "memorystore": "v1",
    "monitoring": "v3",
    "networkconnectivity": "v1",
    "oauth2": "v2",
    "orgpolicy": "v2",
    "pubsub": "v1",
    "redis": "v1",
    "run": "v2",
    "secretmanager": "v1",
    "serviceusage": "v1beta1",
    "sqladmin": "v1",
    "storage": "v1",
    "workflows": "v1",
}
"""Which version of each API is spoken. Quotas are in no other one of `serviceusage`."""
OWN_DOCUMENTS = {"memorystore": Path(__file__).with_name("memorystore.v1.json")}
"""APIs whose document Google's SDK does not bring."""
_APIS = {"sql": "sqladmin"}
"""APIs whose methods are called otherwise than they are."""
_PLACES = {"cloudasset.searchAllResources": ("v1",)}
"""Methods that the SDK's client has elsewhere than their names say."""
_REGIONAL = {"aiplatform": "https://{region}-aiplatform.googleapis.com"}
"""APIs that know of a region's things under the region's own address alone."""
_SECONDS, _RETRIES = 30, 2
_OFF = {"SERVICE_DISABLED", "accessNotConfigured"}
_BUSY = {"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"}
_PREFIXES = {"sql": "cloudsql", "cloudresourcemanager": "resourcemanager"}
_PERMISSIONS = {
    "binaryauthorization.projects.getPolicy": "binaryauthorization.policy.get",
    "cloudasset.searchAllResources": "cloudasset.assets.searchAllResources",
    "cloudbilling.projects.getBillingInfo": "resourcemanager.projects.get",
    "cloudresourcemanager.projects.getAncestry": "resourcemanager.projects.get",
    "container.projects.locations.clusters.nodePools.get": "container.clusters.get",
    "dataplex.projects.locations.dataScans.get": "dataplex.datascans.get",
    "logging.projects.metrics.get": "logging.logMetrics.get",
    "orgpolicy.projects.policies.getEffectivePolicy": "orgpolicy.policy.get",
    "serviceusage.services.consumerQuotaMetrics.list": "serviceusage.quotas.get",
}
"""Calls whose permission has another name than its own. Source: IAM permissions reference."""

Told = Mapping[str, Any]


class DeniedError(Exception):
    """A call that this identity may not make."""

    def __init__(self, permission: str, said: str) -> None:
        super().__init__(permission)
        self.permission, self.said = permission, said


class SwitchedOffError(Exception):
    """A call to an API that the project has not enabled."""

    def __init__(self, service: str) -> None:
        super().__init__(service)
        self.service = service


class Asking:
    """Asks one project. Answers are kept, so that two questions may ask the same."""

    def __init__(
        self,
        credentials: Credentials,
        project: str,
        region: str,
        request: Callable[..., Any] = HttpRequest,
    ) -> None:
        self.credentials, self.project, self.region = credentials, project, region
        self._request = request
        self._lock = threading.Lock()
        self._of_thread = threading.local()
        self._services: dict[str, Any] = {}
        self._told: dict[str, OneAnswer] = {}

    def call(self, method: str, **given: Any) -> Told:
        """What Google answers. Raises DeniedError, SwitchedOffError, and whatever is UNTOLD."""
        return self._remember((method, given), lambda: self._call(method, given))

    def find(self, method: str, **given: Any) -> Told | None:
        """The answer; None where there is no such thing. Raises as `call` does."""
        try:
            return self.call(method, **given)
        except HttpError as error:
            if error.resp.status != 404:
                raise
        return None

    def listed(self, method: str, key: str, **given: Any) -> Sequence[Told]:
        """Everything that is listed under `key`, over all pages. Raises as `call` does."""
        return [item for page in self._pages(method, given) for item in page.get(key, ())]

    def scoped(self, method: str, key: str, **given: Any) -> Mapping[str, Sequence[Told]]:
        """What Compute Engine lists for the whole project, by zone or region."""
        found: dict[str, list[Told]] = {}
        for page in self._pages(method, given):
            for scope, items in page.get("items", {}).items():
                found.setdefault(scope.rpartition("/")[2], []).extend(items.get(key, ()))
        return found

    def _pages(self, method: str, given: Mapping[str, Any]) -> Sequence[Told]:
        key = ("pages", method, given)
        return self._remember(key, lambda: list(self._turned(method, given)))

    def _turned(self, method: str, given: Mapping[str, Any]) -> Iterator[Told]:
        token: str | None = None
        while True:
            page = self._call(method, {**given, "pageToken": token} if token else given)
            yield page
            token = page.get("nextPageToken")
            if not token:
                return

    def _remember(self, key: tuple[Any, ...], ask: Callable[[], Any]) -> Any:
        with self._lock:
            told = self._told.setdefault(repr(key), OneAnswer())
        return told.by(ask)

    def _call(self, method: str, given: Mapping[str, Any]) -> Told:
        try:
            request = self._asked(method)(**given)
            return request.execute(http=self._http(), num_retries=_RETRIES)
        except HttpError as error:
            raise _refusal(method, error) from None

    def _asked(self, method: str) -> Callable[..., Any]:
        """The method of the SDK's client; making one is not safe in several threads."""
        prefix, *parts, verb = method.split(".")
        with self._lock:
            api = _APIS.get(prefix, prefix)
            if api not in self._services:
                self._services[api] = self._service(api)
            found = self._services[api]
            for part in _PLACES.get(method, parts):
                found = getattr(found, part)()
            return getattr(found, verb)

    def _service(self, api: str) -> Any:
        given: dict[str, Any] = {"http": httplib2.Http(), "requestBuilder": self._request}
        if api in OWN_DOCUMENTS:
            return build_from_document(OWN_DOCUMENTS[api].read_text(encoding="utf-8"), **given)
        if api in _REGIONAL:
            given["client_options"] = {"api_endpoint": _REGIONAL[api].format(region=self.region)}
        return build(api, VERSIONS[api], static_discovery=True, cache_discovery=False, **given)

    def _http(self) -> AuthorizedHttp:
        """One for each thread: they are not safe in several."""
        if not hasattr(self._of_thread, "http"):
            http = httplib2.Http(timeout=_SECONDS)
            self._of_thread.http = AuthorizedHttp(self.credentials, http=http)
        return self._of_thread.http


def permission_of(method: str) -> str:
    """The IAM permission that a method needs: `compute.instances.list`."""
    if method in _PERMISSIONS:
        return _PERMISSIONS[method]
    prefix, *_, noun, verb = method.split(".")
    return f"{_PREFIXES.get(prefix, prefix)}.{noun}.{verb.replace('aggregatedList', 'list')}"


def said_by(error: HttpError) -> str:
    """What the service says is wrong."""
    return str(_body(error).get("message") or error.reason or "").rstrip(". ")


def _refusal(method: str, error: HttpError) -> Exception:
    """What is raised instead of a refusal, where that is for want of a right or of the API."""
    body = _body(error)
    infos = [each for each in body.get("details", ()) if "ErrorInfo" in each.get("@type", "")]
    reasons = {str(each.get("reason")) for each in chain(infos, body.get("errors", ()))}
    told: Mapping[str, str] = infos[0].get("metadata", {}) if infos else {}
    if reasons & _OFF:
        prefix = method.partition(".")[0]
        return SwitchedOffError(
            told.get("service") or f"{_APIS.get(prefix, prefix)}.googleapis.com"
        )
    if error.resp.status not in (401, 403) or reasons & _BUSY:
        return error
    if "USER_PROJECT_DENIED" in reasons:
        return DeniedError("serviceusage.services.use", said_by(error))
    return DeniedError(told.get("permission") or permission_of(method), said_by(error))


def _body(error: HttpError) -> Mapping[str, Any]:
    try:
        return json.loads(error.content)["error"]
    except (ValueError, KeyError, TypeError):
        return {}
