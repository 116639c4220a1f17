"""A look at a resource: which call tells of it, what it is asked with, and where its status is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelyard.blueprint.site import GcpSite
    from modelyard.contracts.inventory import Expected

_IDS = ("projects/", "https://")
"""What ids of things in a project begin with."""
_INPUT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, kw_only=True)
class Look:
    """One call. `path` is the resource's id, with its inputs in braces."""

    method: str
    path: str
    whole: str = "name"
    """The parameter that takes all of the path, where `asked` takes no parts of it."""
    asked: Mapping[str, str] = field(default_factory=dict)
    """Parameters, and the inputs that fill them."""
    status: str = ""
    """Path of the status in the answer (`a.b`); that there is an answer is enough when empty."""
    well: tuple[str, ...] = ()
    why: str = ""
    """Path of the service's own words for what is wrong; `a[].b` is that of every `a`."""
    labels: str = ""
    """Path of the labels, where the service keeps any."""


def parameters(look: Look, expected: Expected, site: GcpSite) -> Mapping[str, str] | None:
    """What a call is asked with; None where that is known only after deployment."""
    parts = _parts(look, expected, site)
    if parts is None:
        return None
    if look.asked:
        return {parameter: parts[key] for parameter, key in look.asked.items()}
    return {look.whole: look.path.format(**parts)}


def said(path: str, answer: Mapping[str, Any]) -> tuple[Any, ...]:
    """What an answer has at a path."""
    found: list[Any] = [answer] if path else []
    for step in filter(None, path.split(".")):
        key, many, _ = step.partition("[]")
        values = [each[key] for each in found if isinstance(each, Mapping) and key in each]
        found = [item for value in values for item in value] if many else values
    return tuple(value for value in found if value not in (None, ""))


def _parts(look: Look, expected: Expected, site: GcpSite) -> Mapping[str, str] | None:
    """The inputs in the path: from the id that the engine knows, or as they are planned.

    One that is an id itself (`cluster`) is so at the beginning of a path, and a name within it.
    """
    if expected.id and (match := _pattern(look.path).fullmatch(expected.id)):
        return match.groupdict()
    places = {"project": site.project, "region": site.region, "location": site.region}
    found: dict[str, str] = {}
    for key in _INPUT.findall(look.path):
        value = expected.inputs.get(key, places.get(key))
        if not isinstance(value, str) or "${" in value:
            return None
        whole = look.path.startswith(f"{{{key}}}/") or not value.startswith(_IDS)
        found[key] = value if whole else value.rpartition("/")[2]
    return found


@cache
def _pattern(path: str) -> re.Pattern[str]:
    """Finds the inputs in an id again; one that comes twice is the same both times."""
    seen: set[str] = set()

    def group(match: re.Match[str]) -> str:
        key = match.group(1)
        if key in seen:
            return f"(?P={key})"
        seen.add(key)
        return f"(?P<{key}>.+)"

    return re.compile(_INPUT.sub(group, path.replace(".", r"\.")))
