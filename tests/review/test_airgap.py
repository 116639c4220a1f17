"""The bill of materials of a platform, and the script that copies it, on tools that pretend."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support import shipped

from modelyard.catalog.charts import charts
from modelyard.catalog.images import images
from modelyard.plan.copies import Copies, mirrored
from modelyard.program import plan_file, record_plan
from modelyard.review.airgap.bill import Bill, bill_of
from modelyard.review.airgap.bundle import write
from modelyard.review.airgap.item import AirgapError, Kind

TARGET = Copies("registry.dc/mirror", "oci://registry.dc/charts", "s3://models/hub")
BLUEPRINT = """
modelyard: 1
name: works
team: {owner: ml@works.example, domain: engineering}
sites:
  dc:
    kind: onprem
    airgap: {registry: registry.dc/mirror, charts: "oci://registry.dc/charts", models: "s3://models/hub"}
    object_store: {attach: {endpoint: "https://s3.dc", bucket: ml, secret: "secret://store"}}
    gpus: {engine: gpu-operator, nodes: [{name: h100, accelerator: h100, per_node: 8, count: 2}]}
models:
  - name: chat
    type: llm
    source: hf://meta-llama/Llama-3.1-8B-Instruct
    revision: refs/pr/1
    serve: {engine: vllm, speculative: {model: "hf://Qwen/Qwen2.5-0.5B", tokens: 3}}
  - name: notes
    type: llm
    source: hf://Qwen/Qwen3-4B
    serve: {engine: ollama, quantization: gguf-q4}
  - name: logs
    type: llm
    source: hf://Qwen/Qwen3-4B
    serve: {engine: llama-cpp, quantization: gguf-q8}
  - {name: own, type: predictive, source: "hf://works/own", serve: {engine: fastapi, image: IMAGE}}
"""

each = pytest.mark.parametrize("case", shipped.cases(), ids=str)


def billed(path: Path, environment: str | None = None, target: Copies = TARGET) -> Bill:
    plan = plan_file(path, environment).plan
    sites = tuple(site.name for site in plan.sites)
    return bill_of(plan, record_plan(plan, deployed=True), sites, target, "https://s3.dc")


@pytest.fixture
def bill(tmp_path: Path) -> Bill:
    return own(tmp_path, "works/own:3")


def own(folder: Path, image: str) -> Bill:
    path = folder / "works.yaml"
    path.write_text(BLUEPRINT.replace("IMAGE", image))
    return billed(path)


def found(bill: Bill, kind: Kind) -> Mapping[str, str]:
    return {item.reference: item.inside for item in bill.of(kind)}


def test_images_keep_their_path(bill: Bill) -> None:
    inside = found(bill, Kind.IMAGE)
    assert inside["docker.io/works/own:3"] == "registry.dc/mirror/works/own:3"
    assert (
        inside["docker.io/vllm/vllm-openai:v0.33.0"]
        == "registry.dc/mirror/vllm/vllm-openai:v0.33.0"
    )
    assert "nvcr.io/nvidia/gpu-operator:v26.7.0" in inside, "what a chart starts is among them"
    digests = {item.reference: item.digest for item in bill.of(Kind.IMAGE)}
    assert all(digest == (ref.partition("@")[2] or None) for ref, digest in digests.items())


def test_an_image_that_is_inside_stays_where_it_is(tmp_path: Path) -> None:
    (item,) = (i for i in own(tmp_path, "registry.dc/ours/own:3").items if "own:3" in i.reference)
    assert (item.reference, item.copied) == ("registry.dc/ours/own:3", False)


def test_two_images_are_never_one_copy(tmp_path: Path) -> None:
    with pytest.raises(AirgapError, match=r"would both be /vllm/vllm-openai:v"):
        own(tmp_path, "other.example/vllm/vllm-openai:v0.33.0")


def test_no_two_images_of_the_catalog_are_one_copy() -> None:
    references = {image.reference for image in images().values()}
    references |= {image for chart in charts().values() for image in chart.images}
    # A copy is found by its tag; whoever knows the digest as well names the same image.
    tagged = {reference.partition("@")[0] for reference in references}
    assert len({mirrored(reference, "m") for reference in tagged}) == len(tagged)


def test_models_lie_by_repository_and_revision(bill: Bill) -> None:
    models = {item.inside: item for item in bill.of(Kind.MODEL)}
    hub = "s3://models/hub"
    assert set(models) == {
        f"{hub}/meta-llama/Llama-3.1-8B-Instruct/refs--pr--1",
        f"{hub}/Qwen/Qwen2.5-0.5B/main",
        f"{hub}/Qwen/Qwen3-4B/main/Q4_K_M.gguf",
        f"{hub}/Qwen/Qwen3-4B/main/Q8_0.gguf",
        f"{hub}/works/own/main",
    }
    chat = models[f"{hub}/meta-llama/Llama-3.1-8B-Instruct/refs--pr--1"]
    assert (chat.version, chat.gated, chat.licence, chat.note) == (
        "refs/pr/1",
        True,
        "llama3.1",
        "",
    )
    assert chat.bytes == pytest.approx(16.06e9, rel=0.01)
    four, eight = (
        models[f"{hub}/Qwen/Qwen3-4B/main/Q4_K_M.gguf"],
        models[f"{hub}/Qwen/Qwen3-4B/main/Q8_0.gguf"],
    )
    assert 0 < (four.bytes or 0) < (eight.bytes or 0)
    assert models[f"{hub}/works/own/main"].bytes is None
    assert models[f"{hub}/works/own/main"].everything


def test_charts_are_pinned(bill: Bill) -> None:
    (operator,) = (i for i in bill.of(Kind.CHART) if i.name == "gpu-operator")
    assert operator.reference == "https://helm.ngc.nvidia.com/nvidia/gpu-operator"
    assert operator.inside == "oci://registry.dc/charts/gpu-operator@v26.7.0"


def test_references_lead_from_outside_to_inside(bill: Bill) -> None:
    told = bill.references()
    assert set(told) == {"images", "charts", "models"}
    assert told["models"]["hf://Qwen/Qwen3-4B@main/Q8_0.gguf"].endswith("/Q8_0.gguf")
    assert sum(map(len, told.values())) == len(bill.items)


@each
def test_every_blueprint_has_a_bill(case: shipped.Case, tmp_path: Path) -> None:
    """Wherever it stands: every image is one of the catalog, of a chart, or named by the team."""
    plan = shipped.planned(case).plan
    sites = tuple(site.name for site in plan.sites)
    bill = bill_of(plan, shipped.recorded(case), sites, TARGET)
    named = {m.serve.image for m in plan.blueprint.models}
    named |= {m.retrain.image for m in plan.blueprint.models if m.retrain}
    known = {image.reference for image in images().values()} | named
    known |= {image for chart in charts().values() for image in chart.images}
    assert {item.reference for item in bill.of(Kind.IMAGE)} <= known
    assert all(item.used_by for item in bill.items)
    script = write(bill, tmp_path / "out").script
    assert subprocess.run(["sh", "-n", script], check=False).returncode == 0


TOOLS = {
    "skopeo": """
        last() { for each; do :; done; echo "$each"; }
        place() { echo "$WORLD/$(echo "${1#*:}" | tr -d '/' | tr ':@' '--')"; }
        case "$1" in
          inspect) cat "$(place "$(last "$@")")" 2>/dev/null || exit 1 ;;
          copy)
            from= to=
            for each; do case "$each" in -*|copy) ;; *) from="$to"; to="$each" ;; esac; done
            case "$to" in
              dir:*)
                mkdir -p "${to#dir:}"
                printf 'manifest of %s' "$from" >"${to#dir:}/manifest.json" ;;
              *) cat "${from#dir:}/manifest.json" >"$(place "$to")" ;;
            esac ;;
        esac""",
    "helm": """
        case "$1" in
          pull)
            name="${2##*/}"; while [ "$#" -gt 0 ]; do
              case "$1" in --version) version="$2" ;; --destination) into="$2" ;; esac; shift; done
            echo "chart $name $version" >"$into/$name-$version.tgz" ;;
          push) cp "$2" "$WORLD/$(basename "$2")" ;;
          show) [ -e "$WORLD/${3##*/}-$5.tgz" ] ;;
          repo) : >"$3/index.yaml" ;;
        esac""",
    "hf": """
        [ "$1" = download ] || exit 1
        into= file=model.safetensors
        for each; do
          [ "$before" != --local-dir ] || into="$each"
          case "$each" in
            *Q4_K_M*.gguf) file=qwen3-4b-q4_k_m.gguf ;;
            *Q8_0*.gguf) file=Qwen3-4B-Q8_0.gguf ;;
          esac
          before="$each"
        done
        mkdir -p "$into/.cache"; echo "weights of $2" >"$into/$file"; echo "{}" >"$into/config.json"
        [ "$file" = model.safetensors ] || rm "$into/config.json" """,
    "rclone": """
        case "$1" in
          copy) into="$WORLD/${3#site:}"; mkdir -p "$into"; cp -R "$2/." "$into" ;;
          check) diff -r "$3" "$WORLD/${4#site:}" >/dev/null ;;
          lsf) basename "$(ls "$WORLD/${2#site:}")" ;;
        esac""",
}
"""Tools that copy between folders, and note what they were asked."""


class Outside:
    """A machine with the tools, and the world that they work on."""

    def __init__(self, folder: Path, bill: Bill) -> None:
        self.world, self.tools = folder / "world", folder / "tools"
        self.world.mkdir()
        self.tools.mkdir()
        for name, body in TOOLS.items():
            self.install(name, f'echo "{name} $*" >>"$WORLD.log"\n{body}')
        self.script = write(bill, folder / "bundle").script

    def install(self, name: str, body: str) -> None:
        (self.tools / name).write_text(f"#!/bin/sh\nset -eu\nbefore=\n{body}\n")
        (self.tools / name).chmod(0o755)

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        paths = {"PATH": f"{self.tools}:/usr/bin:/bin", "WORLD": str(self.world)}
        return subprocess.run(
            ["sh", self.script, *arguments],
            env={"HOME": os.environ.get("HOME", "/"), **paths, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def asked(self) -> list[str]:
        """What the tools were asked since the last time."""
        log = self.world.with_name("world.log")
        lines = log.read_text().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return lines


@pytest.fixture
def outside(tmp_path: Path, bill: Bill) -> Outside:
    return Outside(tmp_path, undigested(bill))


def undigested(bill: Bill) -> Bill:
    """Without the digests that no pretended manifest has."""
    items = [replace(i, digest=None, reference=i.reference.partition("@")[0]) for i in bill.items]
    return replace(bill, items=tuple(items))


def test_everything_is_copied_and_nothing_twice(outside: Outside, bill: Bill) -> None:
    first = outside.run()
    assert first.returncode == 0, first.stderr
    assert "may be gated, and HF_TOKEN is not set" in first.stdout
    copied = [line for line in outside.asked() if line.startswith("skopeo copy")]
    assert len(copied) == 2 * len(bill.of(Kind.IMAGE))
    assert all("--all --preserve-digests" in line for line in copied)
    assert outside.run("check").returncode == 0
    outside.asked()
    again = outside.run()
    assert again.returncode == 0, again.stderr
    assert not [a for a in outside.asked() if re.match(r"skopeo copy|helm pu|hf download", a)]


def test_it_is_carried_over_in_two_steps(outside: Outside) -> None:
    assert outside.run("check").returncode == 1
    assert outside.run("pull", HF_TOKEN="x").returncode == 0
    assert not list(outside.world.iterdir()), "nothing is brought in yet"
    assert outside.run("push").returncode == 0
    assert outside.run("check").returncode == 0


def test_files_of_one_precision_have_one_name(outside: Outside) -> None:
    assert outside.run(ONLY="models").returncode == 0
    folder = outside.world / "models/hub/Qwen/Qwen3-4B/main"
    assert {path.name for path in folder.iterdir()} == {"Q4_K_M.gguf", "Q8_0.gguf", "SHA256SUMS"}
    assert (outside.world / "models/hub/works/own/main/model.safetensors").exists()
    left = [a for a in outside.asked() if a.startswith("hf download")]
    assert all("--exclude=*.onnx" in a for a in left if "Llama" in a)
    assert not any("--exclude" in a for a in left if "works/own" in a)


def test_what_has_changed_is_not_brought_in(outside: Outside) -> None:
    assert outside.run("pull").returncode == 0
    (weights,) = outside.script.parent.glob("kept/models/works/own/main/model.safetensors")
    weights.write_text("others")
    pushed = outside.run("push")
    assert pushed.returncode == 1
    assert "has changed since it was fetched" in pushed.stderr


def test_a_digest_decides(tmp_path: Path) -> None:
    outside = Outside(tmp_path, own(tmp_path, "works/own@sha256:" + "0" * 64))
    pulled = outside.run("pull", ONLY="images")
    assert pulled.returncode == 1
    assert "is not sha256:000" in pulled.stderr


def test_a_run_that_was_cut_off_goes_on(outside: Outside) -> None:
    outside.install("hf", "exit 1")
    assert outside.run().returncode == 1
    outside.install("hf", f'echo "hf $*" >>"$WORLD.log"\n{TOOLS["hf"]}')
    outside.asked()
    assert outside.run().returncode == 0
    assert not [a for a in outside.asked() if a.startswith("skopeo copy")]


def test_a_missing_tool_is_named_with_where_to_get_it(outside: Outside) -> None:
    (outside.tools / "skopeo").unlink()
    done = outside.run()
    assert done.returncode == 1
    assert "skopeo is missing. Next: apt-get install skopeo" in done.stderr


def test_addresses_may_be_left_to_the_script(tmp_path: Path) -> None:
    open_ended = Copies("$REGISTRY", "$CHARTS", "$MODELS")
    (tmp_path / "works.yaml").write_text(BLUEPRINT.replace("IMAGE", "works/own:3"))
    outside = Outside(tmp_path, undigested(billed(tmp_path / "works.yaml", target=open_ended)))
    assert "REGISTRY is not set" in outside.run().stderr
    told = {"REGISTRY": "r.dc/m", "CHARTS": "https://charts.dc", "MODELS": "s3://m/h"}
    done = outside.run(**told)
    assert done.returncode == 0, done.stderr
    assert "to where https://charts.dc is served from" in done.stdout
    assert (outside.world / "m/h/works/own/main/SHA256SUMS").exists()


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path, bill: Bill) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "file").touch()
    with pytest.raises(AirgapError, match="holds other files"):
        write(bill, tmp_path / "theirs")


def test_writing_anew_keeps_what_was_fetched(outside: Outside, bill: Bill) -> None:
    assert outside.run("pull").returncode == 0
    folder = outside.script.parent
    write(bill, folder)
    assert (folder / "kept" / "images").is_dir()
    assert json.loads((folder / "bill-of-materials.json").read_text())["totals"]["model"] == 5
