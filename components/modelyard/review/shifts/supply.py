"""Images, charts and models that come, go, or come at another version or from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from modelyard.review.shifts.shift import SUPPLY, Shift, moved, paired
from modelyard.review.supply import UNKNOWN, Artefact, pinned

if TYPE_CHECKING:
    from modelyard.plan.plan import Plan

MODEL = "model"


def models(plan: Plan) -> Iterator[Artefact]:
    """The blueprint's models as things that are pulled: the source as version, and its checksum."""
    for model in plan.blueprint.models:
        revision = f"@{model.revision}" if model.revision else ""
        digest = model.artifact.sha256 if model.artifact and model.artifact.sha256 else ""
        host = model.source.partition(":")[0]
        yield Artefact(MODEL, model.name, f"{model.source}{revision}", digest, "", host, "", (), ())


def shifts(before: Iterable[Artefact], after: Iterable[Artefact]) -> Iterator[Shift]:
    """One for each name and version; who uses it and where is no change."""
    known = _Known.of(tuple(before))
    for old, new in paired(known.before, after, lambda each: (each.kind, each.name), _same):
        it = new or old
        assert it is not None
        about = f"{it.kind} {it.name}"
        if new is None:
            gone = f"{_version(it)} is no longer pulled"
            yield Shift(SUPPLY, about, gone, looser=False, before=it.json())
        elif old is None:
            doubts = known.doubts(new)
            what = f"{_version(new)} from {new.registry}; {new.licence or 'no licence told'}"
            yield Shift(SUPPLY, about, "; ".join((what, *doubts)), bool(doubts), after=new.json())
        else:
            yield _changed(about, old, new, strange=new.registry not in known.registries)


@dataclass(frozen=True)
class _Known:
    """What was pulled before."""

    before: tuple[Artefact, ...]
    registries: frozenset[str]
    bound: frozenset[str]
    """The names of those that pulled by digest."""

    @classmethod
    def of(cls, before: tuple[Artefact, ...]) -> _Known:
        bound = (user for each in before if each.digest for user in each.used_by)
        return cls(before, frozenset(each.registry for each in before), frozenset(bound))

    def doubts(self, new: Artefact) -> tuple[str, ...]:
        """What is looser about something that was not pulled before."""
        found = {
            "nothing came from there before": new.registry not in self.registries,
            "what pulls it did so by digest": not pinned(new) and self.bound & set(new.used_by),
        }
        return tuple(doubt for doubt, holds in found.items() if holds)


def _same(artefact: Artefact) -> Artefact:
    return replace(artefact, sites=(), used_by=(), brings=())


def _changed(about: str, old: Artefact, new: Artefact, *, strange: bool) -> Shift:
    said = (
        moved("version", old.version, new.version),
        moved("digest", old.digest, new.digest),
        moved("from", old.registry, new.registry),
        moved("licence", old.licence, new.licence),
        moved("a copy from", old.upstream, new.upstream),
    )
    looser = strange or (pinned(old) and not pinned(new)) or bool(old.digest and not new.digest)
    looser = looser or (new.licence == UNKNOWN != old.licence)
    return Shift(SUPPLY, about, "; ".join(filter(None, said)), looser, old.json(), new.json())


def _version(artefact: Artefact) -> str:
    version = artefact.version or ("" if artefact.digest else "without a version")
    return version + (f"@{artefact.digest}" if artefact.digest else "")
