"""Programs that are started for a test and ended by it."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path


class Process:
    """A program with its output in a file."""

    def __init__(self, name: str, command: Sequence[str], logs: Path) -> None:
        self.name, self.log = name, logs / f"{name}.log"
        with self.log.open("wb") as output:
            self._running = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Ctrl-C is for the tests: they end this one once they have put things away.
                start_new_session=True,
            )

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Wait until it is ready. Raises RuntimeError, with the end of its log, if it is not."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self._running.poll() is not None:
                raise RuntimeError(f"{self.name} ended: {self._last_words()}")
            if ready():
                return
            time.sleep(0.1)
        raise RuntimeError(f"{self.name} is not ready after {seconds:.0f} s: {self._last_words()}")

    def stop(self) -> None:
        if self._running.poll() is None:
            self._running.terminate()
        try:
            self._running.wait(10)
        except subprocess.TimeoutExpired:
            self._running.kill()
            self._running.wait()

    def _last_words(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join([f"(log: {self.log})", *lines[-15:]])


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
