"""Running programs: errors, lookups, isolation between runs."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import re
import sys
import threading
import time
import tracemalloc
import weakref
from typing import Any

import pulumi
import pulumi_kubernetes
import pytest
from pulumi.runtime import settings
from tests.support.programs import ROOT, config_map, deployment, platform, run

from modelyard.recorder import (
    DefaultProviderError,
    DuplicateURNError,
    Graph,
    Mode,
    OutputsRegisteredTwiceError,
    UnmodelledLookupError,
)

ZONES = "aws:index/getAvailabilityZones:getAvailabilityZones"


class BrokenError(Exception):
    """What a program under test raises."""


def test_a_duplicate_urn_names_both_places() -> None:
    token = "kubernetes:core/v1:ConfigMap"

    def program() -> None:
        pulumi.CustomResource(token, "same", {"data": {"first": "1"}})
        config_map("other", {})
        pulumi.CustomResource(token, "same", {"data": {"second": "2"}})

    with pytest.raises(DuplicateURNError, match=f"{ROOT}{token}::same") as error:
        run(program)
    first, second = re.findall(r"test_run\.py:(\d+)", str(error.value))
    assert int(second) == int(first) + 2


def test_the_programs_exception_comes_out_as_it_is() -> None:
    problem = BrokenError("no such zone")

    def program() -> None:
        deployment("begun")
        raise problem

    with pytest.raises(BrokenError) as error:
        run(program)
    assert error.value is problem


@pytest.mark.parametrize("kind", [BrokenError, ValueError, AssertionError])
def test_an_exception_inside_apply_too(kind: type[Exception]) -> None:
    problem = kind("bad value")

    def fail(known: str) -> str:
        raise problem

    def program() -> None:
        config_map("user", {"value": deployment("server").id.apply(fail)})
        config_map("bystander", {})

    with pytest.raises(kind) as error:
        run(program)
    assert error.value is problem


def test_an_exception_inside_an_apply_nobody_uses() -> None:
    def program() -> None:
        deployment("server").id.apply(lambda known: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        run(program)


def test_an_async_programs_exception() -> None:
    async def program() -> None:
        await asyncio.sleep(0)
        raise BrokenError

    with pytest.raises(BrokenError):
        run(program)


def test_a_failed_program_does_not_wait_for_ever() -> None:
    def program() -> None:
        config_map("stuck", {"value": pulumi.Output.from_input(asyncio.Future())})
        raise BrokenError

    with pytest.raises(BrokenError):
        run(program)


def test_an_output_in_a_text_is_an_error() -> None:
    with pytest.raises(Exception, match="__str__ on an Output"):
        run(lambda: config_map("user", {"value": f"at {deployment('server').id}"}) and None)
    assert "PULUMI_ERROR_OUTPUT_STRING" not in os.environ


def test_an_unmodelled_lookup_is_refused() -> None:
    def program() -> None:
        pulumi.runtime.invoke(ZONES, {"state": "available"})

    with pytest.raises(UnmodelledLookupError, match=f"{ZONES}.state.*kubernetes:x:y"):
        run(program, lookups={"kubernetes:x:y": lambda given: given})


@pytest.mark.parametrize("mode", Mode)
def test_a_modelled_lookup_answers(mode: Mode) -> None:
    seen: list[dict[str, Any]] = []

    def zones(given: dict[str, Any]) -> dict[str, Any]:
        seen.append(given)
        return {"names": ["a", "b"], "count": 2, "nested": {"yes": True}}

    def program() -> None:
        now = pulumi.runtime.invoke(ZONES, {"state": "available"}).value
        later = pulumi.runtime.invoke_output(ZONES, {"of": deployment("server").id})
        config_map(
            "user", {"now": now["names"][1], "later": later.apply(lambda it: it["names"][0])}
        )

    (user,) = run(program, mode=mode, lookups={ZONES: zones}).named("user")
    assert user.inputs["data"] == {"now": "b", "later": "a"}
    server = "server-id" if mode is Mode.UPDATE else "${server.id}"
    assert seen == [{"state": "available"}, {"of": server}]


def test_methods_of_resources_are_lookups_too() -> None:
    token = "yard:index:Thing/endpoint"

    def program() -> None:
        thing = pulumi.CustomResource("yard:index:Thing", "thing", {})
        answer = pulumi.runtime.call(token, {"__self__": thing}, thing)
        config_map("user", {"endpoint": answer.apply(lambda given: given["url"])})

    with pytest.raises(UnmodelledLookupError, match=token):
        run(program)
    (user,) = run(program, lookups={token: lambda given: {"url": given["__self__"]}}).named("user")
    assert user.inputs["data"] == {"endpoint": "${thing.id}"}


def test_default_providers_can_be_denied() -> None:
    config = {"pulumi:disable-default-providers": '["*"]'}
    with pytest.raises(DefaultProviderError, match=r"::server \(.*programs\.py:\d+\)"):
        run(lambda: deployment("server") and None, config=config)
    run(platform, config=config)
    run(lambda: deployment("server") and None, config={**config, next(iter(config)): '["aws"]'})


def test_outputs_are_registered_once() -> None:
    class Twice(pulumi.ComponentResource):
        def __init__(self) -> None:
            super().__init__("yard:x:Twice", "twice")
            self.register_outputs({})
            self.register_outputs({})

    with pytest.raises(OutputsRegisteredTwiceError, match="::twice"):
        run(lambda: Twice() and None)


def test_config_and_names_reach_the_program() -> None:
    seen: list[Any] = []

    def program() -> None:
        seen.append((pulumi.Config().require("size"), pulumi.get_stack(), pulumi.get_project()))
        seen.append(pulumi.runtime.is_dry_run())

    run(program, config={"yard:size": "3"})
    run(program, config={"yard:size": "4"}, mode=Mode.UPDATE)
    assert seen == [("3", "dev", "yard"), True, ("4", "dev", "yard"), False]


def test_async_programs_run() -> None:
    async def program() -> None:
        first = deployment("first")
        await asyncio.sleep(0.001)
        deployment("second", first.id)

    assert [item.name for item in run(program)] == ["first", "second"]


def test_log_messages_go_to_logging(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="modelyard.recorder"):
        run(lambda: pulumi.log.warn("mind the step"))
    assert "mind the step" in caplog.text


def test_a_run_leaves_nothing_behind() -> None:
    def state() -> list[Any]:
        def values() -> list[Any]:
            names = ("monitor", "engine", "project", "stack", "dry_run", "callbacks")
            return [getattr(settings.SETTINGS, name) for name in names]

        elsewhere: list[Any] = []
        thread = threading.Thread(target=lambda: elsewhere.extend(values()))
        thread.start()
        thread.join()
        limit = getattr(sys, "tracebacklimit", None)
        root = settings.get_root_resource()
        config = dict(pulumi.runtime.config.CONFIG.get())
        return [values(), elsewhere, root, config, gc.isenabled(), limit, dict(os.environ)]

    before = state()
    run(platform, config={"yard:size": "3"})
    with pytest.raises(BrokenError):
        run(_broken)
    assert state() == before


def test_a_failed_run_does_not_disturb_the_next(graph: Graph) -> None:
    with pytest.raises(BrokenError):
        run(_broken)
    assert run(platform).hash == graph.hash


def test_runs_in_threads_do_not_mix(graph: Graph) -> None:
    hashes: list[str] = []
    threads = [threading.Thread(target=lambda: hashes.append(run(platform).hash)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert hashes == [graph.hash] * 4


def test_a_hundred_runs_do_not_grow() -> None:
    alive: list[weakref.ref[Any]] = []

    def program() -> None:
        config_map("user", {"server": deployment("server").id})
        alive.append(weakref.ref(settings.SETTINGS.monitor))

    def grown(runs: int) -> int:
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(runs):
            run(program)
        gc.collect()
        return tracemalloc.get_traced_memory()[0] - before

    tracemalloc.start()
    try:
        grown(5)
        growth = grown(100)
    finally:
        tracemalloc.stop()
    assert [monitor for monitor in alive if monitor() is not None] == []
    # A run of this program takes over 100 KB while it lasts; keeping 1 KB of each is a leak.
    assert growth < 100 * 1024


def test_it_is_refused_inside_a_running_loop() -> None:
    async def inside() -> None:
        run(platform)

    with pytest.raises(RuntimeError, match="event loop"):
        asyncio.run(inside())


def test_a_thousand_resources(capsys: pytest.CaptureFixture[str]) -> None:
    def program() -> None:
        provider = pulumi_kubernetes.Provider("cluster", context="kind-demo")
        previous: pulumi.Input[str] = "none"
        for index in range(1000):
            made = deployment(f"server-{index}", previous, provider=provider)
            previous = made.id if index % 10 else "none"

    start = time.perf_counter()
    graph = run(program)
    seconds = time.perf_counter() - start
    with capsys.disabled():
        print(f"\nrecorded {len(graph)} resources: {1000 / seconds:.0f}/s")  # noqa: T201 the result
    assert len(graph) == 1001


def _broken() -> None:
    platform()
    raise BrokenError
