"""The same blueprint moves from one kind of site to another by changing `sites` alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.support.documents import Loader

from modelyard.blueprint.errors import BlueprintError
from modelyard.plan.capability import Capability as C
from modelyard.program import plan_file, record_plan

SHIPPED = Path(__file__).parents[2] / "blueprints"
CLOUDS = ("aws-", "gcp-")
"""Beginnings of the names of those that are for one cloud."""
LINKED = {p.stem for p in SHIPPED.glob("*.yaml") if "\nlinks:" in p.read_text(encoding="utf-8")}
"""Those whose links say what is at both ends."""
BLUEPRINTS = sorted(
    p.stem for p in SHIPPED.glob("*.yaml") if not p.stem.startswith(CLOUDS) and p.stem not in LINKED
)
INGRESS = {"domain": "ai.example"}
TO: Mapping[str, Mapping[str, Any]] = {
    "aws": {"kind": "aws", "region": "eu-central-1", "account": "123456789012"},
    "gcp": {"kind": "gcp", "region": "europe-west4", "project": "acme-moved"},
    "kubernetes": {"kind": "kubernetes"},
}
"""What takes the place of every site, with a way in."""
STAYS = {
    ("manufacturing", "aws"): "is served at the edge",
    ("manufacturing", "gcp"): "is served at the edge",
    # What a region is called differs from cloud to cloud, and so does where data may be.
    ("healthcare", "gcp"): "is in europe-west4, where the data may not be",
    ("healthcare", "aws"): "has no a30",
    ("healthcare", "kubernetes"): "has no a30",
}
"""What cannot move as it is, and what `check` says of it."""


def moved(blueprint: str, kind: str, folder: Path) -> Path:
    """A shipped blueprint with every site replaced, and without overlays of the old ones."""
    sections = yaml.load((SHIPPED / f"{blueprint}.yaml").read_text(), Loader)
    sections["sites"] = {name: {**TO[kind], "ingress": INGRESS} for name in sections["sites"]}
    sections.pop("environments", None)
    path = folder / f"{blueprint}.yaml"
    path.write_text(yaml.safe_dump(sections))
    return path


@pytest.mark.parametrize("kind", ["aws", "gcp"])
@pytest.mark.parametrize("blueprint", BLUEPRINTS)
def test_it_plans_and_records_on_the_other_kind(blueprint: str, kind: str, tmp_path: Path) -> None:
    path = moved(blueprint, kind, tmp_path)
    if why := STAYS.get((blueprint, kind)):
        with pytest.raises(BlueprintError, match=why):
            plan_file(path)
        return
    plan = plan_file(path).plan
    assert {site.kind for site in plan.sites} == {kind}
    served = {p.model for p in plan.capabilities if p.capability is C.SERVING}
    assert served == {model.name for model in plan.blueprint.models}
    assert len(record_plan(plan)) > len(plan.capabilities)
