"""Ways to spoil a blueprint, on its YAML nodes: what a hurried or a hostile hand would do.

A mutation takes hypothesis' `draw` and the root node, and changes the tree in place. Sharing a node
between two places makes an anchor and an alias when the tree is written out.
"""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

Draw = Callable[[st.SearchStrategy[Any]], Any]
Mutation = Callable[[Draw, MappingNode], None]

TEXT = "tag:yaml.org,2002:str"
WORDS = (
    *("", " ", "~", "null", "true", "yes", "no", "on", "0", "-1", "1e999", "-.inf", ".nan", "0x1F"),
    *("0o17", "1_000", "12:30:45", "2026-11-23", "9" * 400, "-" * 70, "1.36", "1.30", "007"),
    *("5", "5%", "500%", "-5%", "24", "24h", "24H", "1y", "80G", "80Gi", "80GB", "9999999Pi"),
    *("500m", "70B", ">= 0.92", "=> 1", "nan%", "1e3Gi", "٣Gi", "５%", "１２h"),
    *(
        "secret://",
        "secret://a/b",
        "secret://a/b/c",
        "hf://",
        "hf://no/such",
        "s3://b/k",
        "oci://x",
    ),
    *("models:/", "models:/x@y", "http://", "https://u:p@h/x", "file:///etc/passwd", "../../etc"),
    *("nowhere", "all", "*", "**", "None", "{{ x }}", "${HOME}", "$(id)", "%s%n", "'; --", "<b>"),
    *("a" * 41, "a" * 64, "a" * 300, "A-B", "-a", "a-", "a.b", "a_b", "a/b", "a:b", "a@b", "a b"),
    *("é", "名前", "𝒳", "\u202e", "\u200b", "\x00", "\x07", "\ufeff", "😀", "ß" * 60),
    *("vllm", "kserve", "ollama", "llama-cpp", "tensorrt-llm", "onnx-runtime", "mlflow", "fastapi"),
    *("sagemaker", "vertex", "neptune", "prompt-flow", "litellm", "attach", "create", "none"),
    *("aws", "gcp", "kubernetes", "onprem", "azure", "h100", "a100-80", "t4", "mi300x", "gaudi3"),
    *("realtime", "batch", "edge", "llm", "embedding", "predictive", "fp8", "awq-int4", "gguf-q4"),
    *("restricted", "finance", "healthcare", "hipaa", "group:x", "user:", "x@y.example", "1g.10gb"),
    *("7g.80gb", "8g.1gb", "0 * * * *", "* * *", "sha256:0", "/", "//", "\\", "'", '"', "#", "&a"),
)
NUMBERS = (
    "0",
    "1",
    "-1",
    "2",
    "7",
    "16",
    "65536",
    "1000000007",
    "-9999999999",
    "1e308",
    "0.5",
    "1.5",
)
KEYS = (
    *(
        "name",
        "kind",
        "engine",
        "on",
        "attach",
        "models",
        "sites",
        "serve",
        "replicas",
        "min",
        "max",
    ),
    *(
        "environments",
        "defaults",
        "preset",
        "modelyard",
        "gpus",
        "nodes",
        "count",
        "monitor",
        "drift",
    ),
    *("retrain", "promote", "approval", "features", "llm", "rag", "links", "from", "to", "airgap"),
    *(
        "ingress",
        "keys",
        "secrets",
        "database",
        "cache",
        "costs",
        "quota",
        "sharing",
        "mig",
        "shape",
    ),
    *("speculative", "token", "revision", "artifact", "depends_on", "<<", "", " ", "NAME", "naem"),
    *("__class__", "model_config", "1", "true", "null", "é", "a.b", "a[0]", "[key]", "\u202e"),
)


@cache
def _pickled(path: Path) -> bytes:
    return pickle.dumps(yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))


def tree(path: Path) -> MappingNode:
    """A blueprint's nodes, fresh at each call."""
    return pickle.loads(_pickled(path))


def written(root: Node) -> str:
    return yaml.serialize(root, Dumper=yaml.CSafeDumper, allow_unicode=True)


def maps(root: Node) -> list[MappingNode]:
    return [node for node in _walk(root, set()) if isinstance(node, MappingNode) and node.value]


def lists(root: Node) -> list[SequenceNode]:
    return [node for node in _walk(root, set()) if isinstance(node, SequenceNode) and node.value]


def _walk(node: Node, seen: set[int]) -> Iterator[Node]:
    if id(node) in seen:
        return
    seen.add(id(node))
    yield node
    if isinstance(node, MappingNode):
        children = [child for pair in node.value for child in pair]
    else:
        children = node.value if isinstance(node, SequenceNode) else []
    for child in children:
        yield from _walk(child, seen)


def _index(draw: Draw, items: list[Any]) -> int:
    return draw(st.integers(0, len(items) - 1))


def _one(draw: Draw, items: Any) -> Any:
    return draw(st.sampled_from(items))


def _scalar(draw: Draw) -> ScalarNode:
    word = draw(
        st.sampled_from(WORDS)
        | st.sampled_from(NUMBERS)
        | st.text(st.characters(codec="utf-8"), max_size=20)
    )
    quoted = draw(st.booleans())
    return ScalarNode(TEXT if quoted else _resolved(word), word, style='"' if quoted else None)


def _resolved(word: str) -> str:
    """The tag that a plain scalar gets, so that it is written without quotes."""
    return yaml.SafeLoader("").resolve(ScalarNode, word, (True, False))


def _some_node(draw: Draw, root: MappingNode) -> Node:
    """A new scalar, something empty, or a copy of something that stands elsewhere."""
    kind = _one(draw, ("scalar", "scalar", "copy", "map", "list", "nested"))
    if kind == "copy":
        return copy.deepcopy(_one(draw, _one(draw, maps(root)).value)[1])
    if kind == "map":
        return MappingNode("tag:yaml.org,2002:map", [])
    if kind == "list":
        return SequenceNode("tag:yaml.org,2002:seq", [_scalar(draw)])
    if kind == "nested":
        node: Node = _scalar(draw)
        for _ in range(draw(st.integers(1, 80))):
            node = SequenceNode("tag:yaml.org,2002:seq", [node], flow_style=True)
        return node
    return _scalar(draw)


def delete(draw: Draw, root: MappingNode) -> None:
    pairs = _one(draw, maps(root)).value
    del pairs[_index(draw, pairs)]


def duplicate(draw: Draw, root: MappingNode) -> None:
    pairs = _one(draw, maps(root)).value
    pairs.append(copy.deepcopy(pairs[_index(draw, pairs)]))


def rename(draw: Draw, root: MappingNode) -> None:
    pairs = _one(draw, maps(root)).value
    at = _index(draw, pairs)
    old = str(pairs[at][0].value)
    typo = old[1:2] + old[:1] + old[2:]
    name = draw(st.sampled_from((*KEYS, typo, old.upper(), old + "s")))
    pairs[at] = (ScalarNode(TEXT, name, style='"'), pairs[at][1])


def replace(draw: Draw, root: MappingNode) -> None:
    pairs = _one(draw, maps(root)).value
    at = _index(draw, pairs)
    pairs[at] = (pairs[at][0], _some_node(draw, root))


def add(draw: Draw, root: MappingNode) -> None:
    key = ScalarNode(TEXT, _one(draw, KEYS), style='"')
    _one(draw, maps(root)).value.append((key, _some_node(draw, root)))


def strange_key(draw: Draw, root: MappingNode) -> None:
    """A key that is a list, a map or a number."""
    _one(draw, maps(root)).value.append((_some_node(draw, root), _scalar(draw)))


def swap(draw: Draw, root: MappingNode) -> None:
    """Exchange two values, wherever they are; one inside the other makes a loop."""
    first, second = _one(draw, maps(root)).value, _one(draw, maps(root)).value
    i, j = _index(draw, first), _index(draw, second)
    (key_a, a), (key_b, b) = first[i], second[j]
    first[i], second[j] = (key_a, b), (key_b, a)


def share(draw: Draw, root: MappingNode) -> None:
    """The same node in two places: an alias, or, above itself, an endless document."""
    first, second = _one(draw, maps(root)).value, _one(draw, maps(root)).value
    i, j = _index(draw, first), _index(draw, second)
    second[j] = (second[j][0], first[i][1])


def scalar(draw: Draw, root: MappingNode) -> None:
    """Another scalar for a scalar: the commonest slip."""
    places = [
        (pairs.value, i)
        for pairs in maps(root)
        for i, (_, value) in enumerate(pairs.value)
        if isinstance(value, ScalarNode)
    ]
    if places:
        pairs, at = _one(draw, places)
        pairs[at] = (pairs[at][0], _scalar(draw))


def nudge(draw: Draw, root: MappingNode) -> None:
    """A number made larger, smaller or negative inside whatever surrounds it: `24h`, `1.36`."""
    places = [
        node
        for node in _walk(root, set())
        if isinstance(node, ScalarNode) and any(c.isdigit() for c in node.value)
    ]
    if places:
        node = _one(draw, places)
        digits = next(c for c in node.value if c.isdigit())
        other = _one(draw, ("", "0", "-1", "9", "99", "1000000", "1.5", "0.0001", "1e9", "٣"))
        node.value = node.value.replace(digits, other, 1)
        node.tag = TEXT if node.style else _resolved(node.value)


def in_a_list(draw: Draw, root: MappingNode) -> None:
    found = lists(root)
    if not found:
        return
    items = _one(draw, found).value
    at = _index(draw, items)
    how = _one(draw, ("delete", "double", "replace", "empty", "hundred"))
    if how == "delete":
        del items[at]
    elif how == "double":
        items.append(copy.deepcopy(items[at]))
    elif how == "replace":
        items[at] = _some_node(draw, root)
    elif how == "empty":
        items.clear()
    else:
        items.extend(copy.deepcopy(items[at]) for _ in range(100))


def overlay(draw: Draw, root: MappingNode) -> None:
    """Something of the blueprint, or something else, laid over it in an environment."""
    key, value = copy.deepcopy(_one(draw, root.value))
    if draw(st.booleans()):
        value = _some_node(draw, root)
    content = MappingNode("tag:yaml.org,2002:map", [(key, value)])
    name = _one(draw, ("dev", "prod", "peak", "trial", "Dev", "1", ""))
    environment = (ScalarNode(TEXT, name, style='"'), content)
    held = next((v for k, v in root.value if k.value == "environments"), None)
    if isinstance(held, MappingNode):
        held.value.append(environment)
    else:
        whole = MappingNode("tag:yaml.org,2002:map", [environment])
        root.value.append((ScalarNode(TEXT, "environments"), whole))


MUTATIONS: tuple[Mutation, ...] = (
    *(delete, duplicate, rename, replace, add, strange_key, swap, share),
    *(scalar, scalar, scalar, nudge, nudge, in_a_list, in_a_list, overlay),
)


@st.composite
def structures(draw: Draw, path: Path) -> bytes:
    """The blueprint after one to four mutations of its nodes."""
    root = tree(path)
    for _ in range(draw(st.integers(1, 4))):
        if root.value:
            _one(draw, MUTATIONS)(draw, root)
    try:
        return written(root).encode("utf-8", "surrogatepass")
    except (RecursionError, yaml.YAMLError):
        return b"&loop [*loop]"
