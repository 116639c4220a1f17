"""The bill of materials: everything that a platform takes from outside, and where it goes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelyard.review.airgap.item import AirgapError, Item, Kind
from modelyard.review.airgap.outside import charts_of, images_of, models_of
from modelyard.review.table import Table

if TYPE_CHECKING:
    from modelyard.plan.copies import Copies
    from modelyard.plan.plan import Plan
    from modelyard.recorder import Graph

GIB = 2**30


@dataclass(frozen=True)
class Bill:
    """What is taken from outside, by whom, and where its copies belong."""

    title: str
    sites: tuple[str, ...]
    target: Copies
    items: tuple[Item, ...]
    store: str = ""
    """Endpoint of the object store that models are copied to, where it is known."""

    def of(self, kind: Kind) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.kind is kind)

    def json(self) -> Mapping[str, Any]:
        known = [item.bytes for item in self.items if item.bytes is not None]
        return {
            "blueprint": self.title,
            "sites": list(self.sites),
            "target": {
                "registry": self.target.registry,
                "charts": self.target.charts,
                "models": self.target.models,
            },
            "items": [item.json() for item in self.items],
            "totals": {str(kind): len(self.of(kind)) for kind in Kind},
            "known_bytes": sum(known),
        }

    def references(self) -> Mapping[str, Mapping[str, str]]:
        """Where each thing is outside, and where it belongs, by kind."""
        return {
            f"{kind}s": {_at_version(item): item.inside for item in self.of(kind)} for kind in Kind
        }

    def tables(self) -> Iterator[Table]:
        """What a person looks through before anything is copied, by kind."""
        for kind in Kind:
            rows = tuple(_row(item) for item in self.of(kind))
            columns, numbers = ("reference", "known", "licence", "used by"), (1,)
            yield Table(f"{kind}s".capitalize(), columns, rows, NOTES[kind], numbers, wrap=0)


NOTES = {
    Kind.IMAGE: "Known: the digest, where an official page shows it; sizes are not.",
    Kind.CHART: "Charts have neither digests nor sizes before they are fetched.",
    Kind.MODEL: "Known: GiB of the weights.",
}


def bill_of(
    plan: Plan, graph: Graph, sites: tuple[str, ...], target: Copies, store: str = ""
) -> Bill:
    """The bill of these sites of a plan. Raises AirgapError where two things would be one copy."""
    found = [
        item
        for site in sites
        for items in (images_of, charts_of, models_of)
        for item in items(plan, graph, site, target)
    ]
    title = "-".join(part for part in (plan.blueprint.name, plan.environment) if part)
    return Bill(title, sites, target, tuple(_once(found)), store)


def _once(items: Iterable[Item]) -> Iterator[Item]:
    """Each thing once, by kind and reference."""
    found: dict[tuple[Kind, str], Item] = {}
    for item in items:
        known = found.get((item.kind, item.inside))
        if known and known.reference != item.reference:
            raise AirgapError.of_two(known.reference, item.reference, item.inside)
        found[item.kind, item.inside] = known.joined(item) if known else item
    order = list(Kind)
    yield from sorted(found.values(), key=lambda i: (order.index(i.kind), i.reference, i.inside))


def _at_version(item: Item) -> str:
    """A reference that tells versions apart, as images' own do."""
    mark = "" if item.kind is Kind.IMAGE else f"@{item.version}"
    return f"{item.reference}{mark}" + (f"/{item.file}" if item.file else "")


def _row(item: Item) -> tuple[str, ...]:
    known = item.digest.removeprefix("sha256:")[:12] if item.digest else ""
    if item.bytes is not None:
        known = f"{item.bytes / GIB:.1f}"
    licence = f"{shortened(item.licence, 16)}{', gated' if item.gated else ''}" or "not known"
    first, *others = item.used_by
    used = shortened(first, 20) + (f" +{len(others)}" if others else "")
    return _at_version(item).partition("@sha256:")[0], known, licence, used


def shortened(text: str, most: int) -> str:
    """A text that fits; the bill itself has all of it."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
