"""What the typed blueprint allows at a path: its keys, its choices, its descriptions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from modelyard.blueprint.kinds import AddedKinds
from modelyard.blueprint.loading.descriptions import descriptions
from modelyard.blueprint.loading.node import Path

Annotation = Any


def annotations_at(model: type[BaseModel], path: Path, data: Any) -> list[Annotation]:
    """The types a value at `path` may have; of several sections, those that `data` can mean."""
    current: list[Annotation] = [model]
    for part in path:
        current = [inner for each in current for inner in _inside(each, part, data)]
        data = _child(data, part)
    return [member for each in current for member in _possible(each, data)]


def keys_at(model: type[BaseModel], path: Path, data: Any) -> Mapping[str, FieldInfo]:
    """The keys that a map at `path` may have."""
    found: dict[str, FieldInfo] = {}
    for section in sections(annotations_at(model, path, data)):
        found.update(fields_of(section))
    return found


def sections(annotations: Iterable[Annotation]) -> list[type[BaseModel]]:
    return [each for each in annotations if isinstance(each, type) and issubclass(each, BaseModel)]


@cache
def fields_of(section: type[BaseModel]) -> Mapping[str, FieldInfo]:
    """The fields of a section by the keys that a team writes."""
    return {field.alias or name: field for name, field in section.model_fields.items()}


def description_at(model: type[BaseModel], path: Path, data: Any) -> str:
    """What the key at the end of `path` is for, in one line without a full stop."""
    if not path:
        return ""
    for section in sections(annotations_at(model, path[:-1], data)):
        for name, field in section.model_fields.items():
            if path[-1] in (name, field.alias):
                text = descriptions(section).get(name, "")
                return " ".join(text.split("\n\n")[0].split()).rstrip(".")
    return ""


def choices_of(annotations: Iterable[Annotation]) -> tuple[str, ...]:
    """The words that enums and literals allow."""
    words: list[str] = []
    for each in annotations:
        if isinstance(each, type) and issubclass(each, Enum):
            words += [str(choice.value) for choice in each]
        elif get_origin(each) is Literal:
            words += [str(choice) for choice in get_args(each)]
    return tuple(dict.fromkeys(words))


def key_types(annotation: Annotation) -> list[Annotation]:
    """What the keys of a map may be."""
    if get_origin(annotation) is dict:
        return list(members(get_args(annotation)[0]))
    return []


def members(annotation: Annotation) -> Iterator[Annotation]:
    """The types behind aliases, annotations and unions; None left out."""
    if (alias := getattr(annotation, "__value__", None)) is not None:
        yield from members(alias)
    elif get_origin(annotation) is Annotated:
        yield from members(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, UnionType):
        for each in get_args(annotation):
            yield from members(each)
    elif annotation is not NoneType:
        yield annotation


def _inside(annotation: Annotation, part: str | int, data: Any) -> Iterator[Annotation]:
    for each in _possible(annotation, data):
        if isinstance(each, type) and issubclass(each, BaseModel):
            if field := fields_of(each).get(str(part)):
                yield field.annotation
        elif get_origin(each) in (dict, Mapping):
            yield get_args(each)[1]
        elif isinstance(part, int) and get_args(each):
            yield get_args(each)[0]


def _possible(annotation: Annotation, data: Any) -> Iterator[Annotation]:
    """The members that `data` can mean: `kind: aws` rules out a section whose kind is gcp, and one
    that a package adds takes their place.
    """
    for each in (*members(annotation), *_added(annotation, data)):
        if not (isinstance(each, type) and issubclass(each, BaseModel)) or _agrees(each, data):
            yield each


def _added(annotation: Annotation, data: Any) -> Iterator[Annotation]:
    """The section of a kind that is not the house's own."""
    for each in getattr(annotation, "__metadata__", ()):
        kinds = getattr(each, "func", None)
        if isinstance(kinds, AddedKinds) and (section := kinds.section(data)):
            yield section


def _agrees(section: type[BaseModel], data: Any) -> bool:
    if not isinstance(data, dict):
        return True
    data = cast("dict[str, Any]", data)
    for key, field in fields_of(section).items():
        fixed = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
        if len(fixed) == 1 and isinstance(data.get(key), str) and data[key] != fixed[0]:
            return False
    return True


def _child(data: Any, part: str | int) -> Any:
    if isinstance(data, dict):
        return cast("dict[str | int, Any]", data).get(part)
    if isinstance(data, list) and isinstance(part, int):
        items = cast("list[Any]", data)
        return items[part] if part < len(items) else None
    return None
