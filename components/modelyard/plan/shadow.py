"""A candidate that answers beside the incumbent, before it may take over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelyard.blueprint.checks.serving import engine_of
from modelyard.blueprint.model import Promote
from modelyard.blueprint.serve import Exposure, Mode, ServingEngine
from modelyard.plan.promotion import follows_alias

if TYPE_CHECKING:
    from modelyard.blueprint.model import Model

CANDIDATE = "MODELYARD_CANDIDATE"
"""Variable of the second server: the candidate, as `NAME/VERSION`."""


def shadow_name(model: Model) -> str:
    """What the second server is called."""
    return f"{model.name}-shadow"


def shadow_of(model: Model) -> Model:
    """The model as the second server has it: nobody reaches it by name, and it has no second."""
    serve = model.serve.model_copy(update={"expose": Exposure.CLUSTER, "fallback": None})
    own = {
        "name": shadow_name(model),
        "source": f"models:/$({CANDIDATE})",
        "serve": serve,
        "promote": Promote.left_out(),
    }
    return model.model_copy(update=own)


def stands_in_shadow(model: Model) -> bool:
    """Whether a second server stands ready; the checks see to the rest of what that needs."""
    served = engine_of(model) is ServingEngine.MLFLOW and model.serve.mode is Mode.REALTIME
    return bool(model.promote.shadow) and served and follows_alias(model)
