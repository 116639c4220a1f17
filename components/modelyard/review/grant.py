"""A right: somebody may do something with something."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from modelyard.review.verbs import READ

_SHOWN = 4
"""Things of one right that its sentence names; the JSON has all of them."""


@dataclass(frozen=True, order=True)
class Grant:
    """One right of one subject."""

    subject: str
    site: str
    verbs: tuple[str, ...]
    """Of `read`, `write`, `decrypt`, `invoke`, `administer`; none where only a name is known."""
    on: tuple[str, ...]
    by: str
    """Which list gives it: `blueprint`, `IAM`, `RBAC` or `registry`."""
    within: str = ""
    """The namespace, or `every namespace`."""
    actions: tuple[str, ...] = ()
    """As the list has them."""
    wide: tuple[str, ...] = ()
    """What is not narrowed down: `every action`, `every resource`."""
    conditions: tuple[str, ...] = ()
    """What a request is held against: `aws:SourceAccount`, or a condition's title."""
    denied: bool = False
    """Whether it takes a right away."""
    urn: str | None = None

    @property
    def risky(self) -> bool:
        """Whether more than reading is not narrowed down."""
        return bool(self.wide) and not self.denied and set(self.verbs) != {READ}

    def also(self, others: Iterable[Grant]) -> Grant:
        """This right, with the places where others are the same."""
        places = dict.fromkeys(each.within for each in (self, *others))
        return replace(self, within=listed(tuple(places)))

    @property
    def sentence(self) -> str:
        """`may read and write s3 fraud-prod-data/*`."""
        may = "may not" if self.denied else "may"
        done = listed(self.verbs) or "do what it says with"
        where = f" in {self.within}" if self.within else ""
        wide = f" ({', '.join(self.wide)})" if self.wide else ""
        held = f", if {listed(self.conditions)} allow" if self.conditions else ""
        return f"{may} {done} {few(self.on)}{where}{wide}{held}"

    def json(self) -> Mapping[str, Any]:
        """For machines; the keys are a contract."""
        return {
            "subject": self.subject,
            "site": self.site or None,
            "verbs": list(self.verbs),
            "on": list(self.on),
            "within": self.within or None,
            "by": self.by,
            "actions": list(self.actions),
            "wide": list(self.wide),
            "conditions": list(self.conditions),
            "denied": self.denied,
            "sentence": self.sentence,
            "urn": self.urn,
        }


def few(names: Sequence[str]) -> str:
    """Some of the names, and how many more there are."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def by_subject(grants: Sequence[Grant]) -> Iterator[tuple[str, str, list[Grant]]]:
    """Site, subject and all rights of it: what belongs to everybody first, then by name."""
    groups: dict[tuple[str, str], list[Grant]] = {}
    for each in grants:
        groups.setdefault((each.site, each.subject), []).append(each)
    for (site, subject), found in sorted(groups.items()):
        yield site, subject, found
