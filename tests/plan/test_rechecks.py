"""Which models are looked at anew, and after which."""

from __future__ import annotations

from tests.support.parts import planned

from modelyard.plan.rechecks import holding, recheck

HEAD = "sites: {here: {kind: kubernetes}}\nmonitoring: {}\naccess: {approvers: ['group:risk']}\n"
WATCHED = "monitor: {data: {reference: 's3://b/r', current: 's3://b/c/'}}"
TOLD = "data: {reference: 's3://b/r', current: 's3://b/c/', target: y, features: [a]}"
GATED = "promote: {approval: required}"
TRAINED = "retrain: {every: 30d, image: 'i:1', command: [c]}"


def order(**models: str) -> dict[str, tuple[list[str], tuple[str, ...]] | None]:
    """By model: those it comes after, and those whose drift is a reason to look."""
    rows = [
        f"{{name: {name}, type: predictive, source: 'models:/{name}@champion', {more}}}"
        for name, more in models.items()
    ]
    blueprint = planned(HEAD + f"models: [{', '.join(rows)}]").blueprint
    found = {model.name: recheck(blueprint, model) for model in blueprint.models}
    return {
        name: ([model.name for model in one.after], one.reads) if one else None
        for name, one in found.items()
    }


def reads(*names: str) -> str:
    return f"depends_on: [{', '.join(names)}], {GATED}, {WATCHED}"


def test_what_reads_nothing_or_is_never_let_in_or_not_watched_is_left_to_the_clock() -> None:
    assert order(
        a=f"{GATED}, {WATCHED}",
        b=f"depends_on: [a], {WATCHED}",
        c=f"depends_on: [a], {GATED}",
        d=reads("a"),
    ) == {"a": None, "b": None, "c": None, "d": ([], ("a",))}


def test_it_comes_after_those_that_are_looked_at_anew_themselves() -> None:
    assert order(a=GATED, b=reads("a"), c=reads("b"), d=reads("c", "a")) == {
        "a": None,
        "b": ([], ("a",)),
        "c": (["b"], ("b",)),
        "d": (["c"], ("c", "a")),
    }


def test_what_nobody_looks_at_anew_is_looked_through() -> None:
    found = order(a=GATED, b=reads("a"), plain="depends_on: [b]", d=reads("plain"))
    assert found["d"] == (["b"], ("plain", "b"))


def test_what_loads_the_version_itself_is_not_run_with_promotions_login() -> None:
    text = f"monitor: {{{TOLD}, robustness: {{}}, explain: true}}"
    model = f"name: m, type: predictive, source: 'models:/m@champion', {TRAINED}, {text}"
    watch = planned(HEAD + f"models: [{{{model}}}]").watch("m")
    assert watch is not None
    assert [check.job for check in watch.checks] == ["drift", "explain", "robustness"]
    assert [check.job for check in holding(watch)] == ["drift"]
