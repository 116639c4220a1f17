"""Blueprints, asked of a whole project; and the role that such questions need."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import cast

import pytest
import yaml
from tests.sites.gcp.google import described
from tests.sites.gcp.preflight import world
from tests.sites.gcp.preflight.ground import ANN, H100, L4, args, planned
from tests.support import shipped

import modelyard.sites.gcp.preflight as package
from modelyard.blueprint.site import GcpSite
from modelyard.contracts.preflight import Answer, Verdict
from modelyard.engine.preflight import args_of
from modelyard.program import plan_file, record_plan
from modelyard.sites.gcp.looks import LOOKS
from modelyard.sites.gcp.preflight.interview import Interview
from modelyard.sites.gcp.preflight.names import NOUNS
from modelyard.sites.gcp.preflight.permissions import permissions as granted
from modelyard.sites.gcp.preflight.planned import GcpPreflightArgs, machines
from modelyard.sites.gcp.preflight.policies import constraints

ROLE = Path(package.__file__).with_name("role.yaml")
NEEDS_NOTHING = {"resourcemanager.projects.testIamPermissions", "oauth2.oauth2.tokeninfo"}
SMALL = """
modelyard: 1
name: fraud
team: {owner: ml@acme.example, name: ml, domain: demo}
sites: {cloud: {kind: gcp, region: europe-west4, project: acme-ml-prod}}
models:
  - name: assistant
    type: llm
    source: hf://meta-llama/Llama-3.1-8B-Instruct
    serve: {engine: vllm, context: 8192, concurrency: 8, replicas: {min: 1, max: 2}}
  - {name: churn, type: predictive, source: "models:/churn@champion"}
"""


def _shipped(case: shipped.Case) -> bool:
    if "gcp" not in case.path.read_text(encoding="utf-8"):
        return False
    sites = shipped.loaded(case).blueprint.sites.values()
    ours = [site for site in sites if isinstance(site, GcpSite)]
    return bool(ours) and not any(site.network.attach for site in ours)


CASES = [None, *(case for case in shipped.cases() if _shipped(case))]
"""None is the small one above."""


@pytest.fixture(params=CASES, ids=str)
def asked(request: pytest.FixtureRequest, tmp_path: Path) -> GcpPreflightArgs:
    """What a blueprint would build in its project."""
    case: shipped.Case | None = request.param
    if case is None:
        file = tmp_path / "blueprint.yaml"
        file.write_text(SMALL, encoding="utf-8")
        plan = plan_file(file, None).plan
        graph = record_plan(plan)
    else:
        plan, graph = shipped.planned(case).plan, shipped.recorded(case)
    site = next(each.name for each in plan.sites if each.kind == "gcp")
    return cast("GcpPreflightArgs", args_of(plan, graph, site))


def everything() -> GcpPreflightArgs:
    """Of every kind of question one."""
    names = [planned(token.removeprefix("gcp:"), name="acme", **_ids()) for token in NOUNS]
    counted = [planned(token.removeprefix("gcp:"), name="acme") for token in world._counted()]
    concerned = [
        planned(each.removeprefix("gcp:")) for row in constraints().values() for each in row["of"]
    ]
    others = [
        planned("projects/service:Service", service="compute.googleapis.com"),
        planned("container/nodePool:NodePool", nodeConfig={"machineType": "e2-standard-4"}),
    ]
    hosted = replace(L4, hosted="realtime")
    gpus = {"fallback": ["spot"], "reservations": ["held"]}
    return args(*names, *counted, *concerned, *others, machines=[L4, H100, hosted], gpus=gpus)


def _ids() -> dict[str, str]:
    ids = ("account", "secret", "repository", "cluster", "instance", "dataset")
    return dict.fromkeys((*(f"{each}Id" for each in ids), "workloadIdentityPoolId"), "acme")


def answers(of: GcpPreflightArgs, ask: world.World) -> list[Answer]:
    return list(Interview(of, ask.ask, ANN).answers())


def test_a_new_project_is_told_what_to_ask_for(asked: GcpPreflightArgs) -> None:
    """Quotas of accelerators start at nothing there; all names are free."""
    ask = world.new(asked)
    found = answers(asked, ask)
    failed = [answer for answer in found if answer.verdict is Verdict.FAILED]
    short = [answer for answer in found if answer.asked.startswith("GPUS_ALL_REGIONS")]
    assert all(answer.next for answer in failed)
    bought = set(asked.site.gpus.ways) != {"reserved"}
    assert bool(machines(asked) and bought) == bool(short)
    assert all(answer.verdict in (Verdict.FAILED, Verdict.WARNING) for answer in short)
    fine = ("name", "permission", "policy", "service", "zone", "account", "machine")
    assert not [a for a in found if a.topic in fine and a.verdict is not Verdict.OK]
    assert not [a for a in found if a.verdict is Verdict.UNKNOWN]
    assert ask.permissions - NEEDS_NOTHING <= set(_included()), "the role lacks a call"


def test_a_project_in_which_the_platform_stands_has_nothing_against_it(
    asked: GcpPreflightArgs,
) -> None:
    found = answers(asked, world.used(asked))
    assert [a for a in found if a.verdict in (Verdict.FAILED, Verdict.UNKNOWN)] == []


def test_commands_are_whole(asked: GcpPreflightArgs) -> None:
    """What is to be run names the project, whichever one gcloud is set to."""
    found = answers(asked, world.new(asked))
    commands = [each.next for each in found if each.next.startswith("gcloud ")]
    assert commands
    assert all(f"--project={asked.site.project}" in command for command in commands)


@cache
def permissions() -> frozenset[str]:
    """What the calls need that are made of either project: those that find, and those that miss."""
    of = everything()
    worlds = (world.new(of), world.used(of))
    for each in worlds:
        assert answers(of, each)
    return frozenset().union(*(each.permissions for each in worlds))


def _included() -> Iterator[str]:
    yield from yaml.safe_load(ROLE.read_text(encoding="utf-8"))["includedPermissions"]


def test_the_role_allows_the_calls_that_are_made_and_no_other() -> None:
    assert set(_included()) == permissions() - NEEDS_NOTHING | ALSO


ALSO = {"compute.regions.list", "serviceusage.services.use"}
"""Where a region is not there; and for every call, to count on the project."""


def test_the_role_lets_nothing_be_changed() -> None:
    for permission in _included():
        assert permission.rpartition(".")[2] in ("get", "list", "use"), permission
    assert sorted(set(_included())) == list(_included())


def test_every_type_that_is_looked_at_or_planned_is_asked_for(asked: GcpPreflightArgs) -> None:
    """What `up` makes has permissions here, but for what is granted elsewhere."""
    types = {item.type for item in asked.expected if item.type.startswith("gcp:")}
    assert types - set(granted()) <= ELSEWHERE


ELSEWHERE = {
    "gcp:accesscontextmanager/servicePerimeter:ServicePerimeter",
    "gcp:billing/budget:Budget",
    "gcp:orgpolicy/customConstraint:CustomConstraint",
    "gcp:projects/serviceIdentity:ServiceIdentity",
}


def test_every_name_is_one_of_a_type_that_is_looked_at() -> None:
    assert set(NOUNS) <= set(LOOKS)
    assert all(described(look.method) for look in LOOKS.values())
