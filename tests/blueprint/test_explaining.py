"""How the validator's errors are told, for kinds of fields that the blueprint may grow."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from modelyard.blueprint.loading.document import parse
from modelyard.blueprint.loading.explaining import explain

JARGON = ("Input should", "type=", "pydantic", "Value error", "valid dictionary")


class Plain(BaseModel):
    model_config = ConfigDict(extra="forbid")
    cidr: str
    zones: int = 3


class Attached(BaseModel):
    model_config = ConfigDict(extra="forbid")
    attach: str
    """What is there already, such as `vpc-1`."""


def _lower(value: str) -> str:
    if value != value.lower():
        raise ValueError(f"{value} has capitals")
    return value


def _even(value: int) -> int:
    if value % 2:
        context = {"n": value, "allowed": ["2", "4"], "examples": ["2"], "next": "add one"}
        raise PydanticCustomError("odd", "{n} is odd", context)
    return value


class Toy(BaseModel):
    """Kinds of fields that the blueprint may grow."""

    model_config = ConfigDict(extra="forbid")
    network: Plain | Attached | None = None
    shorthand: bool | Plain | None = None
    choice: Literal["one", "two"] = "one"
    low: Annotated[str, AfterValidator(_lower)] = "x"
    even: Annotated[int, AfterValidator(_even)] = 2
    sizes: Annotated[list[int], Field(max_length=2)] = []


@pytest.mark.parametrize(
    ("written", "path", "what"),
    [
        ("network: {cdir: 10.0.0.0/16}", "network.cdir", "unknown key 'cdir'"),
        ("network: {cidr: x, zones: many}", "network.zones", "'many' is text, where a whole"),
        ("network: {attach: 5}", "network.attach", "'5' is a number, where text"),
        ("network: vpc-1", "network", "'vpc-1' is text, where a map is expected"),
        ("shorthand: maybe", "shorthand", "where true or false or a map is expected"),
        ("shorthand: {zones: 2}", "shorthand.cidr", "the key 'cidr' is missing"),
        ("choice: tow", "choice", "'tow' is not one of the choices for 'choice'"),
        ("low: ABC", "low", "ABC has capitals"),
        ("even: 0o7", "even", "0o7 is odd, such as 2"),
        ("sizes: [1, 2, 3]", "sizes", "this list has 3 of at most 2 items"),
        ("sizes: {a: 1}", "sizes", "a map stands here, where a list is expected"),
    ],
)
def test_alternatives_and_validators(written: str, path: str, what: str) -> None:
    document = parse(f"{written}\n", "b.yaml")
    with pytest.raises(ValidationError) as caught:
        Toy.model_validate(document.data)
    found = explain(caught.value, document, Toy)
    assert [each.path for each in found if what in each.what] == [path]
    assert len(found) == (2 if "cdir" in written else 1)
    assert not any(word in str(each) for each in found for word in JARGON)


def test_validators_say_what_is_allowed_and_next() -> None:
    document = parse("even: 3\n")
    with pytest.raises(ValidationError) as caught:
        Toy.model_validate(document.data)
    [problem] = explain(caught.value, document, Toy)
    assert problem.allowed == ("2", "4")
    assert problem.next == "add one"
