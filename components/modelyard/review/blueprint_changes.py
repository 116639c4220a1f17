"""What changes between two plans, in the words of the blueprint: one line for each thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelyard.blueprint.errors import one_line
from modelyard.engine.parts import label
from modelyard.plan.capability import Capability
from modelyard.review.edits import MISSING, Edit, edits, written

if TYPE_CHECKING:
    from modelyard.plan.plan import Plan
    from modelyard.plan.serving import ModelPlan

_ASIDE = ("environments", "defaults")
"""Merged into the rest when a blueprint is read."""
_ITEM_BY_ITEM = ("access", "compliance")
"""Told item by item even where there were none."""
_ROLES = {"admins": "admin", "developers": "developer", "viewers": "viewer"} | {
    "approvers": "approver"
}
_COSTS = ("budget", "costs")


@dataclass(frozen=True)
class Said:
    """One line: `topic` is a section of the blueprint, or what the plan decides."""

    topic: str
    path: str
    before: Any
    after: Any
    sentence: str = ""
    """Where that reads better than before and after."""

    def json(self) -> Mapping[str, Any]:
        sides = {"before": self.before, "after": self.after}
        shown = {key: None if value is MISSING else value for key, value in sides.items()}
        return {"topic": self.topic, "path": self.path, **shown, "sentence": self.sentence or None}

    def __str__(self) -> str:
        return self.sentence or f"{self.path}: {_word(self.before)} -> {_word(self.after)}"


def blueprint_changes(before: Plan, after: Plan) -> tuple[Said, ...]:
    """What the blueprint says otherwise, and then what the plan decides otherwise for it."""
    found = [_said(edit) for edit in edits(_content(before), _content(after))]
    found += [*_machines(before, after), *_placements(before, after)]
    order = {topic: place for place, topic in enumerate(_TOPICS)}
    return tuple(sorted(found, key=lambda said: order.get(said.topic, len(order))))


_TOPICS = ("name", "sites", "models", "machines", "features", "access", "compliance", "cost")
"""In the order of what a reviewer asks first; the rest as in the blueprint."""


def _content(plan: Plan) -> Mapping[str, Any]:
    """The blueprint as it holds in its environment; what is not said is not there."""
    content = plan.blueprint.model_dump(mode="json", by_alias=True)
    filled = _filled({key: value for key, value in content.items() if key not in _ASIDE})
    return {**filled, **{key: content[key] for key in _ITEM_BY_ITEM}}


def _filled(value: Any) -> Any:
    if isinstance(value, dict):
        pairs = ((key, _filled(item)) for key, item in value.items())
        return {key: item for key, item in pairs if item not in (None, {}, [])}
    return [_filled(item) for item in value] if isinstance(value, list) else value


def _said(edit: Edit) -> Said:
    topic = str(edit.path[0])
    if topic in _COSTS or (topic == "sites" and set(edit.path) & set(_COSTS)):
        topic = "cost"
    return Said(topic, edit.at, edit.before, edit.after, one_line(_sentence(edit)))


def _sentence(edit: Edit) -> str:
    """Where a sentence says more than two values."""
    match edit.path:
        case ("name",):
            return f"{_word(edit.before)} becomes {_word(edit.after)}: every resource is another"
        case ("sites" | "models" as section, str(name)):
            return _whole(section[:-1], name.strip("[]"), edit)
        case ("access", str(role), "[]"):
            return _access(role, edit)
        case ("compliance" | "data" | "models", *_, "[]"):
            return _item(edit)
        case ("protect",):
            held = "protected again" if edit.after is True else "no longer protected"
            return f"what keeps data is {held} from destruction"
        case (str(section),) if MISSING in (edit.before, edit.after):
            return _whole("", section, edit)
        case (*_, "[]"):
            return _item(edit)
        case _:
            return ""


def _whole(noun: str, name: str, edit: Edit) -> str:
    """Something that comes or goes as a whole, with what it is."""
    what = f"{noun} {name}".strip()
    if edit.before is not MISSING and edit.after is not MISSING:
        return ""
    here = edit.before if edit.after is MISSING else edit.after
    verb = "goes" if edit.after is MISSING else "comes"
    told = ", ".join(_facts(here)) if isinstance(here, dict) else _word(here)
    return f"{what} {verb}: {told}" if told else f"{what} {verb}"


def _facts(section: Mapping[str, Any]) -> Iterator[str]:
    for key in ("kind", "region", "account", "project", "type", "source", "engine"):
        if key in section:
            yield written(section[key])
    serve = section.get("serve")
    if isinstance(serve, dict):
        yield from (str(serve[key]) for key in ("engine", "mode") if key in serve)
        if (replicas := serve.get("replicas")) and "min" in replicas:
            yield f"{replicas['min']}-{replicas.get('max', replicas['min'])} replicas"


def _access(role: str, edit: Edit) -> str:
    name = _ROLES.get(role, role)
    article = "an" if name[0] in "aeiou" else "a"
    if edit.before is MISSING:
        return f"{_word(edit.after)} becomes {article} {name}"
    return f"{_word(edit.before)} is {article} {name} no longer"


def _item(edit: Edit) -> str:
    at = edit.at.removesuffix("[]")
    if edit.before is MISSING:
        return f"{at}: + {_word(edit.after)}"
    return f"{at}: - {_word(edit.before)}"


def _word(value: Any) -> str:
    return "not set" if value is MISSING else written(value)


def _machines(before: Plan, after: Plan) -> Iterator[Said]:
    """On what a model stands is the plan's to decide, and the bill's to tell.

    A model that stands on several sites has a machine on each, in the order of the plan.
    """
    old, new = _by_model(before), _by_model(after)
    for name, now in new.items():
        pairs = dict.fromkeys(zip(old.get(name, ()), now, strict=False))
        for was, becomes in pairs:
            if was != becomes:
                yield Said("machines", f"models[{name}]", was, becomes)


def _by_model(plan: Plan) -> Mapping[str, list[str]]:
    machines: dict[str, list[str]] = {}
    for model in plan.models:
        machines.setdefault(model.name, []).append(_machine(model))
    return machines


def _machine(model: ModelPlan) -> str:
    return f"{model.count} x {model.accelerator} ({model.machine})" if model.count else "CPU"


def _placements(before: Plan, after: Plan) -> Iterator[Said]:
    """Capabilities that come, go or are done by something else; the reason is the plan's."""
    old, new = _placed(before), _placed(after)
    for name, path in {**dict(_paths(before)), **dict(_paths(after))}.items():
        was, now = old.get(name), new.get(name)
        if was is None and now is not None:
            sentence = f"{name} comes, by {now[0]}: {now[1]}"
        elif was is not None and now is None:
            sentence = f"{name} goes, which was by {was[0]}"
        elif was and now and was[0] != now[0]:
            sentence = f"{name} is by {now[0]} and no longer by {was[0]}"
        else:
            continue
        left, right = (each[0] if each else MISSING for each in (was, now))
        yield Said("capabilities", path, left, right, one_line(sentence))


def _placed(plan: Plan) -> dict[str, tuple[str, str]]:
    """Engine and reason of each capability, by what people call it."""
    return {label(plan, p): (p.engine, p.because) for p in plan.capabilities}


def _paths(plan: Plan) -> Iterator[tuple[str, str]]:
    for p in plan.capabilities:
        model = f"[{p.model}]" if p.model else ""
        yield label(plan, p), f"{p.site}.{Capability(p.capability)}{model}"
