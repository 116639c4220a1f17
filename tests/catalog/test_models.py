"""The model table is coherent, and `find` recognises what people write in a blueprint."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from pathlib import Path

import pytest

from modelyard.catalog import models as catalog
from modelyard.catalog.models import ModelShape, find, models

SHAPES = tuple(models().values())
EACH = pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.model)


def test_ids_are_unique_whatever_their_case() -> None:
    with Path(catalog.__file__).with_name("models.csv").open(encoding="utf-8") as table:
        ids = [row["model"].lower() for row in csv.DictReader(table)]
    assert len(ids) == len(set(ids)) == len(SHAPES)


def test_enough_current_models_and_most_of_them_confirmed() -> None:
    assert len(SHAPES) >= 130
    assert sum(shape.confirmed for shape in SHAPES) >= 100
    assert {shape.type for shape in SHAPES} == {"llm", "embedding"}


def test_every_family_the_field_uses_is_there() -> None:
    families = {shape.family for shape in SHAPES}
    assert families >= {
        "llama-3.1", "llama-3.2", "llama-3.3", "llama-4", "qwen2.5", "qwen3", "mistral", "mixtral",
        "mistral-small", "codestral", "gemma-2", "gemma-3", "phi-3", "phi-3.5", "phi-4",
        "deepseek-v3", "deepseek-r1", "deepseek-r1-distill", "gpt-oss", "glm-4.5", "kimi-k2",
        "granite-3.3", "granite-4.0", "command-r", "olmo-2", "falcon-3", "smollm2", "yi",
        "starcoder2", "nemotron", "bge", "e5", "gte", "nomic", "qwen3-embedding",
    }  # fmt: skip


@EACH
def test_numbers_are_positive_and_consistent(shape: ModelShape) -> None:
    assert min(shape.layers, shape.heads, shape.kv_heads, shape.head_dim, shape.context) > 0
    assert shape.heads % shape.kv_heads == 0
    assert 0 < shape.active_parameters_b <= shape.parameters_b
    assert 0 <= shape.full_attention_layers <= shape.layers
    assert shape.head_dim in {32, 64, 96, 128, 256}


@EACH
def test_layers_that_forget_say_how_much_they_keep(shape: ModelShape) -> None:
    if shape.full_attention_layers < shape.layers:
        assert shape.sliding_window is not None
        assert 0 <= shape.sliding_window < shape.context
    else:
        assert shape.sliding_window is None


@EACH
def test_every_row_says_where_and_when(shape: ModelShape) -> None:
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", shape.as_of)
    assert re.match(r"(https://huggingface\.co/|github\.com/[\w.-]+/[\w.-]+ )\S", shape.source)
    assert shape.licence
    assert re.fullmatch(r"[\w.-]+/[\w.-]+", shape.model)
    if not shape.confirmed:
        assert shape.model in shape.source


def _sizes(pattern: str) -> list[tuple[ModelShape, float]]:
    found = [(shape, re.search(pattern, shape.model)) for shape in SHAPES]
    return [(shape, float(match[1])) for shape, match in found if match]


@pytest.mark.parametrize(("shape", "size"), _sizes(r"-(\d+(?:\.\d+)?)[bB](?=-|_|$)"))
def test_parameters_agree_with_the_name(shape: ModelShape, size: float) -> None:
    """Makers round the small ones as they please ("1b" is 1.24), hence the wide margin there."""
    margin = 0.12 if size >= 4 else 0.7
    totals = (shape.parameters_b, shape.active_parameters_b)
    assert any(abs(total - size) <= margin * size for total in totals)


@pytest.mark.parametrize(("shape", "size"), _sizes(r"-A(\d+)B"))
def test_active_parameters_agree_with_the_name(shape: ModelShape, size: float) -> None:
    assert shape.mixture_of_experts
    assert shape.active_parameters_b == pytest.approx(size, rel=0.12)


def test_enough_names_carry_a_size_to_compare_with() -> None:
    assert len(_sizes(r"-(\d+(?:\.\d+)?)[bB](?=-|_|$)")) >= 80
    assert len(_sizes(r"-A(\d+)B")) >= 10


@EACH
def test_find_returns_every_row_by_its_own_id(shape: ModelShape) -> None:
    assert find(shape.model) is shape
    assert find(f"hf://{shape.model.upper()}") is shape


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("hf://meta-llama/Llama-3.1-70B-Instruct", "meta-llama/Llama-3.1-70B"),
        ("meta-llama/Meta-Llama-3.1-8B-Instruct", "meta-llama/Llama-3.1-8B"),
        ("hugging-quants/Meta-Llama-3.1-70B-Instruct-AWQ-INT4", "meta-llama/Llama-3.1-70B"),
        ("nvidia/Llama-3.1-70B-Instruct-FP8", "meta-llama/Llama-3.1-70B"),
        ("unsloth/Llama-3.3-70B-Instruct-bnb-4bit", "meta-llama/Llama-3.3-70B-Instruct"),
        ("unsloth/Llama-3.1-8B-Instruct", "meta-llama/Llama-3.1-8B"),
        ("Qwen/Qwen2.5-7B-Instruct-GPTQ-Int4", "Qwen/Qwen2.5-7B"),
        ("Qwen/Qwen3-235B-A22B-FP8", "Qwen/Qwen3-235B-A22B"),
        ("Qwen/Qwen3-30B-A3B-Instruct-2507", "Qwen/Qwen3-30B-A3B-Thinking-2507"),
        ("mistralai/Mistral-7B-Instruct-v0.3", "mistralai/Mistral-7B-v0.3"),
        ("mistralai/Mistral-Nemo-Instruct-2407", "mistralai/Mistral-Nemo-Base-2407"),
        ("RedHatAI/gemma-3-27b-it-quantized.w4a16", "google/gemma-3-27b-it"),
        ("google/gemma-3-12b-it-qat-q4_0-gguf", "google/gemma-3-12b-it"),
        ("hf://bartowski/Phi-3.5-mini-instruct-GGUF/model-Q4_K_M.gguf",
         "microsoft/Phi-3.5-mini-instruct"),
        ("hf://openai/gpt-oss-20b@main", "openai/gpt-oss-20b"),
        ("CohereForAI/c4ai-command-r-08-2024", "CohereLabs/c4ai-command-r-08-2024"),
        ("nvidia/NVIDIA-Nemotron-3-Super-120B-A12B-NVFP4",
         "nvidia/NVIDIA-Nemotron-3-Super-120B-A12B-FP8"),
    ],
)  # fmt: skip
def test_find_sees_through_copies_and_training_stages(source: str, expected: str) -> None:
    shape = find(source)
    assert shape is not None
    assert shape.model == expected


@pytest.mark.parametrize(
    "source",
    [
        "acme/Llama-3.1-8B-Instruct",  # another maker's model of the same name
        "meta-llama/Llama-3.1-9B",  # a size that does not exist
        "meta-llama/Llama-3.1-8B-v2",
        "Qwen/Qwen3-30B-A3B-2506",
        "models:/assistant@champion",
        "s3://bucket/meta-llama/Llama-3.1-8B",
        "Llama-3.1-8B",
        "hf://",
        "/",
        "",
        "hf://org/-AWQ",
    ],
)
def test_find_does_not_guess(source: str) -> None:
    assert find(source) is None


def test_ids_that_differ_only_in_training_stage_have_one_shape() -> None:
    seen: dict[tuple[str, str], ModelShape] = {}
    for shape in SHAPES:
        organisation, _, name = shape.model.lower().partition("/")
        other = seen.setdefault((organisation, catalog._stem(name)), shape)
        assert _memory(other) == _memory(shape), (other.model, shape.model)


def _memory(shape: ModelShape) -> tuple[object, ...]:
    return (shape.parameters_b, shape.layers, shape.kv_elements_per_layer, shape.context)


def test_cache_of_a_dense_model() -> None:
    llama = models()["meta-llama/Llama-3.1-70B"]
    assert llama.kv_elements_per_layer == 2048
    assert llama.cache_elements(8192) * 2 == 2_684_354_560  # 2.5 GiB in 16 bits


def test_cache_of_a_latent_model() -> None:
    deepseek = models()["deepseek-ai/DeepSeek-V3"]
    assert deepseek.latent_cache
    assert deepseek.cache_elements(1) == 61 * 576


def test_cache_of_a_sliding_model_stops_growing_in_its_sliding_layers() -> None:
    gemma = models()["google/gemma-3-27b-it"]
    assert gemma.cache_elements(1000) == 62 * 1000 * 4096
    assert gemma.cache_elements(100_000) == (10 * 100_000 + 52 * 1024) * 4096


def test_encoders_cache_nothing() -> None:
    bge = models()["BAAI/bge-m3"]
    assert bge.cache_elements(8192) == 0
    assert not bge.latent_cache


def test_state_space_layers_do_not_grow() -> None:
    nano = models()["nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16"]
    assert nano.cache_elements(1000) == 6 * 1000 * 2 * 2 * 128


def test_reading_the_catalog_loads_no_heavy_library() -> None:
    code = (
        "import sys; from modelyard.catalog.models import models; models();"
        "print(','.join(sorted({'pydantic', 'pulumi', 'yaml', 'pandas'} & set(sys.modules))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
