"""Settings without effect are said aloud, in the file and place where they were written."""

from __future__ import annotations

import pytest
from tests.support.parts import planned

MODEL = "models: [{name: m, type: predictive, source: 'models:/m@c'}]"


def warned(text: str) -> dict[str, str]:
    """Warnings of this kind, by the path they point to."""
    return {
        ".".join(map(str, finding.path)): finding.next
        for finding in planned(text).warnings
        if "until something does" in finding.next or "queue: true" in finding.next
    }


@pytest.mark.parametrize(
    ("site", "path"),
    [
        ("cache: {memory: 2Gi}", "sites.a.cache"),
        ("gpus: {engine: gpu-operator}", "sites.a.gpus"),
        ("operators: {kueue: attach}", "sites.a.operators.kueue"),
    ],
)
def test_what_nothing_uses(site: str, path: str) -> None:
    assert list(warned(f"sites: {{a: {{kind: kubernetes, {site}}}}}\n{MODEL}")) == [path]


@pytest.mark.parametrize("section", ["database: {size: 30Gi}", "object_store: {size: 30Gi}"])
def test_what_nothing_uses_without_a_registry(section: str) -> None:
    model = "models: [{name: m, type: predictive, source: 'models:/m@c', serve: {engine: fastapi"
    text = f"sites: {{a: {{kind: kubernetes, {section}}}}}\n"
    assert warned(text + MODEL) == {}
    fetched = model.replace("models:/m@c", "hf://a/b") + ", image: 'r.example/m:1'}}]"
    assert list(warned(text + fetched)) == [f"sites.a.{section.partition(':')[0]}"]


def test_what_a_node_has_matters_to_a_queue_only() -> None:
    text = """
        sites:
          a:
            kind: kubernetes
            gpus: {queue: %s, nodes: [{name: n, accelerator: l40s, node_cpu: 8}]}
        models: [{name: m, type: llm, source: 'hf://Qwen/Qwen3-0.6B'}]
        """
    assert list(warned(text % "false")) == ["sites.a.gpus.nodes.0.node_cpu"]
    assert warned(text % "true") == {}


def test_operators_in_use_are_not_idle() -> None:
    site = "kind: kubernetes, keys: {engine: cert-manager}, operators: {cert-manager: attach}"
    assert warned(f"sites: {{a: {{{site}}}}}\n{MODEL}") == {}


def test_personal_data_are_encrypted_on_their_way() -> None:
    """Without any compliance profile, and whatever their class."""
    site = "sites: {a: {kind: kubernetes}}"
    secured = {p.capability for p in planned(f"data: {{pii: true}}\n{site}\n{MODEL}").capabilities}
    bare = {p.capability for p in planned(f"{site}\n{MODEL}").capabilities}
    assert secured - bare == {"keys"}
