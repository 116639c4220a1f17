"""The whole of what an account is asked, several questions at a time."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from modelyard.contracts.preflight import Answer, Verdict
from modelyard.sites.aws.preflight import (
    account,
    capacity,
    hosting,
    names,
    offerings,
    permissions,
    quotas,
    roles,
    zones,
)

if TYPE_CHECKING:
    from modelyard.sites.aws.preflight.asking import Asking
    from modelyard.sites.aws.preflight.planned import AwsPreflightArgs
    from modelyard.sites.aws.preflight.question import Question

TOPICS = (zones, quotas, hosting, offerings, capacity, roles, names, permissions)
_AT_A_TIME = 8


class Interview:
    """Asks one account in one region."""

    def __init__(self, args: AwsPreflightArgs, asking: Asking | None = None) -> None:
        self._args = args
        self._site = args.site
        self._asking = asking or account.open_account(self._site.region)

    def answers(self) -> Iterator[Answer]:
        """Every answer in the order of the topics. Of another account than the blueprint's nothing
        more is asked. Raises NotReadyError where nobody is logged in, or AWS cannot be reached.
        """
        first = account.identity(account.caller(self._asking), self._site)
        yield first
        if first.verdict is Verdict.OK:
            yield from names.gathered(self._answers())

    def _answers(self) -> Iterator[Answer]:
        with ThreadPoolExecutor(_AT_A_TIME) as pool:
            for answers in pool.map(lambda question: question.answers(), self._questions()):
                yield from answers

    def _questions(self) -> Iterator[Question]:
        yield from account.questions(self._asking)
        for topic in TOPICS:
            yield from topic.questions(self._asking, self._args)
