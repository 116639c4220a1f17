"""URNs as Pulumi's engine makes them: `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME`.

The parent part is the parent's whole chain of types; the root stack is not part of it.
Source: the engine's resource monitor and the SDK's `all_aliases` (pulumi 3.272.0).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

STACK_TYPE = "pulumi:pulumi:Stack"


@dataclass(frozen=True, slots=True)
class URN:
    """A URN's parts. `chain` is the types from the outermost component to the resource itself."""

    stack: str
    project: str
    chain: str
    name: str

    @classmethod
    def parse(cls, urn: str) -> URN:
        """Take a URN apart; a name may itself contain `::`."""
        stack, project, chain, name = urn.removeprefix("urn:pulumi:").split("::", 3)
        return cls(stack, project, chain, name)

    @property
    def type(self) -> str:
        return self.chain.rsplit("$", 1)[-1]

    def __str__(self) -> str:
        return f"urn:pulumi:{self.stack}::{self.project}::{self.chain}::{self.name}"


def make_urn(stack: str, project: str, parent: str | None, type_: str, name: str) -> str:
    """The URN of a resource under `parent` (a URN; None or the root stack for none)."""
    chain = URN.parse(parent).chain if parent else STACK_TYPE
    prefix = "" if chain == STACK_TYPE else f"{chain}$"
    return str(URN(stack, project, f"{prefix}{type_}", name))


def stack_urn(stack: str, project: str) -> str:
    """The URN of the root stack itself."""
    return make_urn(stack, project, None, STACK_TYPE, f"{project}-{stack}")


def with_inherited(
    own: Iterable[str], urn: str, parent: str | None, parent_aliases: Iterable[str]
) -> tuple[str, ...]:
    """All URNs a resource was known by: its own aliases, and what its parent's aliases imply."""
    own = list(own)
    inherited = (
        _under(parent_alias, parent, known)
        for parent_alias in parent_aliases
        for known in (urn, *own)
    )
    return tuple(dict.fromkeys(alias for alias in (*own, *inherited) if alias != urn))


def _under(parent_alias: str, parent: str | None, child: str) -> str:
    """The child's URN in the days when its parent was called `parent_alias`."""
    old, now, kid = URN.parse(parent_alias), URN.parse(parent or parent_alias), URN.parse(child)
    name = kid.name
    if name.startswith(now.name):
        # Children are named after their parent by convention, so the rename went through them.
        name = old.name + name[len(now.name) :]
    return make_urn(old.stack, old.project, parent_alias, kid.type, name)
