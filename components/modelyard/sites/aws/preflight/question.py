"""A question to an account; whatever happens while it is asked, there is an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from modelyard.contracts.preflight import Answer, Verdict
from modelyard.sites.aws.preflight.asking import UNREACHABLE, DeniedError, code_of


@dataclass(frozen=True)
class Question:
    """What is asked, and how."""

    topic: str
    asked: str
    ask: Callable[[], Iterable[Answer]]

    def answers(self) -> tuple[Answer, ...]:
        """The answers, or why there is none."""
        try:
            return tuple(self.ask())
        except DeniedError as error:
            next = f"let who runs this call {error.permission}, or look yourself"
            return (self._unknown(f"{error.permission} is not allowed", next),)
        except ClientError as error:
            said = error.response.get("Error", {}).get("Message", "")
            return (self._unknown(f"{error.operation_name} was refused: {code_of(error)}: {said}"),)
        except UNREACHABLE as error:
            return (self._unknown(f"no answer: {error}", "check the way to this service"),)
        except BotoCoreError as error:
            return (self._unknown(str(error)),)

    def _unknown(self, found: str, next: str = "") -> Answer:
        return Answer(self.topic, self.asked, Verdict.UNKNOWN, found, next=next)
