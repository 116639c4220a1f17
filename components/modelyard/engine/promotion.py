"""Which registry keeps a model of a plan, and what moves its version there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelyard.blueprint.errors import ModelyardError, NotReadyError, nearest
from modelyard.contracts.promotion import Promoter, PromoterArgs
from modelyard.plan.capability import Capability
from modelyard.platform import context_of
from modelyard.sites import part

if TYPE_CHECKING:
    from modelyard.plan.placement import Placement
    from modelyard.plan.plan import Plan


def promoter_of(plan: Plan, name: str) -> Promoter:
    """What moves a model's version. Raises ModelyardError where there is nothing to move."""
    placement = _placed(plan, name)
    site = plan.blueprint.sites[placement.site]
    module = part(site, "promotion")
    if module is None:
        raise NotReadyError(
            f"nothing can promote on '{placement.site}': the kind '{site.kind}' brings no "
            "promotion. Next: ask whoever made the package that adds it"
        )
    return module.open_promoter(
        PromoterArgs(
            site=site,
            context=context_of(plan, placement.site),
            model=plan.blueprint.model(name),
            engine=placement.engine,
            approvers=plan.blueprint.access.approvers,
        )
    )


def _placed(plan: Plan, name: str) -> Placement:
    moved = {
        placement.model: placement
        for placement in plan.capabilities
        if placement.capability is Capability.PROMOTION and placement.model
    }
    if name in moved:
        return moved[name]
    if name in {model.name for model in plan.models}:
        raise ModelyardError(
            f"nothing stands between a version of '{name}' and production. Next: add "
            "`promote: {approval: required}` to it, or move its alias in the registry"
        )
    if not moved:
        next = "add `promote: {approval: required}` to one of the blueprint's"
        raise ModelyardError(f"there is no model '{name}', and none is promoted. Next: {next}")
    meant = nearest(name, moved)
    said = f"did you mean '{meant}'?" if meant else f"there are: {', '.join(moved)}."
    raise ModelyardError(f"there is no model '{name}'; {said} Next: name one that is promoted")
