"""What a blueprint is after its preset, an environment and its defaults are merged with it.

preset  <  blueprint  <  environment        and then        defaults  <  each model
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

from modelyard.blueprint.errors import Problem, nearest, quoted
from modelyard.blueprint.loading.merging import merge
from modelyard.blueprint.loading.node import Node
from modelyard.blueprint.loading.parsing import parse_bytes

PRESETS = Path(__file__).parents[1] / "presets"
NOT_IN_OVERLAYS = ("environments", "modelyard", "preset")


def assemble(root: Node, environment: str | None) -> Node:
    """The whole blueprint for an environment, or its base. What cannot be merged is left out: it is
    found by `misplaced` and by the validator.
    """
    root = _over_preset(root)
    overlay = root.find(("environments", environment)) if environment else None
    if overlay and isinstance(overlay.value, dict):
        kept = {key: node for key, node in overlay.value.items() if key not in NOT_IN_OVERLAYS}
        root = merge(root, replace(overlay, value=kept))
    return _with_defaults(root)


def environments(root: Node) -> tuple[str, ...]:
    """The names of the environments that a blueprint has overlays for."""
    node = root.child("environments")
    return tuple(node.value) if node and isinstance(node.value, dict) else ()


@cache
def presets() -> tuple[str, ...]:
    return tuple(sorted(file.stem for file in PRESETS.glob("*.yaml")))


@cache
def preset(name: str) -> Node:
    file = PRESETS / f"{name}.yaml"
    return parse_bytes(file.read_bytes(), f"presets/{file.name}")


def misplaced(root: Node) -> Iterator[Problem]:
    """Presets that are not there, keys that overlays and defaults may not have."""
    chosen = root.child("preset")
    if chosen and chosen.value is not None and chosen.value not in presets():
        what = f"there is no preset {quoted(chosen.value)}"
        close = nearest(chosen.value, presets())
        yield Problem(chosen.at, "preset", what, presets(), close, "use one of these, or none")
    for name in environments(root):
        path = ("environments", name)
        yield from _forbidden(root, path, NOT_IN_OVERLAYS, "an environment cannot change it")
    yield from _forbidden(root, ("defaults",), ("name",), "each model has a name of its own")


def _forbidden(
    root: Node, path: tuple[str, ...], keys: tuple[str, ...], why: str
) -> Iterator[Problem]:
    node = root.find(path)
    for key in keys:
        if node and isinstance(node.value, dict) and key in node.value:
            place, what = root.dotted((*path, key)), f"{quoted(key)} may not stand here: {why}"
            yield Problem(node.keys[key], place, what, next="remove it")


def _over_preset(root: Node) -> Node:
    """Environments and models stay as they are: their empty values remove keys later, those of the
    base and of the defaults. No preset has any.
    """
    assert isinstance(root.value, dict)
    chosen = root.value.get("preset")
    if chosen is None or chosen.value not in presets():
        return root
    later = {key: root.value[key] for key in root.value if key in ("environments", "models")}
    own = {key: node for key, node in root.value.items() if key not in later}
    merged = merge(preset(str(chosen.value)), replace(root, value=own))
    assert isinstance(merged.value, dict)
    return replace(merged, value={**merged.value, **later})


def _with_defaults(root: Node) -> Node:
    assert isinstance(root.value, dict)
    defaults, models = root.value.get("defaults"), root.value.get("models")
    if defaults is None or not isinstance(defaults.value, dict):
        return root
    if models is None or not isinstance(models.value, list):
        return root
    under = {key: node for key, node in defaults.value.items() if key != "name"}
    base = replace(defaults, value=under)
    items = [_under(base, model) for model in models.value]
    return replace(root, value={**root.value, "models": replace(models, value=items)})


def _under(defaults: Node, model: Node) -> Node:
    """What is missing in a model is missing there, not in the defaults."""
    if not isinstance(model.value, dict):
        return model
    return replace(merge(defaults, model), at=model.at)
