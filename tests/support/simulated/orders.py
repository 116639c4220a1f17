"""What a test orders: a call waits, fails, is made but not ready, or stands still until killed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from tests.support.simulated.cloud import Cloud


class Kind(StrEnum):
    """What happens to a call."""

    DELAY = "delay"
    FAIL = "fail"
    UNREADY = "unready"
    """A resource is made or changed, and the provider says that it does not become ready."""
    FREEZE = "freeze"
    """From this call on, none goes on until the order is taken back or the caller is gone."""


@dataclass(frozen=True)
class Order:
    """What is to happen to calls of a method and type (empty for all), the n-th only or each (0).

    `after`: once the cloud has done what was asked, so that only the answer is affected.
    """

    kind: Kind
    method: str = ""
    type: str = ""
    nth: int = 0
    seconds: float = 0.0
    message: str = "ordered by the test"
    after: bool = False


def give(cloud: Cloud, order: Order) -> int:
    """Have the providers follow an order from now on; the number takes it back."""
    cloud(
        "insert into orders (kind, method, type, nth, seconds, message, after) values "
        "(?, ?, ?, ?, ?, ?, ?)",
        *(order.kind, order.method, order.type, order.nth, order.seconds, order.message),
        order.after,
    )
    return cloud("select max(number) from orders")[0][0]


def take_back(cloud: Cloud, number: int) -> None:
    cloud("delete from orders where number=?", number)


def met(cloud: Cloud, number: int) -> bool:
    """Has the call come that an order waits for?"""
    return cloud("select met from orders where number=?", number) == [(1,)]


class OrderedError(Exception):
    """A call that fails because a test said so."""


class UnreadyError(Exception):
    """A resource that is there and does not become ready, because a test said so."""


class Book:
    """The orders as the providers read them: anew whenever somebody else wrote to the cloud."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._version = -1
        self._orders: Mapping[int, Order] = {}
        self._counts: dict[int, int] = {}

    def meant(self, method: str, type: str) -> list[tuple[int, Order]]:
        """The orders that a call falls under; it counts as one for each of them."""
        found = []
        for number, order in self._current().items():
            if order.method in ("", method) and order.type in ("", type):
                self._counts[number] = self._counts.get(number, 0) + 1
                frozen = order.kind is Kind.FREEZE and self._counts[number] > order.nth
                if order.nth in (0, self._counts[number]) or frozen:
                    found.append((number, order))
        return found

    async def obey(self, orders: list[tuple[int, Order]], *, after: bool) -> None:
        """Do what was ordered for this side of a call."""
        for number, order in orders:
            if order.kind is Kind.FREEZE and order.after == after:
                self._cloud("update orders set met=1 where number=?", number)
                await self._stand_still(number)
            elif order.kind is Kind.DELAY and not after:
                await asyncio.sleep(order.seconds)
            elif order.kind is Kind.FAIL and order.after == after:
                raise OrderedError(order.message)
            elif order.kind is Kind.UNREADY and after:
                raise UnreadyError(order.message)

    async def _stand_still(self, number: int) -> None:
        while number in self._current():
            await asyncio.sleep(0.01)

    def _current(self) -> Mapping[int, Order]:
        # Changes with every write of another connection, and not with our own.
        version = self._cloud("pragma data_version")[0][0]
        if version != self._version:
            self._version = version
            rows = self._cloud(
                "select number, kind, method, type, nth, seconds, message, after from orders"
            )
            self._orders = {
                number: Order(Kind(kind), method, type, nth, seconds, message, bool(after))
                for number, kind, method, type, nth, seconds, message, after in rows
            }
        return self._orders
