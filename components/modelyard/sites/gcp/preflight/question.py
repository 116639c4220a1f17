"""A question to a project; whatever happens while it is asked, there is an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from google.auth.exceptions import GoogleAuthError
from googleapiclient.errors import HttpError

from modelyard.contracts.preflight import Answer, Verdict
from modelyard.sites.gcp.preflight.asking import (
    UNREACHABLE,
    DeniedError,
    SwitchedOffError,
    said_by,
)


@dataclass(frozen=True)
class Question:
    """What is asked, and how."""

    topic: str
    asked: str
    project: str
    ask: Callable[[], Iterable[Answer]]

    def answers(self) -> tuple[Answer, ...]:
        """The answers, or why there is none."""
        try:
            return tuple(self.ask())
        except DeniedError as error:
            next = f"let who runs this call have {error.permission}, or look yourself"
            return (self._unknown(f"{error.permission} is not allowed", next),)
        except SwitchedOffError as error:
            next = enable(error.service, self.project)
            return (self._unknown(f"{error.service} is not enabled in the project", next),)
        except HttpError as error:
            found = f"the call was refused: {error.resp.status}: {said_by(error)}"
            return (self._unknown(found),)
        except UNREACHABLE as error:
            return (self._unknown(f"no answer: {error}", "check the way to this service"),)
        except GoogleAuthError as error:
            return (self._unknown(str(error)),)

    def _unknown(self, found: str, next: str = "") -> Answer:
        return Answer(self.topic, self.asked, Verdict.UNKNOWN, found, next=next)


def enable(service: str, project: str) -> str:
    """The command that switches an API on."""
    return f"gcloud services enable {service} --project={project}"
