"""The blueprint: everything a team says about its platform."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from modelyard.blueprint.access import Access, Budget
from modelyard.blueprint.data_plane import Features, Ingestion
from modelyard.blueprint.lifecycle import Jobs, Monitoring, Pipelines, Registry, Tracking
from modelyard.blueprint.llm import Llm
from modelyard.blueprint.model import Model
from modelyard.blueprint.policies import Policies
from modelyard.blueprint.section import FEW, SOME, Flag, Name, PlatformName, Section
from modelyard.blueprint.site import Link, Site
from modelyard.blueprint.team import Classification, Compliance, Data, Team


class Preset(StrEnum):
    """A preset is data, merged under the blueprint: `presets/<name>.yaml`."""

    SMALL_TEAM = "small-team"
    HEALTHCARE = "healthcare"
    FINANCE = "finance"
    RETAIL = "retail"
    MANUFACTURING = "manufacturing"

    @property
    def regulated(self) -> bool:
        """Whether a person has to approve what goes into production."""
        return self in (Preset.HEALTHCARE, Preset.FINANCE)


class Blueprint(Section):
    """A platform as its team describes it."""

    model_config = ConfigDict(title="Modelyard blueprint")

    modelyard: Literal[1]
    """Version of this vocabulary."""
    name: PlatformName
    preset: Preset | None = None
    team: Team
    data: Data = Data.left_out()
    compliance: tuple[Compliance, ...] = ()
    sites: Annotated[dict[Name, Site], Field(min_length=1, max_length=50)]
    links: Annotated[tuple[Link, ...], Field(max_length=SOME)] = ()
    ingestion: Ingestion | None = None
    features: Features | None = None
    registry: Registry | None = None
    tracking: Tracking | None = None
    pipelines: Pipelines | None = None
    defaults: dict[str, Any] = {}
    """What every model has unless it says otherwise: any key of a model but its name."""
    models: Annotated[tuple[Model, ...], Field(max_length=500)] = ()
    llm: Llm | None = None
    monitoring: Monitoring | None = None
    jobs: Jobs = Jobs.left_out()
    access: Access = Access.left_out()
    budget: Budget | None = None
    policies: Policies | None = None
    protect: Flag = True
    """Whether stateful parts refuse to be destroyed; `false` suits a throw-away environment."""
    environments: Annotated[dict[Name, dict[str, Any]], Field(max_length=FEW)] = {}
    """Overlays, by environment: each is merged over the rest when it is asked for."""

    def is_named(self, site: str) -> bool:
        """Whether the names of a site's parts have the site's own in them.

        The first site goes without, so that a further one renames nothing of it.
        """
        own = self.sites[site].named
        return site != next(iter(self.sites)) if own is None else own

    @property
    def sensitive(self) -> bool:
        """Whether the data ask for more than the least: encryption everywhere, standbys."""
        classes = (Classification.CONFIDENTIAL, Classification.RESTRICTED)
        data = self.data
        return data.classification in classes or data.pii or bool(self.compliance)

    def model(self, name: str) -> Model:
        """The model of that name; KeyError if there is none."""
        return next(model for model in self.models if model.name == name)
