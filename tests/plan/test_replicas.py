"""Copies of the registry: where they stand, what they follow, and what is refused."""

from __future__ import annotations

import pytest
from tests.plan.blueprints import blueprint, plan

from modelyard.blueprint.checks import check
from modelyard.blueprint.checks.finding import Finding
from modelyard.plan.capability import Capability as C
from modelyard.plan.plan import Plan
from modelyard.plan.replicas import copies_at

KEY = r"-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZI\n-----END PUBLIC KEY-----\n"
LINK = "{from: plant, to: cloud, via: public-mtls, carries: [artifacts]}"
MODEL = "name: m, type: predictive, on: plant"


def text(
    registry: str = "on: cloud, replicas: [plant]",
    model: str = "source: 'models:/fraud@champion'",
    links: str = LINK,
    more: str = "",
) -> str:
    return f"""
        sites:
          cloud: {{kind: kubernetes, ingress: {{domain: hub.example}}}}
          plant: {{kind: onprem, storage_class: local-path}}
        links: [{links}]
        registry: {{{registry}}}
        models: [{{{MODEL}, {model}}}]
        {more}
    """


def planned(**changed: str) -> Plan:
    return plan(text(**changed))


def said(changed: dict[str, str]) -> list[Finding]:
    return check(blueprint(text(**changed))) or list(planned(**changed).errors)


def test_a_copy_stands_beside_the_model_and_follows_the_registry() -> None:
    found = planned()
    assert not found.errors
    placed = [p for p in found.capabilities if p.capability in (C.REGISTRY, C.REPLICATION)]
    assert {(p.site, str(p.capability), p.engine, p.far) for p in placed} == {
        ("cloud", "registry", "mlflow", None),
        ("plant", "registry", "mlflow", None),
        ("plant", "replication", "mlflow", "cloud"),
    }
    order = [(p.site, p.capability) for p in placed]
    assert order.index(("cloud", C.REGISTRY)) < order.index(("plant", C.REPLICATION))
    [copy] = copies_at(found, "plant")
    assert (copy.wanted, copy.public_key) == ("fraud@champion", None)
    assert copies_at(found, "cloud") == ()


def test_the_link_carries_something_then() -> None:
    assert not [it for it in planned().warnings if it.path[0] == "links"]


REFUSED = {
    "no link": ({"links": ""}, "replication on 'plant' needs the registry", "links: [{from: plant"),
    "no such site": (
        {"registry": "on: cloud, replicas: [moon]"},
        "no site named 'moon'",
        "name a site",
    ),
    "at home": (
        {"registry": "on: cloud, replicas: [cloud]"},
        "itself stands on 'cloud'",
        "remove it",
    ),
    "twice": ({"registry": "on: cloud, replicas: [plant, plant]"}, "named twice", "remove one"),
    "another engine": (
        {"registry": "engine: wandb, on: cloud, replicas: [plant]"},
        "wandb is copied by nothing here",
        "choose mlflow",
    ),
    "a number": ({"model": "source: 'models:/fraud/7'"}, "follows aliases alone", "NAME@ALIAS"),
    "pipelines in a copy": ({"more": "pipelines: {on: plant}"}, "is a copy", "on: cloud"),
    "a signature and no key": (
        {"model": "source: 'models:/fraud@champion', artifact: {signature: required}"},
        "`signature` without `public_key`",
        "add `public_key`",
    ),
    "a key and no signature": (
        {"model": f"source: 'models:/fraud@champion', artifact: {{public_key: \"{KEY}\"}}"},
        "`public_key` without `signature`",
        "add `signature`",
    ),
    "a signature that nobody would look at": (
        {
            "registry": "on: cloud",
            "model": f"source: 'models:/fraud@champion', "
            f'artifact: {{signature: required, public_key: "{KEY}"}}',
        },
        "artifact-check by init is not offered",
        "registry: {replicas: [SITE]}",
    ),
}


@pytest.mark.parametrize(("changed", "what", "next"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_is_said(changed: dict[str, str], what: str, next: str) -> None:
    found = [it for it in said(changed) if what in it.what]
    assert found, said(changed)
    assert next in found[0].next


def test_a_copy_takes_over_what_is_signed() -> None:
    artifact = f'artifact: {{signature: required, public_key: "{KEY}"}}'
    found = planned(model=f"source: 'models:/fraud@champion', {artifact}")
    assert not found.errors
    [copy] = copies_at(found, "plant")
    assert copy.public_key == KEY.replace("\\n", "\n")


def test_data_may_rest_where_a_copy_is() -> None:
    found = planned(more="data: {sites: [cloud]}")
    assert {it.path for it in found.errors} == {("registry", "replicas", 0)}


def test_a_copy_restarts_what_is_served_out_of_it() -> None:
    """And so nobody is warned that a promotion would not."""
    trained = "source: 'models:/fraud@champion', retrain: {every: 30d, image: i, command: [c]}"
    alone = planned(registry="on: cloud", model=trained, more="pipelines: {on: cloud}")
    assert any("restarts nothing on 'plant'" in it.what for it in alone.warnings)
    copied = planned(model=trained, more="pipelines: {on: cloud}")
    assert not any("restarts nothing" in it.what for it in copied.warnings)
