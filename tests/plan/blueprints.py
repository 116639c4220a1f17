"""Small blueprints for tests of the plan, and strategies that make more of them."""

from __future__ import annotations

import textwrap
from typing import Any

from hypothesis import strategies as st

from modelyard.blueprint.blueprint import Blueprint
from modelyard.blueprint.checks import Finding
from modelyard.blueprint.loading.document import parse
from modelyard.plan.plan import Plan, make_plan
from modelyard.sites import offers

HEAD: dict[str, Any] = {
    "modelyard": 1,
    "name": "yard",
    "team": {"owner": "ml@example.com", "domain": "demo"},
    "sites": {"local": {"kind": "kubernetes"}},
}
PREDICTIVE = "{name: churn, type: predictive, source: 'models:/churn@champion'}"


def blueprint(text: str = "") -> Blueprint:
    """The least that works, with these top-level keys over it."""
    content = parse(textwrap.dedent(text)).data if text else {}
    return Blueprint.model_validate({**HEAD, **content})


def plan(text: str = "") -> Plan:
    """The plan of such a blueprint."""
    return make_plan(blueprint(text), offers())


def error(text: str) -> Finding:
    """The only error of a plan."""
    [found] = plan(text).errors
    return found


def llm(source: str, serve: str = "", nodes: str = "", **model: str) -> str:
    """A blueprint with one language model, on declared nodes (YAML of their list)."""
    more = "".join(f", {key}: {value}" for key, value in model.items())
    return f"""
        sites: {{local: {{kind: kubernetes, gpus: {{nodes: [{nodes}]}}}}}}
        models: [{{name: chat, type: llm, source: "{source}", serve: {{{serve}}}{more}}}]
    """


SOURCES = (
    "hf://meta-llama/Llama-3.1-8B",
    "hf://meta-llama/Llama-3.3-70B-Instruct",
    "hf://openai/gpt-oss-20b",
    "hf://google/gemma-3-27b-it",
)


@st.composite
def nodes(draw: st.DrawFn) -> dict[str, Any]:
    accelerator = draw(st.sampled_from(["l4", "l40s", "a100-80", "h100"]))
    found: dict[str, Any] = {
        "name": accelerator,
        "accelerator": accelerator,
        "per_node": draw(st.integers(1, 8)),
        "count": draw(st.integers(1, 5)),
    }
    if draw(st.booleans()):
        found["usd_per_hour"] = draw(st.integers(1, 100))
    return found


@st.composite
def sites(draw: st.DrawFn) -> dict[str, Any]:
    """One or two clusters, of any kind and with any GPUs."""
    names = draw(st.sampled_from([["a"], ["a", "b"]]))
    made: dict[str, Any] = {}
    for name in names:
        gpus = draw(st.lists(nodes(), max_size=3, unique_by=lambda node: node["name"]))
        made[name] = {
            "kind": draw(st.sampled_from(["kubernetes", "onprem"])),
            "edge": True,
            "gpus": {"nodes": gpus},
            **draw(
                st.fixed_dictionaries(
                    {},
                    optional={
                        "ingress": st.just({"domain": "ml.example"}),
                        "keys": st.sampled_from([{"engine": "cert-manager"}, {"engine": "none"}]),
                        "database": st.sampled_from(
                            [{"engine": "cloudnative-pg"}, {"engine": "postgres"}]
                        ),
                        "costs": st.sampled_from([{"engine": "opencost"}, {"quota": {"cpu": "4"}}]),
                    },
                )
            ),
        }
    return made


@st.composite
def models(draw: st.DrawFn, places: list[str]) -> list[dict[str, Any]]:
    """Up to four models, of which some can be served and some cannot."""
    made: list[dict[str, Any]] = []
    for index in range(draw(st.integers(0, 4))):
        kind = draw(st.sampled_from(["predictive", "llm"]))
        least = draw(st.integers(1, 3))
        serve: dict[str, Any] = {
            "mode": draw(st.sampled_from(["realtime", "batch", "edge"])),
        }
        if serve["mode"] == "realtime":
            serve["replicas"] = {"min": least, "max": least + draw(st.integers(0, 5))}
        if kind == "llm":
            serve["engine"] = draw(st.sampled_from(["vllm", "ollama", "llama-cpp", "kserve"]))
            serve["context"] = draw(st.sampled_from([1024, 8192, 32768]))
        model: dict[str, Any] = {"name": f"m{index}", "type": kind, "serve": serve}
        registered = f"models:/m{index}@champion"
        model["source"] = draw(st.sampled_from(SOURCES)) if kind == "llm" else registered
        model["on"] = draw(st.sampled_from(places))
        if draw(st.booleans()):
            model["retrain"] = {"every": "30d", "image": "train:1", "command": ["train"]}
        made.append(model)
    return made


@st.composite
def blueprints(draw: st.DrawFn) -> Blueprint:
    """Blueprints that are legal by their types; whether they can stand is for the plan to say."""
    places = draw(sites())
    optional: dict[str, st.SearchStrategy[Any]] = {
        "features": st.fixed_dictionaries(
            {"online": st.sampled_from(["redis", "valkey", "postgres", "dynamodb"])}
        ),
        "registry": st.fixed_dictionaries({}, optional={"on": st.sampled_from(list(places))}),
        "tracking": st.just({}),
        "pipelines": st.fixed_dictionaries({}, optional={"on": st.sampled_from(list(places))}),
        "monitoring": st.just({}),
        "budget": st.just({"monthly_usd": 1000}),
        "data": st.sampled_from([{"classification": "restricted"}, {"pii": True}]),
    }
    content = draw(st.fixed_dictionaries({}, optional=optional))
    listed = draw(models(list(places)))
    return Blueprint.model_validate({**HEAD, **content, "sites": places, "models": listed})
