"""Which properties of an object would change if it were applied again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_OF_THE_SERVER = {"managedFields", "resourceVersion", "generation", "creationTimestamp", "uid"}


def differences(live: Mapping[str, Any], applied: Mapping[str, Any]) -> tuple[str, ...]:
    """Paths at which two states of one object differ, such as `spec.replicas`.

    `applied` is what the API server answers when the plan is applied on trial: it has filled in
    defaults and put quantities into its own form, so that what differs is drift and nothing else.
    """
    return tuple(sorted(_differences(_own(live), _own(applied), "")))


def _own(value: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = value.get("metadata") or {}
    kept = {key: metadata[key] for key in metadata if key not in _OF_THE_SERVER}
    return {**{key: value[key] for key in value if key != "status"}, "metadata": kept}


def _differences(live: Any, applied: Any, path: str) -> Iterator[str]:
    if isinstance(live, Mapping) and isinstance(applied, Mapping):
        for key in {**live, **applied}:
            below = f"{path}.{key}" if path else str(key)
            yield from _differences(live.get(key), applied.get(key), below)
    elif _lists_of_one_length(live, applied):
        for index, (one, other) in enumerate(zip(live, applied, strict=True)):
            yield from _differences(one, other, f"{path}[{_item(one, index)}]")
    elif live != applied:
        yield path


def _lists_of_one_length(live: Any, applied: Any) -> bool:
    return isinstance(live, list) and isinstance(applied, list) and len(live) == len(applied)


def _item(value: Any, index: int) -> str:
    """An item of a list by its name where it has one."""
    return str(value.get("name", index)) if isinstance(value, Mapping) else str(index)
