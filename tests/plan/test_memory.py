"""The arithmetic of memory, each figure worked out by hand beside it.

GiB are 2^30 bytes. Weights are parameters x bits / 8; the KV cache is 2 x layers x KV heads x head
size x bytes, for each token in flight.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelyard.blueprint.model import Model
from modelyard.catalog.models import models
from modelyard.catalog.runtimes import runtimes
from modelyard.plan.memory import GIB, Load, Memory, load_of, need, shape_of

VLLM = runtimes()["vllm"]


def model(source: str, **serve: object) -> Model:
    found = {"name": "m", "type": "llm", "source": f"hf://{source}", "serve": serve}
    return Model.model_validate(found)


def load(source: str, **serve: object) -> Load:
    asked = model(source, **serve)
    shape = shape_of(asked)
    assert shape is not None
    return load_of(asked, shape)


def memory(source: str, parallel: int = 1, **serve: object) -> Memory:
    return need(load(source, **serve), VLLM, parallel)


def near(expected: float) -> object:
    return pytest.approx(expected, abs=0.005)


def test_llama_3_1_8b_at_16_bits() -> None:
    """8.03e9 x 2 bytes = 14.96 GiB. A token keeps 2 x 32 x 8 x 128 x 2 B = 128 KiB; 8192 x 16 of
    them keep 16 GiB. 2 GiB of overhead.
    """
    found = memory("meta-llama/Llama-3.1-8B", context=8192, concurrency=16)
    assert found.weights == near(14.957)
    assert found.kv_cache == 16.0
    assert found.overhead == 2.0
    assert found.total == near(32.957)


def test_llama_3_3_70b_at_4_bits() -> None:
    """70.55e9 x 4.25 / 8 = 34.91 GiB. A token keeps 2 x 80 x 8 x 128 x 2 B = 320 KiB: 40 GiB."""
    found = memory(
        "meta-llama/Llama-3.3-70B-Instruct",
        quantization="awq-int4",
        context=8192,
        concurrency=16,
    )
    assert found.weights == near(34.906)
    assert found.kv_cache == 40.0


def test_a_cache_of_8_bits_is_half_as_large() -> None:
    whole = memory("meta-llama/Llama-3.1-8B", context=8192, concurrency=16)
    half = memory("meta-llama/Llama-3.1-8B", context=8192, concurrency=16, kv_cache="fp8")
    assert half.kv_cache == whole.kv_cache / 2
    assert half.weights == whole.weights


def test_a_mixture_of_experts_holds_all_its_experts() -> None:
    """Mixtral 8x7B works with 12.9e9 parameters a token, and keeps 46.7e9: 86.99 GiB."""
    found = memory("mistralai/Mixtral-8x7B-v0.1", context=8192, concurrency=16)
    assert found.weights == near(86.986)
    assert found.kv_cache == 16.0


@pytest.mark.parametrize("parallel", [1, 2, 8])
def test_a_latent_cache_is_copied_to_each_accelerator(parallel: int) -> None:
    """DeepSeek-V3: 671e9 at 8 bits = 624.92 GiB; a token keeps 61 x 576 x 2 B on every rank:
    8.58 GiB for 131,072 tokens.
    """
    found = memory("deepseek-ai/DeepSeek-V3", parallel, context=8192, concurrency=16)
    assert found.weights == near(624.917)
    assert found.kv_cache == near(8.578125 * parallel)


def test_sliding_windows_keep_no_more_than_the_window() -> None:
    """Gemma 3 27B: 10 layers keep 8192 tokens, 52 keep 1024: 135,168 of 2 x 16 x 128 x 2 B = 8 KiB,
    for 16 sequences 16.5 GiB; full attention throughout would keep 62.
    """
    found = memory("google/gemma-3-27b-it", context=8192, concurrency=16)
    assert found.weights == near(51.036)
    assert found.kv_cache == 16.5


def test_a_sequence_shorter_than_the_window_fills_every_layer_alike() -> None:
    """512 tokens in all 62 layers: 31,744 of 8 KiB, for 16 sequences 3.875 GiB."""
    found = memory("google/gemma-3-27b-it", context=512, concurrency=16)
    assert found.kv_cache == 3.875


def test_weights_count_as_published() -> None:
    """gpt-oss 20B is published at 5.3 bits a weight: 20.9e9 x 5.3 / 8 = 12.90 GiB. 12 layers keep
    8192 tokens, 12 keep 128: 99,840 of 2 x 8 x 64 x 2 B = 2 KiB, for 16 sequences 3.05 GiB.
    """
    found = memory("openai/gpt-oss-20b", context=8192, concurrency=16)
    assert found.weights == near(12.895)
    assert found.kv_cache == near(3.047)


def test_an_encoder_keeps_nothing() -> None:
    """bge-m3: 0.568e9 x 2 bytes = 1.06 GiB."""
    asked = Model(name="m", type="embedding", source="hf://BAAI/bge-m3")  # type: ignore[arg-type]
    shape = shape_of(asked)
    assert shape is not None
    found = need(load_of(asked, shape), VLLM, 1)
    assert found.weights == near(1.058)
    assert found.kv_cache == 0.0


def test_a_draft_model_is_counted_beside_the_model() -> None:
    """Llama 3.2 1B: 1.24e9 x 2 bytes = 2.3 GiB of weights, and a cache of its own."""
    alone = memory("meta-llama/Llama-3.3-70B-Instruct")
    drafted = memory(
        "meta-llama/Llama-3.3-70B-Instruct",
        speculative={"model": "hf://meta-llama/Llama-3.2-1B"},
    )
    draft = memory("meta-llama/Llama-3.2-1B")
    assert drafted.weights == near(alone.weights + draft.weights)
    assert drafted.kv_cache == near(alone.kv_cache + draft.kv_cache)
    assert drafted.overhead == alone.overhead


@pytest.mark.parametrize(("parallel", "copies"), [(1, 1), (2, 2), (4, 4)])
def test_one_kv_head_is_copied_to_each_accelerator(parallel: int, copies: int) -> None:
    """Gemma 3 1B has a single KV head."""
    whole = memory("google/gemma-3-1b-it")
    assert memory("google/gemma-3-1b-it", parallel).kv_cache == near(whole.kv_cache * copies)


@pytest.mark.parametrize(("parallel", "copies"), [(1, 1), (8, 1), (16, 2)])
def test_kv_heads_are_divided_as_long_as_there_are_enough(parallel: int, copies: int) -> None:
    whole = memory("meta-llama/Llama-3.1-8B")
    assert memory("meta-llama/Llama-3.1-8B", parallel).kv_cache == near(whole.kv_cache * copies)


def test_overhead_is_that_of_each_accelerator() -> None:
    assert memory("meta-llama/Llama-3.1-8B", 4).overhead == 8.0


def test_defaults_are_8192_tokens_of_16_sequences_and_never_more_than_the_model_reads() -> None:
    found = load("meta-llama/Llama-3.1-8B")
    assert (found.context, found.concurrency, found.kv_bytes, found.bits) == (8192, 16, 2, 16)
    encoder = replace(found.shape, context=512)
    assert load_of(model("meta-llama/Llama-3.1-8B"), encoder).context == 512


def test_the_blueprint_may_give_the_numbers() -> None:
    """13e9 x 2 bytes = 24.21 GiB. A token keeps 2 x 40 x 10 x 128 x 2 B = 200 KiB; 4 x 4096 of them
    keep 3.125 GiB.
    """
    asked = Model.model_validate(
        {
            "name": "own",
            "type": "llm",
            "source": "s3://bucket/own",
            "shape": {
                "parameters": "13B",
                "layers": 40,
                "heads": 40,
                "kv_heads": 10,
                "head_dim": 128,
            },
            "serve": {"context": 4096, "concurrency": 4},
        }
    )
    shape = shape_of(asked)
    assert shape is not None
    found = need(load_of(asked, shape), VLLM, 1)
    assert found.weights == near(24.214)
    assert found.kv_cache == 3.125


def test_the_blueprint_s_numbers_come_before_the_catalog_s() -> None:
    shape = {"parameters": "1B", "layers": 1, "heads": 1, "kv_heads": 1, "head_dim": 64}
    asked = Model.model_validate(
        {
            "name": "m",
            "type": "llm",
            "source": "hf://meta-llama/Llama-3.1-8B",
            "shape": shape,
        }
    )
    found = shape_of(asked)
    assert found is not None
    assert found.parameters_b == 1


def test_what_nobody_knows_has_no_shape() -> None:
    assert shape_of(model("nobody/nothing-1b")) is None


SHAPES = st.sampled_from(list(models().values()))
TOKENS = st.integers(1, 200_000)
SEQUENCES = st.integers(1, 500)
DEGREES = st.sampled_from([1, 2, 4, 8, 16])


@given(SHAPES, TOKENS, TOKENS, SEQUENCES, SEQUENCES, DEGREES)
def test_more_tokens_never_need_less(
    shape: object, context: int, more: int, concurrency: int, others: int, parallel: int
) -> None:
    less = Load(shape, 16, 2, context, concurrency)  # type: ignore[arg-type]
    longer = replace(less, context=context + more)
    wider = replace(less, concurrency=concurrency + others)
    held = need(less, VLLM, parallel).total
    assert need(longer, VLLM, parallel).total >= held
    assert need(wider, VLLM, parallel).total >= held


@given(SHAPES, st.floats(2, 32), st.floats(0, 32), DEGREES)
def test_more_bits_never_need_less(shape: object, bits: float, more: float, parallel: int) -> None:
    narrow = Load(shape, bits, 1, 4096, 8)  # type: ignore[arg-type]
    held = need(narrow, VLLM, parallel).total
    assert need(replace(narrow, bits=bits + more), VLLM, parallel).total >= held
    assert need(replace(narrow, kv_bytes=2), VLLM, parallel).total >= held


@given(SHAPES, DEGREES)
def test_the_total_is_the_sum_and_more_accelerators_never_need_less(
    shape: object, parallel: int
) -> None:
    asked = Load(shape, 16, 2, 4096, 8)  # type: ignore[arg-type]
    found = need(asked, VLLM, parallel)
    assert found.total == pytest.approx(found.weights + found.kv_cache + found.overhead)
    assert need(asked, VLLM, 2 * parallel).total >= found.total
    assert found.weights * GIB == pytest.approx(asked.shape.parameters_b * 1e9 * 2)
