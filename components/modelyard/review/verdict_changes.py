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


@dataclass(frozen=True)
class CostChange:
    """US dollars a month before and after; `before` is None where no plan stands behind it."""

    before: Cost | None
    after: Cost | None

    @property
    def totals(self) -> tuple[Monthly | None, Monthly | None]:
        return self.before and self.before.monthly, self.after and self.after.monthly

    def lines(self) -> Iterator[tuple[str, Monthly, Monthly]]:
        """What costs more or less: by site, by capability and by model."""
        if self.before is None or self.after is None:
            return
        for key in ("site", "capability", "model"):
            old, new = self.before.by(key), self.after.by(key)
            for name in sorted({*old, *new}):
                was, now = old.get(name, Monthly()), new.get(name, Monthly())
                if differs(was, now):
                    yield f"{key} {name}", was, now

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
        lines = [
            {"of": of, "before": was.json(), "after": now.json()} for of, was, now in self.lines()
        ]
        return {
            "currency": "USD",
            "monthly": {key: side.json() if side else None for key, side in by.items()},
            "lines": lines,
            "unpriced": list(self.unpriced),
        }


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
