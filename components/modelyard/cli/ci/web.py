"""Comments through a platform's REST API: one of our own, updated where there is one already."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from modelyard.blueprint.errors import one_line

if TYPE_CHECKING:
    from requests import Response, Session

_SECONDS = (10.0, 30.0)
"""To connect, and to wait for an answer."""
_TRIES = 4
_WAIT = 1.0
"""Seconds before the second try; each further one waits twice as long."""
_LONGEST_WAIT = 60
"""Seconds that an API may ask us to wait."""
_BUSY = (429, 500, 502, 503, 504)
_PAGES = 100


class Unposted(Exception):
    """Why a comment was not written."""


class Unanswered(Unposted):
    """Nobody knows whether what was asked was done; it may be asked again `after` seconds."""

    def __init__(self, why: str, after: float = 0) -> None:
        super().__init__(why)
        self.after = min(after, _LONGEST_WAIT)


class Comments(Protocol):
    """The comments of one pull or merge request."""

    def find(self, marker: str) -> str | None:
        """The id of the comment of ours that begins with a marker."""
        ...

    def create(self, body: str) -> None: ...

    def update(self, id: str, body: str) -> None: ...


def post(comments: Comments, marker: str, body: str, create: bool = True) -> str:
    """Write a comment or update it: `created`, `updated`, or `not needed`. Raises Unposted.

    Without `create`, one that is there is updated, and none is written.
    What a server that broke down has done of a request is not known, so comments are looked at
    anew before another is written.
    """
    for attempt in range(_TRIES):
        try:
            if id := comments.find(marker):
                comments.update(id, body)
                return "updated"
            if create:
                comments.create(body)
            return "created" if create else "not needed"
        except Unanswered as error:
            if attempt + 1 == _TRIES:
                raise
            time.sleep(max(_WAIT * 2**attempt, error.after))
    raise AssertionError


class Api:
    """An API below one address, asked with one header of authority."""

    def __init__(self, url: str, authority: Mapping[str, str]) -> None:
        self._url = url.rstrip("/")
        self._authority = authority

    def get(self, path: str, **parameters: str) -> Any:
        return self._json(self._ask("GET", f"{self._url}/{path}", params=parameters))

    def pages(self, path: str, **parameters: str) -> Iterator[Any]:
        """What all pages list. A page that is elsewhere is not followed: the token stays here."""
        url: str | None = f"{self._url}/{path}"
        for _ in range(_PAGES):
            response = self._ask("GET", url, params=parameters)
            yield from self._json(response)
            url, parameters = response.links.get("next", {}).get("url"), {}
            if url is None or urlsplit(url)[:2] != urlsplit(self._url)[:2]:
                return

    def send(self, method: str, path: str, content: Mapping[str, Any], **parameters: str) -> None:
        self._ask(method, f"{self._url}/{path}", json=content, params=parameters)

    def _ask(self, method: str, url: str, **given: Any) -> Response:
        from requests import RequestException

        try:
            response = self._session.request(
                method, url, timeout=_SECONDS, allow_redirects=False, **given
            )
        except RequestException as error:
            raise Unanswered(f"{self._host} does not answer: {_cause(error)}") from None
        if response.status_code in _BUSY or _told_to_wait(response):
            after = _seconds(response.headers.get("Retry-After", ""))
            raise Unanswered(f"{self._host} answers {response.status_code}", after)
        if not response.ok or response.is_redirect:
            raise Unposted(_refused(self._host, response))
        return response

    def _json(self, response: Response) -> Any:
        try:
            return response.json()
        except ValueError:
            raise Unposted(f"{self._host} answers with something that is no JSON") from None

    @property
    def _host(self) -> str:
        return urlsplit(self._url).netloc

    @cached_property
    def _session(self) -> Session:
        """Repeats what may be repeated: reading, and writing the same once more."""
        import requests
        from requests.adapters import HTTPAdapter
        from urllib3.util import Retry

        class Patient(Retry):
            """Knows GitHub's way to say that it is asked too often."""

            def is_retry(
                self, method: str, status_code: int, has_retry_after: bool = False
            ) -> bool:
                asked = status_code == 403 and has_retry_after and self.total
                return bool(asked) or super().is_retry(method, status_code, has_retry_after)

        session = requests.Session()
        session.auth = self._sign  # above a .netrc, which would have the last word
        session.headers["User-Agent"] = "modelyard"
        retry = Patient(
            total=_TRIES,
            backoff_factor=_WAIT,
            status_forcelist=_BUSY,
            allowed_methods=("GET", "PUT", "PATCH"),
            retry_after_max=_LONGEST_WAIT,
            raise_on_status=False,
        )
        for scheme in ("https://", "http://"):
            session.mount(scheme, HTTPAdapter(max_retries=retry))
        return session

    def _sign(self, request: Any) -> Any:
        request.headers.update(self._authority)
        return request


def _told_to_wait(response: Response) -> bool:
    """GitHub says 403, and when to come back, where it is asked too often."""
    return response.status_code == 403 and "Retry-After" in response.headers


def _seconds(header: str) -> float:
    return float(header) if header.isdecimal() else 0


def _refused(host: str, response: Response) -> str:
    if response.is_redirect:
        return f"{host} answers {response.status_code} and points elsewhere"
    try:
        content = response.json()
        said = content.get("message") or content.get("error") or ""
    except (ValueError, AttributeError):
        said = ""
    because = f": {one_line(str(said))[:200]}" if said else ""
    return f"{host} answers {response.status_code}{because}"


def _cause(error: Exception) -> str:
    return one_line(type(error).__name__)
