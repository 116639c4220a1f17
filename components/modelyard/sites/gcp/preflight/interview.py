"""The whole of what a project is asked, several questions at a time."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from modelyard.contracts.preflight import Answer, Verdict
from modelyard.sites.gcp.preflight import (
    account,
    capacity,
    hosting,
    names,
    offerings,
    permissions,
    policies,
    quotas,
    services,
    zones,
)

if TYPE_CHECKING:
    from modelyard.sites.gcp.preflight.account import Caller
    from modelyard.sites.gcp.preflight.asking import Asking
    from modelyard.sites.gcp.preflight.planned import GcpPreflightArgs
    from modelyard.sites.gcp.preflight.question import Question

TOPICS = (services, zones, quotas, hosting, offerings, capacity, names, policies)
_AT_A_TIME = 8


class Interview:
    """Asks one project in one region."""

    def __init__(
        self,
        args: GcpPreflightArgs,
        asking: Asking | None = None,
        who: Caller | None = None,
    ) -> None:
        self._args = args
        if asking is None:
            asking, who = account.open_project(args.site)
        self._asking, self._who = asking, who or account.caller(asking)

    def answers(self) -> Iterator[Answer]:
        """Every answer in the order of the topics. Of a project that is not open nothing more is
        asked. Raises NotReadyError where Google cannot be reached.
        """
        first = account.identity(self._asking, self._who)
        yield first
        if first.verdict is Verdict.OK:
            yield from names.gathered(self._answers())

    def _answers(self) -> Iterator[Answer]:
        with ThreadPoolExecutor(_AT_A_TIME) as pool:
            for answers in pool.map(lambda question: question.answers(), self._questions()):
                yield from answers

    def _questions(self) -> Iterator[Question]:
        yield from account.questions(self._asking, self._who)
        for topic in TOPICS:
            yield from topic.questions(self._asking, self._args)
        yield from permissions.questions(self._asking, self._args, self._who)
