"""The four tags every model carries, and the labels they become."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelyard.blueprint.units import show_duration
from modelyard.plan.cadence import cadence

if TYPE_CHECKING:
    from modelyard.blueprint.blueprint import Blueprint
    from modelyard.blueprint.model import Model

DOMAIN = "modelyard.dev"
"""Prefix of the labels and annotations that are ours."""


@dataclass(frozen=True)
class Tags:
    """Business domain; owner and team; compliance class; retraining cadence and trigger."""

    domain: str
    owner: str
    team: str
    compliance_class: str
    retraining_cadence: str
    retraining_trigger: str

    def labels(self) -> Mapping[str, str]:
        """As Kubernetes labels, each value made legal."""
        return {
            f"{DOMAIN}/{key.replace('_', '-')}": label_value(value)
            for key, value in vars(self).items()
        }


def label_value(text: str) -> str:
    """Text as a label value: at most 63 characters, nothing but letters, digits and `-_.`."""
    legal = re.sub(r"[^A-Za-z0-9._-]", "-", text.replace("@", ".at.")).strip("-_.")
    return legal[:63].strip("-_.")


def tags_of(blueprint: Blueprint, model: Model | None = None) -> Tags:
    """The tags of a model, or of the platform's own parts when no model is given."""
    team = blueprint.team
    retrain = model.retrain if model else None
    every = cadence(blueprint, model) if model else None
    scheduled = ["schedule"] if every else []
    triggers = [*scheduled, *(str(trigger) for trigger in retrain.on)] if retrain else []
    return Tags(
        domain=(model.domain if model and model.domain else team.domain),
        owner=team.owner,
        team=team.name or blueprint.name,
        compliance_class=str(blueprint.data.classification),
        retraining_cadence=show_duration(every) if every else "none",
        retraining_trigger=".".join(dict.fromkeys(triggers)) or "manual",
    )
