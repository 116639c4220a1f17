"""Answers that several ask for at the same time, and that are fetched once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any


class OneAnswer:
    """Whoever asks while it is under way waits for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answer: Any = None
        self._error: Exception | None = None
        self._asked = False

    def by(self, ask: Callable[[], Any]) -> Any:
        with self._lock:
            if not self._asked:
                self._asked = True
                try:
                    self._answer = ask()
                except Exception as error:
                    self._error = error
        if self._error is not None:
            raise self._error
        return self._answer
