"""Servers on this machine that answer as the platforms' APIs do: enough of each for comments.

Shapes: https://docs.github.com/en/rest/issues/comments, https://docs.gitlab.com/api/notes,
https://learn.microsoft.com/rest/api/azure/devops/git/pull-request-threads.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Answer = tuple[int, Any, dict[str, str]]
"""Status, JSON and headers."""


@dataclass
class Forge:
    """What a server holds and was asked; `failing` are answers that it gives before others."""

    token: tuple[str, str]
    """The header that it asks for, and its value."""
    comments: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    failing: dict[str, list[Answer]] = field(default_factory=dict)
    """By method."""
    done_all_the_same: bool = False
    """Whether a request that it fails is carried out before."""
    url: str = ""

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
        raise NotImplementedError

    def handle(self, method: str, target: str, headers: Any, body: Any) -> Answer:
        split = urlsplit(target)
        query = {key: values[-1] for key, values in parse_qs(split.query).items()}
        self.asked.append((method, split.path))
        name, value = self.token
        if headers.get(name) != value:
            return 401, {"message": "401 Unauthorized"}, {}
        if self.failing.get(method):
            if self.done_all_the_same:
                self.answer(method, split.path, query, body)
            return self.failing[method].pop(0)
        return self.answer(method, split.path, query, body)

    def methods(self) -> list[str]:
        return [method for method, _ in self.asked]

    def bodies(self) -> list[str]:
        return [str(each.get("body", each.get("content"))) for each in self.comments]


class GitHubForge(Forge):
    """Two comments a page, so that pages are needed."""

    PER_PAGE = 2
    BOT = {"login": "github-actions[bot]", "id": 41898282, "type": "Bot"}

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
        if path == "/user":
            return 403, {"message": "Resource not accessible by integration"}, {}
        if method == "POST" and path == "/repos/acme/ml/issues/7/comments":
            self.comments.append({"id": 1000 + len(self.comments), "user": self.BOT, **body})
            return 201, self.comments[-1], {}
        if method == "PATCH":
            found = re.fullmatch(r"/repos/acme/ml/issues/comments/(\d+)", path)
            return self._update(int(found[1]) if found else 0, body)
        if path == "/repos/acme/ml/issues/7/comments":
            return self._page(path, int(query.get("page", "1")))
        return 404, {"message": "Not Found"}, {}

    def _update(self, id: int, body: Any) -> Answer:
        for each in self.comments:
            if each["id"] == id:
                each.update(body)
                return 200, each, {}
        return 404, {"message": "Not Found"}, {}

    def _page(self, path: str, page: int) -> Answer:
        begin = (page - 1) * self.PER_PAGE
        more = len(self.comments) > begin + self.PER_PAGE
        links = {"Link": f'<{self.url}{path}?page={page + 1}>; rel="next"'} if more else {}
        return 200, self.comments[begin : begin + self.PER_PAGE], links


class GitLabForge(Forge):
    """Answers as `me`."""

    ME = {"id": 42, "username": "project_1_bot", "name": "review"}

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
        notes = "/api/v4/projects/1/merge_requests/7/notes"
        if path == "/api/v4/user":
            return 200, self.ME, {}
        if path == notes and method == "GET":
            return 200, self.comments, {}
        if path == notes and method == "POST":
            note = {"id": 300 + len(self.comments), "author": self.ME, "system": False, **body}
            self.comments.append(note)
            return 201, note, {}
        for each in self.comments:
            if method == "PUT" and path == f"{notes}/{each['id']}":
                each.update(body)
                return 200, each, {}
        return 404, {"message": "404 Not found"}, {}


class AzureForge(Forge):
    """`comments` are the threads' only comments."""

    ME = {"id": "9a1e-build", "displayName": "ml Build Service (acme)"}

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
        threads = "/acme/p-1/_apis/git/repositories/r-1/pullRequests/7/threads"
        if path == "/acme/_apis/connectionData":
            return 200, {"authenticatedUser": self.ME}, {}
        if query.get("api-version") != "7.1":
            return 400, {"message": "No api-version was supplied"}, {}
        if path == threads and method == "GET":
            value = [
                {"id": 50 + i, "status": "closed", "comments": [{"id": 1, **each}]}
                for i, each in enumerate(self.comments)
            ]
            return 200, {"value": [{"id": 9, "comments": []}, *value], "count": len(value)}, {}
        if path == threads and method == "POST":
            first = body["comments"][0]
            self.comments.append({"author": self.ME, "content": first["content"]})
            return 200, {"id": 50 + len(self.comments)}, {}
        found = re.fullmatch(rf"{threads}/(\d+)/comments/1", path)
        if method == "PATCH" and found:
            self.comments[int(found[1]) - 50].update(body)
            return 200, {}, {}
        return 404, {"message": "TF401019"}, {}


@contextmanager
def serving(forge: Forge) -> Iterator[Forge]:
    """The server, on a port of its own on the loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(forge.handle))
    forge.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield forge
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(handle: Callable[..., Answer]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            status, content, headers = handle(self.command, self.path, self.headers, body)
            data = json.dumps(content).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(data))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_PATCH = _any  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            """Nothing on standard error."""

    return Handler
