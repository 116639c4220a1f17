"""Secrets are nowhere in plain text: not in what the engine keeps, says, plans or logs.

Looked for are the values themselves, as they are and in base64, which is how Kubernetes has them
in a Secret. That they would be found is shown by looking for something that is no secret.
"""

from __future__ import annotations

import base64
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pulumi.automation import ConfigValue
from tests.engine.backend import PASSPHRASE, Backend
from tests.engine.edits import edited
from tests.support.shipped import Case
from tests.support.simulated.objects import SECRET

CASE = Case("quickstart.yaml", None)
GIVEN = "s3cr3t-of-the-team"
VERBOSITY = 6
"""Of the engine's log. From 7 on it writes values as they are, though it warns of 11 only; nothing
here asks for that."""


def with_a_key(document: dict[str, Any]) -> None:
    """Have the model need a secret of the stack's configuration."""
    if document.get("models"):
        document["models"][0]["serve"] = {
            "engine": "fastapi",
            "image": "registry.example.com/churn:1.0.0",
            "port": 8080,
            "health": "/healthz",
            "env": {"API_KEY": "secret://campaigns/api-key"},
        }


@pytest.fixture
def said(quick: Backend, tmp_path: Path) -> str:
    """All that comes out of a preview, an `up`, a refresh and an `up`, at their most talkative."""
    lines: list[str] = []

    def tell(what: object) -> None:
        lines.append(repr(what))

    talk = {
        "on_output": tell,
        "on_error": tell,
        "on_event": tell,
        "log_flow": True,
        "log_to_std_err": True,
        "log_verbosity": VERBOSITY,
        "debug": True,
    }
    with quick.open(edited(CASE, tmp_path, with_a_key)) as stack:
        opened = stack.opened
        opened.set_config("secrets:campaigns/api-key", ConfigValue(GIVEN, secret=True))
        opened.preview(**talk, plan=str(quick.kept / "plan.json"), diff=True)
        opened.up(**talk, show_secrets=False, diff=True)
        opened.refresh(**talk, show_secrets=False, run_program=False, diff=True)
        tell(stack.exported().deployment)
    return "\n".join(lines)


def test_no_secret_is_anywhere_in_plain_text(said: str, quick: Backend) -> None:
    assert (quick.kept / "plan.json").stat().st_size > 1000
    values = list(forms(quick))
    assert len(values) > 6, "the passwords made at random, and the one that was given"
    found = [
        place for place, content in places(quick, said) for value in values if value in content
    ]
    assert found == []


def test_what_is_no_secret_is_found_everywhere(said: str, quick: Backend) -> None:
    """The files are read as they are written, and the log is as talkative as it says."""
    seen = {place for place, content in places(quick, said) if b"quickstart-platform" in content}
    assert "the output" in seen
    assert any(place.endswith("stacks/modelyard/quickstart.json") for place in seen)
    assert any(place.endswith("plan.json") for place in seen)


def test_the_cluster_has_them(said: str, quick: Backend) -> None:
    """They do arrive: what is looked for is what the program works with."""
    data = [
        base64.b64decode(value).decode()
        for thing in quick.cloud.things()
        if thing.type == SECRET
        for value in quick.cloud.read(thing)["data"].values()
    ]
    assert GIVEN in data
    assert set(quick.cloud.passwords()) & set(data)


def forms(backend: Backend) -> Iterator[bytes]:
    """Every secret, and every form that somebody could read it back from."""
    for secret in (*backend.cloud.passwords(), GIVEN, PASSPHRASE):
        for text in (secret, secret[::-1]):
            yield text.encode()
        # Wherever it begins in a longer text, one of the three is part of that in base64.
        for shift in range(3):
            encoded = base64.b64encode(b"x" * shift + secret.encode())
            yield encoded[4 if shift else 0 : -4]


def places(backend: Backend, said: str) -> Iterator[tuple[str, bytes]]:
    """Every file that the engine wrote, and all that it said."""
    yield "the output", said.encode()
    for file in sorted(backend.kept.rglob("*")):
        if file.is_file():
            content = file.read_bytes()
            packed = content.startswith(b"\x1f\x8b")
            yield str(file), gzip.decompress(content) if packed else content
