"""The one component that turns a plan into resources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from functools import cached_property
from importlib import import_module
from typing import Any, get_type_hints

import pulumi

from modelyard.blueprint.blueprint import Blueprint
from modelyard.blueprint.border import node_port_of
from modelyard.blueprint.site import Carries, CloudSite
from modelyard.contracts.context import Context
from modelyard.contracts.link import OtherEnd
from modelyard.plan.capability import Capability
from modelyard.plan.dependencies import guarded_readers, registered_reads
from modelyard.plan.facilities import sensitive
from modelyard.plan.far import CARRIED, FOR, networks_there, watched_from, watching
from modelyard.plan.links import links_at, via_of, way_of
from modelyard.plan.offered import Hospitality, asked, by_certificate, hospitality, published
from modelyard.plan.overflow import elsewhere
from modelyard.plan.placement import Placement
from modelyard.plan.plan import Plan, SitePlan
from modelyard.plan.promotion import guarded
from modelyard.plan.rechecks import recheck
from modelyard.plan.replicas import copies_at
from modelyard.plan.tags import tags_of
from modelyard.plan.watch import Watch

AUTHORITY = "modelyard.workloads.authority:CertificateAuthority"
PROVIDING = (Capability.ACCOUNT, Capability.CLUSTER)
"""What makes a provider for everything else on its site."""


class Platform(pulumi.ComponentResource):
    """A platform as planned.

    Each placement becomes one component, named `<platform>-<capability>-<model>`; on every site but
    the first the site's name comes second. A component's `Args` say by the names of their fields
    what it takes; `_values` is where those names get their meaning.
    """

    def __init__(self, plan: Plan, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("modelyard:platform:Platform", plan.blueprint.name, None, opts)
        self.plan = plan
        self.standing: dict[tuple[str, Capability], Any] = {}
        self.ends: dict[tuple[str, str, str], Any] = {}
        """The ends of links: by where one stands, where it leads to, and by which way."""
        self._placed: Mapping[str, list[Placement]] = _by_site(plan)
        welcome = hospitality(plan.blueprint)
        self._of = {site.name: self._of_site(site, welcome[site.name]) for site in plan.sites}
        for placement in plan.capabilities:
            if placement.implementation is not None:
                self._stand(placement, placement.implementation)
        self.links = self._links()
        self.register_outputs({"endpoints": self._endpoints(), "links": self.links})

    def _stand(self, placement: Placement, implementation: str) -> None:
        """Build one placement's component and remember it for those that need it."""
        kind, args_type = load(implementation)
        values = self._values(placement)
        wanted = fields(args_type)
        if any(field.name == "authority" for field in wanted):
            values = {**values, "authority": self.authority}
        args = args_type(**{f.name: values[f.name] for f in wanted if _given(f, values)})
        component = kind(component_name(self.plan, placement), args, self._options(placement))
        if placement.to is not None:
            self.ends[placement.site, placement.to, via_of(placement.engine)] = component
        elif placement.model is None:
            self.standing[placement.site, placement.capability] = component

    def _values(self, placement: Placement) -> Mapping[str, Any]:
        """What a field of `Args` may ask for, by name."""
        blueprint, site = self.plan.blueprint, placement.site
        beside = self._placed[site]
        neighbours = {
            each.capability.field: self.standing[site, each.capability]
            for each in beside
            if (site, each.capability) in self.standing
        }
        values: dict[str, Any] = {
            **self._of[site],
            "blueprint": blueprint,
            "settings": _settings(plan=self.plan, placement=placement),
            "access": blueprint.access,
            "limits": blueprint.budget,
            "engine": placement.engine,
            "consumers": _consumers(beside, placement),
            "guarded": guarded(blueprint),
            "jobs": blueprint.jobs,
        }
        if placement.to is not None:
            values |= self._of_link(placement, placement.to)
        if (site, placement.capability) == (watching(blueprint), Capability.MONITORING):
            values["senders"] = watched_from(blueprint)
            values["certified"] = tuple(
                sender
                for sender in values["senders"]
                if by_certificate(blueprint, sender, site, Carries.METRICS)
            )
        if placement.far is not None:
            asked = FOR.get(placement.capability, placement.capability)
            values["far"] = self.standing[placement.far, asked]
            shown = by_certificate(blueprint, site, placement.far, CARRIED[asked])
            values["by_certificate"] = placement.far if shown else None
            values["networks_there"] = networks_there(
                blueprint, site, placement.far, CARRIED[asked]
            )
        if placement.model is not None:
            model = self.plan.model(placement.model, site)
            values["model"], values["model_plan"] = self.plan.settings(model), model
            values["watch"] = self.plan.watch(placement.model)
            values["tags"], values["elsewhere"] = model.tags, elsewhere(blueprint, model)
            values["reads"] = registered_reads(blueprint, values["model"])
            values["readers"] = guarded_readers(blueprint, model.name)
            values["recheck"] = recheck(blueprint, values["model"])
        return {**neighbours, **values}

    def _of_site(self, site: SitePlan, welcome: Hospitality) -> Mapping[str, Any]:
        """What is the same for everything on a site; a fleet has many sites."""
        plan, name = self.plan, site.name
        return {
            "context": context_of(plan, name),
            "site": plan.blueprint.sites[name],
            "site_plan": site,
            "links": links_at(plan.blueprint, name),
            "copies": copies_at(plan, name),
            "guests": welcome.guests,
            "offered": welcome.names,
            "node_port": node_port_of(plan.blueprint, name),
            "models": tuple((plan.settings(m), m) for m in plan.models if m.site == name),
            "watches": _watches(plan, name),
        }

    def _of_link(self, placement: Placement, to: str) -> Mapping[str, Any]:
        """What one end of a link is told of the other."""
        blueprint, way = self.plan.blueprint, way_of(self.plan.blueprint, placement)
        ingress = blueprint.sites[to].ingress
        return {
            "way": way,
            "other": self._other_end(placement, to),
            "asked": asked(blueprint, way.link, to),
            "published": published(blueprint, way.link, placement.site),
            "domain_there": ingress.domain if ingress else "",
            "site_there": blueprint.sites[to],
        }

    @cached_property
    def authority(self) -> Any:
        """What signs for sites that are joined by certificate, made when the first asks for it."""
        kind, args_type = load(AUTHORITY)
        name, own = f"{self.plan.blueprint.name}-authority", pulumi.ResourceOptions(parent=self)
        return kind(name, args_type(context=context_of(self.plan)), own)

    def _other_end(self, placement: Placement, to: str) -> OtherEnd:
        """What is there already at the other end of a link."""
        border = self.standing.get((to, Capability.BORDER))
        service = self.standing.get((to, Capability.ENDPOINT_SERVICE))
        end = self.ends.get((to, placement.site, via_of(placement.engine)))
        return OtherEnd(border, end, service)

    def _options(self, placement: Placement) -> pulumi.ResourceOptions:
        """Children use the providers of their site, which its account and its cluster make."""
        makers = (self.standing.get((placement.site, maker)) for maker in PROVIDING)
        providers = [maker.provider for maker in makers if maker]
        before = _names_before(self.plan, placement)
        return pulumi.ResourceOptions(
            parent=self, providers=providers or None, transformations=before
        )

    def _links(self) -> Mapping[str, Mapping[str, pulumi.Input[str]]]:
        """What the owners of ends that are not made have to configure, by end."""
        return {
            f"{to} to {site} by {via}": end.told
            for (site, to, via), end in sorted(self.ends.items())
            if end.told
        }

    def _endpoints(self) -> Mapping[str, str]:
        """Where each part answers inside its cluster, by capability."""
        found = {
            f"{site}/{capability}": getattr(component, "endpoint", None)
            for (site, capability), component in self.standing.items()
        }
        return {
            name: endpoint.url
            for name, endpoint in sorted(found.items())
            if endpoint and isinstance(endpoint.host, str)
        }


def context_of(plan: Plan, site: str | None = None) -> Context:
    """What every component on a site knows of the platform; without one, what all of it does."""
    blueprint = plan.blueprint
    return Context(
        platform=blueprint.name,
        environment=plan.environment,
        tags=tags_of(blueprint),
        cost_center=blueprint.team.cost_center,
        compliance=tuple(str(profile) for profile in blueprint.compliance),
        sensitive=sensitive(blueprint),
        protect=blueprint.protect,
        site=site if site and _is_among_others(blueprint, site) else None,
    )


def _is_among_others(blueprint: Blueprint, site: str) -> bool:
    """Whether what it is called has to tell it from another site's in the same account."""
    return isinstance(blueprint.sites[site], CloudSite) and blueprint.is_named(site)


def component_name(plan: Plan, placement: Placement) -> str:
    """The logical name of a placement's component."""
    site = placement.site if plan.blueprint.is_named(placement.site) else None
    end = f"{placement.to}-{via_of(placement.engine)}" if placement.to else None
    parts = (plan.blueprint.name, site, placement.capability, placement.model, end)
    return "-".join(str(part) for part in parts if part)


def _names_before(plan: Plan, placement: Placement) -> list[pulumi.ResourceTransformation]:
    """The first of several sites had its name in those of its parts up to version 0.1."""
    if len(plan.sites) == 1 or plan.blueprint.is_named(placement.site):
        return []
    own = f"{plan.blueprint.name}-"

    def known(
        given: pulumi.ResourceTransformationArgs,
    ) -> pulumi.ResourceTransformationResult | None:
        if not given.name.startswith(own):
            return None
        alias = pulumi.Alias(name=f"{own}{placement.site}-{given.name.removeprefix(own)}")
        before = pulumi.ResourceOptions(aliases=[alias])
        return pulumi.ResourceTransformationResult(
            given.props, pulumi.ResourceOptions.merge(given.opts, before)
        )

    return [known]


def load(implementation: str) -> tuple[Any, Any]:
    """The component class at `package.module:Class`, and the type of its `args`."""
    module_name, _, class_name = implementation.partition(":")
    kind = getattr(import_module(module_name), class_name)
    return kind, get_type_hints(kind.__init__)["args"]


def _given(field: Any, values: Mapping[str, Any]) -> bool:
    """Whether a value is at hand; a field with a default does without one."""
    required = field.default is MISSING and field.default_factory is MISSING
    return required or field.name in values


def _watches(plan: Plan, site: str) -> tuple[Watch, ...]:
    """How the models of a site are watched there."""
    here = {model.name for model in plan.models if model.site == site and not model.stands_in}
    return tuple(watch for watch in plan.watches if watch.checks and watch.model in here)


def _settings(plan: Plan, placement: Placement) -> Any:
    """The blueprint's section for a capability, or that section's defaults."""
    name = placement.capability.field
    section = type(plan.blueprint).model_fields.get(name)
    if section is None:
        return None
    given = getattr(plan.blueprint, name)
    if given is not None:
        return given
    kind = _section_type(section.annotation)
    # A section with keys that nobody can guess has no defaults.
    required = any(field.is_required() for field in kind.model_fields.values())
    return None if required else kind()


def _section_type(annotation: Any) -> Any:
    """`X` of `X | None`."""
    return next(arm for arm in annotation.__args__ if arm is not type(None))


def _by_site(plan: Plan) -> Mapping[str, list[Placement]]:
    placed: dict[str, list[Placement]] = {site: [] for site in plan.blueprint.sites}
    for placement in plan.capabilities:
        placed[placement.site].append(placement)
    return placed


def _consumers(beside: Iterable[Placement], placement: Placement) -> tuple[str, ...]:
    """The capabilities of the same site that need what is being placed."""
    return tuple(
        sorted(
            str(other.capability)
            for other in beside
            if placement.capability in other.needs and other.implementation
        )
    )
