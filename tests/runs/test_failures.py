"""Why a run failed, in the API's own words."""

from __future__ import annotations

from tests.runs.events import STACK, failed, said
from tests.support import shipped

from modelyard.engine.failures import explained, failures_of
from modelyard.engine.parts import parts_of

CASE = next(case for case in shipped.cases() if case.path.stem == "quickstart")
GRAPH = shipped.recorded(CASE)
PARTS = parts_of(shipped.planned(CASE).plan, GRAPH)
SERVER = next(r for r in GRAPH.of_type("kubernetes:apps/v1:Deployment") if "registry" in r.name)
NAMED = "Deployment quickstart-platform/mlflow"


def reasons(message: str) -> tuple[str, ...]:
    found = failures_of([failed("create", SERVER.urn), said(message, SERVER.urn)], PARTS, GRAPH)
    assert [(failure.part, failure.name) for failure in found] == [("registry", NAMED)]
    return found[0].reasons


def test_the_frame_around_the_servers_words_is_taken_off() -> None:
    framed = (
        f'resource "{SERVER.urn}" was not successfully created by the Kubernetes API server: '
        'namespaces "quickstart" already exists\n'
    )
    assert reasons(framed) == ('namespaces "quickstart" already exists',)


def test_several_reasons_in_one_message_stay_several() -> None:
    several = (
        "2 errors occurred:\n\t* Minimum number of live Pods was not attained\n\t* timed out\n"
    )
    assert reasons(several) == ("Minimum number of live Pods was not attained", "timed out")


def test_the_same_reason_twice_is_said_once() -> None:
    events = [
        said("no room", SERVER.urn),
        failed("create", SERVER.urn),
        said("no room", SERVER.urn),
    ]
    assert failures_of(events, PARTS, GRAPH)[0].reasons == ("no room",)


def test_a_resource_that_failed_says_more_than_the_run_that_did() -> None:
    events = [said("update failed", STACK), failed("create", SERVER.urn), said("no", SERVER.urn)]
    assert [failure.urn for failure in failures_of(events, PARTS, GRAPH)] == [SERVER.urn]


def test_an_error_of_no_resource_is_the_runs_own() -> None:
    [failure] = failures_of([said("could not load plugin kubernetes")], PARTS, GRAPH)
    assert failure.part == "platform"
    assert failure.reasons == ("could not load plugin kubernetes",)


def test_general_advice_is_cut() -> None:
    assert len(reasons("\n".join(f"advice {n}" for n in range(40)))) == 8


def test_the_sites_words_are_added_by_urn() -> None:
    found = failures_of([failed("create", SERVER.urn)], PARTS, GRAPH)
    [failure] = explained(found, {SERVER.urn: ["pod x is not placed: no room"]})
    assert failure.because == ("pod x is not placed: no room",)
