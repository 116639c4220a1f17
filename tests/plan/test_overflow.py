"""Models on two sites: planned on both, and refused where the one cannot hand requests on."""

from __future__ import annotations

import pytest
from tests.plan.blueprints import blueprint

from modelyard.blueprint.checks import check
from modelyard.plan.capability import Capability as C
from modelyard.plan.plan import Plan, make_plan
from modelyard.sites import offers

HOUSE = "house: {kind: onprem, ingress: {domain: house.example}}"
SKY = "sky: {kind: kubernetes, ingress: {domain: sky.example}, keys: {attach: {issuer: public}}}"
LINK = "links: [{from: house, to: sky, via: vpn, carries: [requests]}]"
SERVE = "engine: llama-cpp, expose: gateway, replicas: {min: 2}"
FALLBACK = "fallback: {on: sky, replicas: {min: 1, max: 3}}"


def planned(
    serve: str = f"{SERVE}, {FALLBACK}",
    sites: str = f"{HOUSE}, {SKY}",
    rest: str = f"{LINK}\nmonitoring: {{on: sky}}",
    source: str = "hf://Qwen/Qwen2.5-0.5B",
    more: str = "",
) -> Plan:
    model = f"{{name: m, type: llm, source: '{source}', on: house, serve: {{{serve}}}{more}}}"
    return make_plan(blueprint(f"sites: {{{sites}}}\nmodels: [{model}]\n{rest}"), offers())


def test_a_model_is_sized_and_counted_on_both_sites() -> None:
    made = planned()
    assert not made.errors, made.errors
    assert [(m.site, m.replicas, m.stands_in) for m in made.models] == [
        ("house", (2, 2), False),
        ("sky", (1, 3), True),
    ]
    assert made.model("m").site == "house"
    assert made.model("m", "sky").stands_in
    served = {p.site for p in made.capabilities if p.capability is C.SERVING}
    scaled = {p.site for p in made.capabilities if p.capability is C.AUTOSCALING}
    assert (served, scaled) == ({"house", "sky"}, {"sky"})


def test_each_site_is_told_its_own_number() -> None:
    made = planned()
    here, there = (made.settings(m).serve for m in made.models)
    assert (here.replicas.max, there.replicas.max) == (2, 3)
    assert here.fallback
    assert there.fallback is None


REFUSED = {
    "no link": ({"rest": "monitoring: {on: sky}"}, "no link between the two carries requests"),
    "another link": (
        {"rest": f"{LINK.replace('requests', 'metrics')}\nmonitoring: {{on: sky}}"},
        "no link between the two carries requests",
    ),
    "no way in there": (
        {"sites": f"{HOUSE}, sky: {{kind: kubernetes}}"},
        "'sky' has no way in",
    ),
    "no trust": (
        {"sites": f"{HOUSE}, sky: {{kind: kubernetes, ingress: {{domain: sky.example}}}}"},
        "trusts the certificate",
    ),
    "somebody else's gateway": (
        {
            "sites": f"{SKY}, house: {{kind: onprem, ingress: {{attach: "
            "{name: g, namespace: n, domain: house.example}}}"
        },
        "the gateway of 'house' is somebody else's",
    ),
    "itself": ({"serve": f"{SERVE}, {FALLBACK.replace('sky', 'house')}"}, "its own site"),
    "inside alone": (
        {"serve": f"engine: llama-cpp, {FALLBACK}"},
        "requests come to it without a gateway",
    ),
    "a bucket": ({"source": "s3://models/m"}, "each site has a bucket of its own"),
}


@pytest.mark.parametrize(("changed", "what"), REFUSED.values(), ids=REFUSED)
def test_what_keeps_it_from_there_is_said(changed: dict[str, str], what: str) -> None:
    found = [
        it for it in planned(**changed).errors if it.path == ("models", 0, "serve", "fallback")
    ]
    assert [it for it in found if what in it.what], found
    assert all(it.next for it in found)


def test_a_model_reads_others_where_they_stand_too() -> None:
    """`n` has no second place, so that what reads it cannot have one."""
    small = "type: llm, source: 'hf://Qwen/Qwen2.5-0.5B', on: house"
    one = f"{{name: n, {small}, serve: {{engine: llama-cpp}}}}"
    other = f"{{name: m, {small}, depends_on: [n], serve: {{{SERVE}, {FALLBACK}}}}}"
    text = f"sites: {{{HOUSE}, {SKY}}}\nmodels: [{one}, {other}]\nmonitoring: {{on: sky}}"
    found = make_plan(blueprint(text), offers()).errors
    assert any("reads 'n', which does not stand there" in it.what for it in found)


def test_none_waits_at_nothing() -> None:
    [found] = [
        it
        for it in planned(f"{SERVE}, {FALLBACK.replace('min: 1', 'min: 0')}").errors
        if "scale-to-zero" in it.what
    ]
    assert found.path == ("models", 0, "serve", "fallback", "replicas", "min")


def test_an_operator_of_somebody_else_has_to_know_backends() -> None:
    attached = HOUSE.replace("kind: onprem", "kind: onprem, operators: {envoy-gateway: attach}")
    found = planned(sites=f"{attached}, {SKY}").warnings
    assert any("knows no Backend" in it.what for it in found)


def test_a_site_that_is_not_there_and_a_mode_without_requests_are_said() -> None:
    text = f"sites: {{{HOUSE}}}\nmodels: [{{name: m, type: llm, source: 'hf://a/b', serve: "
    text += f"{{engine: vllm, mode: batch, input: 's3://a/b', output: 's3://a/c', {FALLBACK}}}}}]"
    found = {it.path: it for it in check(blueprint(text))}
    assert found["models", 0, "serve", "fallback", "on"].allowed == ("house",)
    assert "no meaning in batch mode" in found["models", 0, "serve", "fallback"].what
