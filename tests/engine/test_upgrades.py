"""The engine carries on what earlier versions deployed: nothing stateful is replaced or deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pulumi
import pytest
from pulumi import automation as auto
from pulumi.automation.events import EngineEvent
from tests.engine.backend import Backend
from tests.engine.runs import Run, carried_out
from tests.support.simulated.cloud import Cloud
from tests.upgrades.deployed import deployed
from tests.upgrades.losses import stateful
from tests.upgrades.released import Released, releases

from modelyard.engine.stack import FailedError, Stack
from modelyard.plan.plan import Plan
from modelyard.program import build_plan

DATABASE, OLD = "quickstart-database", "quickstart-postgres-server"
TYPE = "kubernetes:apps/v1:StatefulSet"


@pytest.mark.parametrize("released", releases(), ids=str)
def test_the_engine_would_replace_nothing_stateful(
    released: Released, quick: Backend, tmp_path: Path
) -> None:
    with quick.open(released.plan(tmp_path)) as stack:
        take_in(stack, quick, released)
        assert lost(released, stack) == {}


@pytest.fixture
def quickstart() -> Released:
    return next(released for released in releases() if released.name == "quickstart")


@pytest.fixture
def renamed(quickstart: Released) -> Released:
    """As if the database had had another name: today's is a new one to the engine."""
    resources = tuple(
        replace(kept, urn=kept.urn.replace(f"::{DATABASE}", f"::{OLD}"))
        if kept.urn.endswith(f"{TYPE}::{DATABASE}")
        else kept
        for kept in quickstart.resources
    )
    return replace(quickstart, resources=resources)


def test_an_upgrade_keeps_what_stands(quickstart: Released, quick: Backend, tmp_path: Path) -> None:
    """Carried out, not only previewed: the same objects, by the identity a cluster gave them."""
    with quick.open(quickstart.plan(tmp_path)) as stack:
        take_in(stack, quick, quickstart)
        before = identities(quick.cloud)
        carried_out(stack.up)
    assert before
    assert identities(quick.cloud) == before


def test_a_rename_would_be_a_loss(renamed: Released, quick: Backend, tmp_path: Path) -> None:
    with quick.open(renamed.plan(tmp_path)) as stack:
        take_in(stack, quick, renamed)
        [(urn, what)] = lost(renamed, stack).items()
        assert urn.endswith(OLD)
        assert "cannot be deleted" in what


def test_a_rename_with_an_alias_is_none(renamed: Released, quick: Backend, tmp_path: Path) -> None:
    plan = renamed.plan(tmp_path)
    with quick.open(plan) as stack:
        take_in(stack, quick, renamed)
        stack.opened.workspace.program = lambda: with_alias(plan)
        assert lost(renamed, stack) == {}


def with_alias(plan: Plan) -> None:
    """The program, with the database's former name told to the engine."""

    def tell(
        args: pulumi.ResourceTransformationArgs,
    ) -> pulumi.ResourceTransformationResult | None:
        if (args.type_, args.name) != (TYPE, DATABASE):
            return None
        former = pulumi.ResourceOptions(aliases=[pulumi.Alias(name=OLD)])
        options = pulumi.ResourceOptions.merge(args.opts, former)
        return pulumi.ResourceTransformationResult(args.props, options)

    pulumi.runtime.register_stack_transformation(tell)
    build_plan(plan)


def take_in(stack: Stack, backend: Backend, released: Released) -> None:
    """Have the engine know the released state, and the cloud hold what it says."""
    secrets = {"type": "passphrase", "state": {"salt": backend.salt(stack.name)}}
    state = {**deployed(backend.cloud, released), "secrets_providers": secrets}
    stack.opened.import_stack(auto.Deployment(3, state))


def lost(released: Released, stack: Stack) -> Mapping[str, str]:
    """What an `up` would do to what is stateful, other than to leave or to change it."""
    events: list[EngineEvent] = []
    try:
        stack.preview(events.append)
    except FailedError as error:
        events or pytest.fail(str(error))
    run = Run(tuple(events))
    kept = {resource.urn for resource in released.resources if stateful(resource)}
    found = {urn: op for urn, op in run.changes.items() if urn in kept and op != "update"}
    refused = {urn: said for said in run.said for urn in kept if f'"{urn}"' in said}
    assert run.changes or not run.said, run.said
    return {**found, **refused}


def identities(cloud: Cloud) -> Mapping[str, str]:
    """The uid of every object in the clusters."""
    read = {str(thing): cloud.read(thing) for thing in cloud.things()}
    return {name: found["metadata"]["uid"] for name, found in read.items() if "metadata" in found}
