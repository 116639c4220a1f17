"""What changes of cost and of policies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelyard.plan.item import Monthly

if TYPE_CHECKING:
    from modelyard.plan.cost import Cost
    from modelyard.policies.verdict import Broken, Verdict

_CENT = 0.005
_DRIVERS = 5
"""Items of the price list that are shown; the JSON has all of them."""


@dataclass(frozen=True)
class CostChange:
    """US dollars a month before and after; `before` is None where no plan stands behind it."""

    before: Cost | None
    after: Cost | None

    @property
    def totals(self) -> tuple[Monthly | None, Monthly | None]:
        return self.before and self.before.monthly, self.after and self.after.monthly

    def lines(self) -> Iterator[tuple[str, Monthly, Monthly]]:
        """What costs more or less: by site, by capability and by model; and what drives it."""
        for key in ("site", "capability", "model"):
            yield from ((f"{key} {of}", was, now) for of, was, now in self._by(key))
        for of, was, now in self.drivers()[:_DRIVERS]:
            yield f"driver {of}", was, now

    def drivers(self) -> list[tuple[str, Monthly, Monthly]]:
        """Items of the price list, and kinds of machines, by how much they move the most."""
        return sorted(self._by("item"), key=lambda line: -_by_how_much(*line[1:]))

    def _by(self, key: str) -> Iterator[tuple[str, Monthly, Monthly]]:
        if self.before is None or self.after is None:
            return
        old, new = self.before.by(key), self.after.by(key)
        for name in sorted({*old, *new}):
            was, now = old.get(name, Monthly()), new.get(name, Monthly())
            if differs(was, now):
                yield name, was, now

    @property
    def unpriced(self) -> tuple[str, ...]:
        """What comes and has no price."""
        known = set(self.before.unpriced) if self.before else set()
        return (
            tuple(each for each in self.after.unpriced if each not in known) if self.after else ()
        )

    def json(self) -> Mapping[str, Any]:
        old, new = self.totals
        by = {"before": old, "after": new}
        return {
            "currency": "USD",
            "monthly": {key: side.json() if side else None for key, side in by.items()},
            "lines": [_line(*each) for each in self.lines()],
            "drivers": [_line(*each) for each in self.drivers()],
            "unpriced": list(self.unpriced),
        }


def _line(of: str, before: Monthly, after: Monthly) -> Mapping[str, Any]:
    return {"of": of, "before": before.json(), "after": after.json()}


def _by_how_much(before: Monthly, after: Monthly) -> float:
    sides = (before.minimum - after.minimum, before.maximum - after.maximum)
    return max(map(abs, sides))


def differs(before: Monthly, after: Monthly) -> bool:
    """By a cent or more?"""
    pairs = ((before.minimum, after.minimum), (before.maximum, after.maximum))
    return any(abs(new - old) >= _CENT for old, new in pairs)


@dataclass(frozen=True)
class PolicyChange:
    """What the rules say of the resources before and after, under the same settings."""

    before: Verdict | None
    after: Verdict | None

    @property
    def failed(self) -> tuple[Broken, ...]:
        """Rules that are broken and were not, by resource; the mandatory first."""
        return _only(self.after, self.before)

    @property
    def passed(self) -> tuple[Broken, ...]:
        """Rules that are no longer broken: the resource keeps them, or is gone, or is waived."""
        return _only(self.before, self.after)

    @property
    def blocks(self) -> bool:
        """Is a mandatory rule broken that was not?"""
        return any(broken.blocks for broken in self.failed)


def _only(these: Verdict | None, others: Verdict | None) -> tuple[Broken, ...]:
    known = {_key(broken) for broken in others.failed} if others else set()
    return tuple(b for b in these.failed if _key(b) not in known) if these else ()


def _key(broken: Broken) -> tuple[str, str, str, bool]:
    resource = broken.resource
    return (broken.rule.id, resource.type, resource.name, broken.blocks)
