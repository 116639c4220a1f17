"""Which machine holds a model at the least price, worked out by hand from the catalog's prices."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelyard.blueprint.model import Model
from modelyard.blueprint.serve import Quantization
from modelyard.catalog.models import models
from modelyard.catalog.runtimes import runtimes
from modelyard.plan.capacity import Capacity
from modelyard.plan.machine import Machine, accelerator, sold
from modelyard.plan.memory import Load, load_of, need, shape_of
from modelyard.plan.sizing import Fit, Request, Sizing, by_choice, degrees, size

VLLM = runtimes()["vllm"]
AWS = [m for m in sold("aws") if accelerator(m.accelerator).vendor == "nvidia"]


def load(source: str, **serve: Any) -> Load:
    model = Model.model_validate(
        {"name": "m", "type": "llm", "source": f"hf://{source}", "serve": serve}
    )
    shape = shape_of(model)
    assert shape is not None
    return load_of(model, shape)


def chosen(sizing: Sizing) -> tuple[str, int]:
    assert sizing.chosen is not None
    return sizing.chosen.machine.name, sizing.chosen.parallel


def other(sizing: Sizing) -> str:
    assert sizing.runner_up is not None
    return sizing.runner_up.machine.name


def test_llama_8b_on_aws() -> None:
    """32.96 GiB at 0.9 of a device ask for 36.6 GiB: one L40S (44.99), of which g6e.xlarge is the
    cheapest at $1.861. Two L4 or A10G (40.5 usable, 34.96 needed) come only in machines of four,
    from $4.60; four T4 (54 usable, 38.96 needed) cost $3.91.
    """
    found = size(load("meta-llama/Llama-3.1-8B"), VLLM, AWS, Request())
    assert chosen(found) == ("g6e.xlarge", 1)
    assert other(found) == "g6e.2xlarge"


def test_llama_70b_at_4_bits_on_aws() -> None:
    """76.9 GiB ask for 85.5: one RTX PRO 6000 (95.59), $3.363. An H100 (79.65) is too small; two
    L40S (80.98 usable, 78.9 needed) are half of a g6e.12xlarge at $10.49.
    """
    asked = load("meta-llama/Llama-3.3-70B-Instruct", quantization="awq-int4")
    found = size(asked, VLLM, AWS, Request())
    assert chosen(found) == ("g7e.2xlarge", 1)
    assert other(found) == "g7e.4xlarge"


def test_llama_70b_at_16_bits_on_aws() -> None:
    """131.4 + 40 GiB: two RTX PRO 6000 hold 172.1 and need 175.4; four, $16.57, hold it. Eight A10G
    at $16.29 hold 161.9 of 187.4. The next is p4d with eight A100 at $21.96.
    """
    found = size(load("meta-llama/Llama-3.3-70B-Instruct"), VLLM, AWS, Request())
    assert chosen(found) == ("g7e.24xlarge", 4)
    assert other(found) == "p4d.24xlarge"


def test_deepseek_v3_on_aws() -> None:
    """624.9 + 8 x 8.6 + 16 = 709.5 GiB: eight H100 hold 573.5, eight RTX PRO 6000 688.2; eight H200
    hold 1010.9 at $63.30.
    """
    found = size(load("deepseek-ai/DeepSeek-V3"), VLLM, AWS, Request())
    assert chosen(found) == ("p5en.48xlarge", 8)


def test_many_replicas_may_be_cheaper_on_a_large_machine() -> None:
    """Eight replicas: eight small machines at $1 an hour, or one of eight at $6."""
    small = Machine("small", "l40s", 1, 45, 1.0)
    large = Machine("large", "l40s", 8, 45, 6.0)
    asked = load("meta-llama/Llama-3.1-8B")
    assert chosen(size(asked, VLLM, [small, large], Request(replicas=1)))[0] == "small"
    assert chosen(size(asked, VLLM, [small, large], Request(replicas=8)))[0] == "large"


def test_a_replica_never_spans_two_machines() -> None:
    """Three of a machine's four: one replica each, so two replicas are two machines."""
    fit = Fit(Machine("m", "l40s", 4, 45, 1.0), 3)
    assert [fit.machines(replicas) for replicas in (0, 1, 2, 5)] == [0, 1, 2, 5]
    assert replace(fit, parallel=2).machines(3) == 2


@pytest.mark.parametrize(
    ("source", "most", "expected"),
    [
        ("meta-llama/Llama-3.1-8B", 8, [1, 2, 4, 8]),
        ("Qwen/Qwen2.5-0.5B", 16, [1, 2, 14]),
        ("mistralai/Mixtral-8x22B-v0.1", 16, [1, 2, 4, 8, 16]),
        ("google/gemma-3-1b-it", 8, [1, 2, 4]),
        ("deepseek-ai/DeepSeek-V3", 16, [1, 2, 4, 8, 16]),
    ],
)
def test_parallelism_divides_heads_and_kv_heads(
    source: str, most: int, expected: list[int]
) -> None:
    """Mixtral 8x22B has 48 heads, which 3 and 6 divide, but not its 8 KV heads. Qwen 0.5B has 14
    and 2: with 14 accelerators each KV head is copied seven times, with 7 it would be cut.
    """
    assert degrees(load(source), most) == expected


def test_parallelism_divides_the_heads_of_the_draft_too() -> None:
    asked = load("Qwen/Qwen2.5-Coder-32B", speculative={"model": "hf://Qwen/Qwen2.5-0.5B"})
    assert degrees(asked, 8) == [1, 2]


def test_fp8_needs_accelerators_that_compute_it() -> None:
    ampere = Machine("ampere", "a100-80", 1, 80, 1.0, fp8=False)
    hopper = Machine("hopper", "h100", 1, 80, 9.0, fp8=True)
    asked = load("meta-llama/Llama-3.1-8B", quantization="fp8")
    request = Request(quantization=Quantization.FP8)
    assert chosen(size(asked, VLLM, [ampere, hopper], request))[0] == "hopper"
    assert size(asked, VLLM, [ampere], request) == Sizing()


def test_what_the_blueprint_names_is_taken_though_it_is_not_the_cheapest() -> None:
    asked = load("meta-llama/Llama-3.1-8B")
    found = size(asked, VLLM, AWS, Request(accelerator="h100", parallel=2))
    assert chosen(found) == ("p5.48xlarge", 2)
    assert size(asked, VLLM, AWS, Request(accelerator="h100", parallel=3)) == Sizing()


def test_slices_hold_a_model_each_or_not_at_all() -> None:
    """Two slices of 20 GiB would be enough memory, but cannot work together."""
    gpu = Machine("n", "l40s", 4, 20, 1.0, available=Capacity({4: 1}))
    asked = load("meta-llama/Llama-3.1-8B")
    assert chosen(size(asked, VLLM, [gpu], Request())) == ("n", 2)
    assert size(asked, VLLM, [replace(gpu, joins=False)], Request()) == Sizing()


def test_without_prices_the_least_memory_wins() -> None:
    large = Machine("large", "h100", 1, 80, None)
    small = Machine("small", "l40s", 1, 45, None)
    found = size(load("meta-llama/Llama-3.1-8B"), VLLM, [large, small], Request())
    assert (chosen(found)[0], other(found)) == ("small", "large")


def test_a_price_comes_before_none() -> None:
    priced = Machine("priced", "h100", 1, 80, 100.0)
    small = Machine("small", "l40s", 1, 45, None)
    assert (
        chosen(size(load("meta-llama/Llama-3.1-8B"), VLLM, [small, priced], Request()))[0]
        == "priced"
    )


def test_there_has_to_be_room_for_every_replica() -> None:
    node = Machine("n", "l40s", 4, 45, 1.0, available=Capacity({1: 2}))
    asked = load("meta-llama/Llama-3.1-8B")
    assert size(asked, VLLM, [node], Request(replicas=2)).chosen
    assert not size(asked, VLLM, [node], Request(replicas=3)).chosen


def test_everywhere_is_on_each_node() -> None:
    node = Machine("n", "l40s", 2, 45, 1.0, available=Capacity({0: 1, 2: 3}))
    asked = load("meta-llama/Llama-3.1-8B")
    assert size(asked, VLLM, [node], Request()).chosen
    assert not size(asked, VLLM, [node], Request(everywhere=True)).chosen


def test_by_choice_takes_the_cheapest_machine_that_has_it() -> None:
    """The catalog lists g5.12xlarge before g5.xlarge."""
    assert chosen(by_choice(AWS, Request(accelerator="a10g"))) == ("g5.xlarge", 1)
    assert chosen(by_choice(AWS, Request(accelerator="a10g", parallel=4))) == ("g5.12xlarge", 4)
    assert by_choice(AWS, Request(accelerator="a10g", parallel=16)) == Sizing()


LOADS = st.builds(
    Load,
    shape=st.sampled_from(list(models().values())),
    bits=st.sampled_from([4.25, 8, 16]),
    kv_bytes=st.sampled_from([1, 2]),
    context=st.integers(128, 100_000),
    concurrency=st.integers(1, 100),
)
CAPACITIES = st.none() | st.dictionaries(st.integers(0, 8), st.integers(1, 5), max_size=3).map(
    Capacity
)
MACHINES = st.lists(
    st.builds(
        Machine,
        name=st.text("abcdef", min_size=1, max_size=4),
        accelerator=st.sampled_from(["l4", "l40s", "h100"]),
        count=st.integers(1, 8),
        memory_gib=st.floats(10, 200),
        usd_per_hour=st.none() | st.floats(0, 100),
        fp8=st.booleans(),
        joins=st.booleans(),
        available=CAPACITIES,
    ),
    max_size=6,
    unique_by=lambda machine: machine.name,
)
REQUESTS = st.builds(
    Request,
    replicas=st.integers(1, 6),
    quantization=st.sampled_from([Quantization.NONE, Quantization.FP8]),
    accelerator=st.none() | st.sampled_from(["l4", "h100"]),
    parallel=st.none() | st.integers(1, 8),
)


@given(LOADS, MACHINES, REQUESTS)
def test_what_is_chosen_fits(asked: Load, machines: list[Machine], request: Request) -> None:
    fit = size(asked, VLLM, machines, request).chosen
    if fit is None:
        return
    machine, memory = fit.machine, need(asked, VLLM, fit.parallel)
    assert memory.total <= fit.parallel * machine.memory_gib * VLLM.usable_share
    assert fit.memory
    assert fit.memory.total == memory.total
    assert asked.shape.heads % fit.parallel == 0
    assert fit.parallel <= machine.most
    assert machine.room(fit.parallel, request.replicas) == request.replicas
    assert machine.fp8 or request.quantization is not Quantization.FP8
    assert request.accelerator in (None, machine.accelerator)
    assert request.parallel in (None, fit.parallel)


@given(LOADS, MACHINES, REQUESTS)
def test_nothing_that_fits_is_cheaper(
    asked: Load, machines: list[Machine], request: Request
) -> None:
    found = size(asked, VLLM, machines, request)
    for machine in machines:
        alone = size(asked, VLLM, [machine], request).chosen
        if alone:
            assert found.chosen
            assert found.chosen.cost_key(request.replicas) <= alone.cost_key(request.replicas)


@given(LOADS, MACHINES, REQUESTS, st.randoms())
def test_the_order_of_machines_does_not_matter(
    asked: Load, machines: list[Machine], request: Request, order: random.Random
) -> None:
    shuffled = list(machines)
    order.shuffle(shuffled)
    assert size(asked, VLLM, machines, request) == size(asked, VLLM, shuffled, request)


@given(LOADS, MACHINES, REQUESTS)
def test_the_runner_up_is_another_machine(
    asked: Load, machines: list[Machine], request: Request
) -> None:
    found = size(asked, VLLM, machines, request)
    if found.runner_up:
        assert found.chosen
        assert found.runner_up.machine.name != found.chosen.machine.name
        assert found.chosen.cost_key(request.replicas) < found.runner_up.cost_key(request.replicas)
