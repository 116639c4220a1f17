"""How far a run is, part by part."""

from __future__ import annotations

from tests.runs.events import STACK, began, ended, failed, said, urn

from modelyard.engine.parts import WHOLE, Parts
from modelyard.engine.progress import TO_DO, Progress

A, B, C = urn("a"), urn("b"), urn("c")
PARTS = Parts({A: "registry", B: "registry", C: "serving"}, ("registry", "serving"))


def progress() -> Progress:
    return Progress.over(PARTS, {C, B, A})


def test_parts_come_in_the_order_of_the_plan_with_their_totals() -> None:
    assert [(p.name, p.total) for p in progress().by_part.values()] == [
        ("registry", 2),
        ("serving", 1),
    ]


def test_a_part_is_finished_when_all_of_it_is() -> None:
    run = progress()
    for event in (began("create", A), began("create", B), ended("create", A)):
        run.take(event, 1.0)
    registry = run.by_part["registry"]
    assert not registry.finished
    run.take(ended("create", B), 4.0)
    assert registry.finished
    assert registry.changes == {"created": 2}
    assert registry.elapsed(100.0) == 3.0


def test_what_stays_is_done_and_no_change() -> None:
    run = progress()
    run.take(began("same", C), 1.0)
    assert run.by_part["serving"].finished
    assert run.changes() == {}


def test_a_replacement_counts_once() -> None:
    run = progress()
    for op in ("create-replacement", "replace", "delete-replaced"):
        run.take(began(op, C), 1.0)
        run.take(ended(op, C), 2.0)
    assert run.by_part["serving"].changes == {"replaced": 1}
    assert run.by_part["serving"].done == 1


def test_a_failure_is_counted_and_ends_the_wait() -> None:
    run = progress()
    run.take(began("create", C), 1.0)
    run.take(failed("create", C), 2.0)
    part = run.by_part["serving"]
    assert (part.done, part.failed, part.finished) == (0, 1, True)


def test_it_says_what_is_waited_for_in_the_providers_words() -> None:
    run = progress()
    run.take(began("create", C), 1.0)
    run.take(said("[1/2] Waiting for\n pods", C, severity="info"), 2.0)
    assert run.by_part["serving"].said == "Deployment c [1/2] Waiting for pods"


def test_words_of_a_preview_are_about_what_is_to_come() -> None:
    run = Progress.over(PARTS, {C}, TO_DO)
    run.take(began("create", C), 1.0)
    run.take(ended("create", C), 1.0)
    assert run.changes() == {"to create": 1}


def test_the_stack_itself_is_nobodys_part_and_what_is_unknown_is_the_wholes() -> None:
    run = progress()
    assert run.take(began("create", STACK), 1.0) is None
    other = run.take(began("create", urn("other")), 1.0)
    assert other is not None
    assert other.name == WHOLE
