"""A headless Chromium that a test talks to over two pipes, in the protocol of its own debugger."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

COMMANDS = ("chromium", "chromium-browser", "google-chrome")
_SECONDS = 30.0


def command() -> str | None:
    """The browser that is there, or None."""
    return next(filter(None, map(shutil.which, COMMANDS)), None)


class Tab:
    """One page, and all that happened on it."""

    def __init__(self, read: int, write: int) -> None:
        self._read, self._write = read, write
        self._buffer, self._id, self._session = b"", 0, ""
        self.events: list[dict[str, Any]] = []

    def open(self, page: Path, *, width: int = 1280, height: int = 900) -> None:
        """Go to a file, and wait until it is there."""
        if not self._session:
            self._attach()
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.send("Emulation.setDeviceMetricsOverride", **size)
        self.events.clear()
        self.send("Page.navigate", url=page.as_uri())
        self._wait(lambda event: event.get("method") == "Page.loadEventFired")

    def _attach(self) -> None:
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        attached = self.send("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method; its answer."""
        self._id += 1
        session = {"sessionId": self._session} if self._session else {}
        message = {"id": self._id, "method": method, "params": parameters, **session}
        os.write(self._write, json.dumps(message).encode() + b"\0")
        answer = self._wait(lambda event: event.get("id") == self._id)
        assert "error" not in answer, f"{method}: {answer['error']}"
        return answer["result"]

    def _wait(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        for event in (seen for seen in self.events if wanted(seen)):
            return event
        while True:
            event = json.loads(self._message())
            if "method" in event:
                self.events.append(event)
            if wanted(event):
                return event

    def _message(self) -> bytes:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._read], [], [], _SECONDS)
            assert ready, "the browser does not answer"
            self._buffer += os.read(self._read, 1 << 16)
        message, _, self._buffer = self._buffer.partition(b"\0")
        return message

    def ask(self, expression: str) -> Any:
        """The value of an expression on the page."""
        answer = self.send("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def press(self, key: str, code: int, text: str = "") -> None:
        """A key, down and up."""
        named = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        written = {"text": text} if text else {}
        self.send("Input.dispatchKeyEvent", type="keyDown", **named, **written)
        self.send("Input.dispatchKeyEvent", type="keyUp", **named)

    def write(self, text: str) -> None:
        """Text into what has the focus."""
        self.send("Input.insertText", text=text)

    def happened(self, *methods: str) -> list[dict[str, Any]]:
        """What the page did, of these kinds."""
        self.ask("0")  # all that came before is here then
        return [event["params"] for event in self.events if event["method"] in methods]


def _as_expected(read: int, write: int) -> None:
    """The browser reads from 3 and writes to 4, whatever they are here."""
    ends = os.dup(read), os.dup(write)
    for number, end in zip((3, 4), ends, strict=True):
        os.dup2(end, number)


@contextmanager
def tab(browser: str) -> Iterator[Tab]:
    """A tab of a browser of its own, which ends with it."""
    (theirs, write), (read, answers) = os.pipe(), os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        # As root there is no sandbox; the pages are this test's own.
        options = ["--no-sandbox"] if os.geteuid() == 0 else []
        options += ["--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
        options += [f"--user-data-dir={profile}", "--remote-debugging-pipe"]
        process = subprocess.Popen(
            [browser, *options],
            close_fds=False,
            preexec_fn=lambda: _as_expected(theirs, answers),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield Tab(read, write)
        finally:
            process.kill()
            process.wait()
            for end in (theirs, write, read, answers):
                os.close(end)
