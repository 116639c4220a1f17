"""Rights by RBAC of Kubernetes: each rule of each role, for each of those that it is bound to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelyard.policies.rule import at, items, objects
from modelyard.review.grant import Grant
from modelyard.review.verbs import ADMINISTER, READ, WRITE, of_rule
from modelyard.review.view import View, metadata

if TYPE_CHECKING:
    from modelyard.recorder import Resource

_RBAC = "kubernetes:rbac.authorization.k8s.io/v1"
_ROLES = (f"{_RBAC}:Role", f"{_RBAC}:ClusterRole")
_BINDINGS = (f"{_RBAC}:RoleBinding", f"{_RBAC}:ClusterRoleBinding")

_OWN: Mapping[str, tuple[str, ...]] = {
    "cluster-admin": (ADMINISTER,),
    "admin": (ADMINISTER,),
    "edit": (READ, WRITE),
    "view": (READ,),
}
"""Roles that every cluster brings (Kubernetes, "Using RBAC Authorization")."""

_Place = tuple[str | None, str, str, str]
"""Provider, kind, namespace and name of a role: two clusters may hold the same."""


@dataclass(frozen=True)
class _Bound:
    """A subject with the namespace that a binding is for; empty for the whole cluster."""

    subject: str
    namespace: str
    site: str


def grants(view: View) -> Iterator[Grant]:
    """Rules with those that have them; a role that nobody has is said to be nobody's yet."""
    bound = _bound(view)
    made = {_place(role): role for role in view.of(*_ROLES)}
    for place, role in made.items():
        nobody = _Bound("nobody yet", metadata(role)[0], view.site(role))
        for who in bound.get(place, [nobody]):
            for rule in objects(role.inputs, "rules"):
                yield _grant(role, rule, who)
    for place, subjects in bound.items():
        if place not in made:
            for who in subjects:
                yield _elsewhere(place, who)


def _place(role: Resource) -> _Place:
    namespace, name = metadata(role)
    return (role.provider, str(role.inputs.get("kind")), namespace, name)


def _bound(view: View) -> Mapping[_Place, list[_Bound]]:
    found: dict[_Place, list[_Bound]] = {}
    for binding in view.of(*_BINDINGS):
        namespace, _ = metadata(binding)
        form, name = (str(at(binding.inputs, "roleRef", key)) for key in ("kind", "name"))
        place = (binding.provider, form, namespace if form == "Role" else "", name)
        found.setdefault(place, []).extend(
            _Bound(_subject(each, namespace), namespace, view.site(binding))
            for each in objects(binding.inputs, "subjects")
        )
    return found


def _subject(subject: Mapping[str, Any], namespace: str) -> str:
    form, name = str(subject.get("kind")), subject.get("name")
    if form == "ServiceAccount":
        return f"pods {subject.get('namespace') or namespace}/{name}"
    return f"{form.lower()} {name}"


def _grant(role: Resource, rule: Mapping[str, Any], who: _Bound) -> Grant:
    verbs, kinds, groups = (
        tuple(map(str, items(rule, key))) for key in ("verbs", "resources", "apiGroups")
    )
    addresses = tuple(map(str, items(rule, "nonResourceURLs")))
    what = _what(kinds, groups, items(rule, "resourceNames"))
    return Grant(
        who.subject,
        who.site,
        of_rule(verbs, kinds),
        what or addresses,
        by="RBAC",
        within=who.namespace or "every namespace",
        actions=(*verbs, *(f"on {each}" for each in (*kinds, *addresses))),
        wide=_wide(verbs, kinds, groups),
        urn=role.urn,
    )


def _what(kinds: tuple[str, ...], groups: tuple[str, ...], names: list[Any]) -> tuple[str, ...]:
    if names:
        return tuple(f"{each} {name}" for each in kinds for name in names)
    if kinds == ("*",) and "*" in groups:
        return ("everything",)
    return tuple(f"all of {group or 'core'}" for group in groups) if kinds == ("*",) else kinds


def _wide(
    verbs: tuple[str, ...], kinds: tuple[str, ...], groups: tuple[str, ...]
) -> tuple[str, ...]:
    found = [] if "*" not in verbs else ["every verb"]
    return (*found, "every kind") if "*" in kinds and "*" in groups else tuple(found)


def _elsewhere(place: _Place, who: _Bound) -> Grant:
    """A role that the cluster or an operator brings: known by its name alone."""
    _, form, _, name = place
    verbs = _OWN.get(name, ()) if form == "ClusterRole" else ()
    wide = ("every kind",) if name == "cluster-admin" else ()
    within = who.namespace or "every namespace"
    return Grant(who.subject, who.site, verbs, (f"{form} {name}",), "RBAC", within, wide=wide)
