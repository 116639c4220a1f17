"""What a model card says, in the words of SageMaker's schema.

Source: SageMaker developer guide, model card JSON schema; it takes no keys but its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from modelyard.blueprint.model import Model
from modelyard.contracts.context import Context
from modelyard.plan.serving import ModelPlan

UNRATED = "Unknown"


def card(model: Model, plan: ModelPlan, context: Context) -> str:
    """The content of a card, as JSON."""
    content = {
        "model_overview": {
            "model_name": model.name,
            "model_description": f"{model.type} model from {model.source}",
            "model_owner": plan.tags.owner,
            "problem_type": str(model.type),
        },
        "business_details": {
            "line_of_business": plan.tags.domain,
            "business_stakeholders": plan.tags.team,
        },
        "intended_uses": _uses(model),
        "additional_information": {"custom_details": dict(_details(model, plan, context))},
    }
    return json.dumps(content, sort_keys=True)


def _uses(model: Model) -> Mapping[str, Any]:
    if model.card is None:
        return {"risk_rating": UNRATED}
    said = {
        "purpose_of_model": model.card.purpose,
        "intended_uses": model.card.not_for and f"Not for: {model.card.not_for}",
        "explanations_for_risk_rating": model.card.reason,
    }
    found = {key: value for key, value in said.items() if value}
    return {"risk_rating": model.card.risk.capitalize(), **found}


def _details(model: Model, plan: ModelPlan, context: Context) -> Iterator[tuple[str, str]]:
    """The four tags and the gates, each as a line."""
    yield "compliance_class", plan.tags.compliance_class
    yield "retraining_cadence", plan.tags.retraining_cadence
    yield "retraining_trigger", plan.tags.retraining_trigger
    yield "approval", str(model.promote.approval)
    for metric, bound in model.promote.benchmark.items():
        yield f"benchmark_{metric}", str(bound)
    for metric, bound in model.promote.fairness.items():
        yield f"fairness_{metric}", str(bound)
    if context.compliance:
        yield "compliance", ", ".join(context.compliance)
