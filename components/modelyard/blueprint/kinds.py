"""Kinds of site that other packages add: looked up when a blueprint names one, and not before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeGuard, cast, get_args

from pydantic import ValidatorFunctionWrapHandler
from pydantic_core import PydanticCustomError

from modelyard.blueprint.errors import NotReadyError, nearest, quoted

if TYPE_CHECKING:
    from modelyard.blueprint.site import ClusterSite

GROUP = "modelyard.sites"
"""Entry points of packages that add a kind of site: the kind, and the package that describes it."""
PAGE = "docs/adding-a-site.md"


@dataclass(frozen=True)
class AddedKind:
    """A kind of site that a package adds, in the words of that package's own modules."""

    kind: str
    package: str
    """Where its `inventory` and `preflight` are, if it has its own."""
    section: type[ClusterSite]
    """What a team may write of such a site: that of any cluster, and more."""
    offers: Mapping[Any, Mapping[str, Any]]
    """What it provides, by capability and engine."""


@cache
def added() -> Mapping[str, tuple[str, ...]]:
    """The packages that add kinds, by kind; nothing of them is imported."""
    from importlib.metadata import entry_points  # reads a file of every package that is installed

    found: dict[str, tuple[str, ...]] = {}
    for point in entry_points(group=GROUP):
        found[point.name] = tuple(dict.fromkeys((*found.get(point.name, ()), point.value)))
    return dict(sorted(found.items()))


@cache
def added_kind(kind: str) -> AddedKind:
    """A kind that a package adds. Raises KeyError where none does, NotReadyError where it is
    broken.
    """
    package, *others = added()[kind]
    if others:
        named = " and ".join((package, *others))
        raise _broken(kind, package, f"{named} both add it", "uninstall one of them")
    module = _imported(kind, package)
    section, offers = getattr(module, "SITE", None), getattr(module, "OFFERS", None)
    if section is None or not _is_section_of(section, kind):
        what = f"its SITE is no ClusterSite with `kind: Literal[{kind!r}]`"
        raise _broken(kind, package, what, f"see {PAGE}")
    if not isinstance(offers, Mapping):
        raise _broken(kind, package, "it has no OFFERS", f"see {PAGE}")
    return AddedKind(kind, package, section, cast("Mapping[Any, Mapping[str, Any]]", offers))


class AddedKinds:
    """Beside the kinds of the house, those that packages add: an annotation of their union."""

    def __init__(self, *own: str) -> None:
        self._own = own

    def __call__(self, value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        """The site. One of the house's own kinds, or of none at all, is the union's to judge."""
        kind = self._kind(value)
        if kind is None:
            return handler(value)
        if kind in added():
            return added_kind(kind).section.model_validate(value)
        allowed = (*map(str, self._own), *added())
        close = nearest(kind, allowed)
        other = f"write one of these, or install the package that adds it: see {PAGE}"
        raise PydanticCustomError(
            "no_kind_of_site",
            "{written} is not one of the choices for 'kind'",
            {
                "written": quoted(kind),
                "at": ("kind",),
                "allowed": allowed,
                "nearest": close,
                "next": "correct it" if close else other,
            },
        )

    def section(self, value: Any) -> type[Any] | None:
        """What a team may write of such a site, where a package adds its kind."""
        kind = self._kind(value)
        return added_kind(kind).section if kind is not None and kind in added() else None

    def _kind(self, value: Any) -> str | None:
        """What is written where a kind should be, if it is none of the house's."""
        kind = cast("dict[str, Any]", value).get("kind") if isinstance(value, dict) else None
        return kind if isinstance(kind, str) and kind not in self._own else None


def _imported(kind: str, package: str) -> ModuleType:
    try:
        return import_module(package)
    except Exception as error:  # whatever somebody else's code raises, it is theirs
        what = f"importing it fails: {type(error).__name__}: {error}"
        raise _broken(kind, package, what, "install or mend it") from error


def _is_section_of(section: object, kind: str) -> TypeGuard[type[ClusterSite]]:
    """Of a cluster: what a cloud sells and bills is in tables of the house's own."""
    from modelyard.blueprint.site import ClusterSite

    if not (isinstance(section, type) and issubclass(section, ClusterSite)):
        return False
    field = section.model_fields.get("kind")
    return field is not None and get_args(field.annotation) == (kind,)


def _broken(kind: str, package: str, what: str, next: str) -> NotReadyError:
    return NotReadyError(
        f"{package!r}, which adds the kind of site {kind!r}, cannot be used: {what}. Next: {next}"
    )
