"""Blueprints of a stranger: what would exhaust memory or time is refused, or done within bounds.

Each command runs in a process of its own that may take so much memory and so many seconds of the
processor, and no more: that of a review which somebody else's pull request starts.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from modelyard.blueprint.fleet import MOST
from modelyard.blueprint.loading.parsing import MAX_TEXT
from modelyard.blueprint.loading.reading import MAX_BYTES

MEMORY = 1 << 30
"""Bytes of address space."""
SECONDS = 60
"""Of the processor, not of the clock: other work beside it makes no test fail."""
RUNS = "import sys; from modelyard.cli import main; sys.argv[0] = 'modelyard'; main()"

HEAD = """\
modelyard: 1
name: yard
team: {owner: ml@example.com, domain: demo}
"""
LOCAL = HEAD + "sites: {local: {kind: kubernetes}}\n"
MODEL = 'models: [{name: churn, type: predictive, source: "models:/churn@champion", %s}]\n'
SHOPS = "{kind: onprem, cluster: {attach: {context: 'shop-{member}'}}, fleet: {count: 999}}"
AWS = """\
sites:
  core:
    kind: aws
    region: eu-west-1
    account: "123456789012"
    ingress: {domain: a.example, public: true, certificate: CERTIFICATE, allow: [RANGES]}
"""
CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/8f3c1f0e-2b7d-4c55-9a65-0b6d3c1e2f4a"


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


def _bound() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def bounded(command: str, content: str | bytes, folder: Path, *arguments: str) -> Ended:
    """Run `modelyard COMMAND` over a file with that content, within bounds."""
    file = folder / "b.yaml"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    done = subprocess.run(
        [sys.executable, "-c", RUNS, command, str(file), *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        preexec_fn=_bound,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return Ended(done.returncode, done.stdout, done.stderr)


def _many(count: int, item: str) -> str:
    return ",".join(item.replace("#", str(i)) for i in range(count))


def _waivers(count: int, pattern: str) -> str:
    one = f"{{rule: supply-image-digest, resource: '{pattern}', reason: x, until: 2999-12-31}}"
    return f"{LOCAL}policies: {{waivers: [{_many(count, one)}]}}\n"


def _command(words: str) -> str:
    return LOCAL + MODEL % f"retrain: {{every: 30d, image: 'a/b:1', command: [{words}]}}"


def _bomb() -> str:
    """Each line repeats nine times what is above it."""
    pairs = zip("abcdefgh", "bcdefghi", strict=True)
    lines = (f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]\n" for a, b in pairs)
    return LOCAL + "a: &a [x]\n" + "".join(lines)


def _ranges(count: int) -> str:
    ranges = ",".join(f"10.{i >> 8 & 255}.{i & 255}.0/24" for i in range(count))
    return HEAD + AWS.replace("CERTIFICATE", f'"{CERTIFICATE}"').replace("RANGES", ranges)


REFUSED = {
    "people": (LOCAL + f"access: {{viewers: [{_many(50_000, 'u#@a.example')}]}}\n", "500 items"),
    "words": (_command(_many(90_000, "a#")), "500 items"),
    "variables": (LOCAL + MODEL % f"serve: {{env: {{{_many(40_000, 'A#: b')}}}}}", "200 items"),
    "environments": (
        LOCAL + MODEL % "on: local" + f"environments: {{{_many(30_000, 'e#: {}')}}}\n",
        "50 items",
    ),
    "ranges": (_ranges(50_000), "200 items"),
    "waivers": (_waivers(3_000, "*a*a*a"), "500 items"),
    "models": (
        LOCAL + f"models: [{_many(5_000, '{name: m#, type: predictive, source: models:/m#@c}')}]\n",
        "500 items",
    ),
    "sites": (HEAD + f"sites: {{{_many(2_000, 's#: {kind: kubernetes}')}}}\n", "50 items"),
    "fleet": (HEAD + f"sites: {{s: {SHOPS.replace('999', '1000000')}}}\n", "count"),
    "fleets": (HEAD + f"sites: {{{_many(48, f's#: {SHOPS}')}}}\n", f"at most {MOST}"),
    "text": (_command(f"'{'a' * 10**6}'"), f"longer than {MAX_TEXT:,} characters"),
    "key": (LOCAL + f"? {'k' * 10**6}\n: 1\n", "this key is longer"),
    "keys": (LOCAL + "".join(f"k{i}: x\n" for i in range(60_000)), "k0"),
    "anchors": (_bomb(), "aliases repeat"),
    "depth": (LOCAL + "x: " + "[" * 400_000, "nested more than"),
    "numbers": (
        LOCAL + MODEL % "serve: {replicas: {min: " + "9" * 10_000 + "}}",
        "",
    ),
    "size": (b"# " + b"x" * (100 * 1024 * 1024), f"at most {MAX_BYTES:,}"),
    "shape": (
        LOCAL
        + 'models: [{name: m, type: llm, source: "hf://a/b", shape: {parameters: 9T, layers: '
        + "9223372036854775807, heads: 9223372036854775807, kv_heads: 9223372036854775807, "
        + "head_dim: 9223372036854775807}, serve: {context: 9223372036854775807}}]\n",
        "",
    ),
}
"""What a file holds too much of, and what is said of it."""


@pytest.mark.parametrize("case", REFUSED)
def test_too_much_is_refused(case: str, tmp_path: Path) -> None:
    content, said = REFUSED[case]
    found = bounded("check", content, tmp_path)
    assert found.code == 2
    assert said in found.err
    assert "next: " in found.err
    assert len(found.err) < 200_000, "nobody reads more than that"


# What looks for secrets sees every text before anything else does.
BEGINNINGS = ("eyJ", "eyJ-", "a", "a:", "a://", "a://b:", "-----BEGIN ", "sk-", "hf_", "AKIA", "x@")


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_a_text_made_of_beginnings_takes_no_time(beginning: str, tmp_path: Path) -> None:
    """Some patterns would look ahead to the end from each of them."""
    text = (beginning * MAX_TEXT)[:MAX_TEXT]
    listed = "\n".join(f'- "{text}"' for _ in range(MAX_BYTES // (MAX_TEXT + 6) - 1))
    assert bounded("check", f"{LOCAL}x:\n{listed}\n", tmp_path).code == 2


PLANNED = {
    "replicas": LOCAL + MODEL % "serve: {replicas: {min: 1000000000, max: 9223372036854775807}}",
    "models": LOCAL
    + f"models: [{_many(200, '{name: m#, type: predictive, source: models:/m#@c}')}]\n",
    "people": LOCAL + f"access: {{viewers: [{_many(500, 'u#@a.example')}]}}\n",
    "ranges": _ranges(200),
    "patterns": _waivers(400, "*a" * 99),
}
"""What is as much as can be: it takes its time, and has an end."""


@pytest.mark.parametrize("case", PLANNED)
def test_much_is_planned_within_bounds(case: str, tmp_path: Path) -> None:
    found = bounded("plan", PLANNED[case], tmp_path, "--format", "markdown")
    assert found.code in (0, 1), found.err
    assert found.out.startswith("## Plan of yard")
