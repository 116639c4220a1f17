"""Policies and Checkov in one list, with a script in Checkov's place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tests.support.programs import run

from modelyard.blueprint.errors import NotReadyError
from modelyard.catalog.policies import Level
from modelyard.objects.cloud import CloudResource
from modelyard.policies.settings import DEFAULT, Held, Settings, settle
from modelyard.policies.verdict import judge
from modelyard.recorder import Graph
from modelyard.review.checkov import Failed, Scanned
from modelyard.review.finding import Finding
from modelyard.review.markdown import table_text
from modelyard.review.scan import Scan, checkov_command, merged, tables

ROTATION, DIGEST = "encryption-key-rotation", "supply-image-digest"


def graph(name: str = "it", **inputs: Any) -> Graph:
    return run(lambda: CloudResource("aws:kms/key:Key", name, inputs) and None)


def scan(found: Graph, *failed: Failed, settings: Settings | None = None) -> Scan:
    settings = settings or settle()
    verdict = judge(found, settings)
    return merged(found, verdict, settings, [Scanned(1, 3, failed)])


def by_subject(scan: Scan) -> Mapping[str, Finding]:
    return {item.subject: item for item in scan.items}


def rotation(name: str = "it") -> Failed:
    return Failed("CKV_AWS_7", f"aws_kms_key.{name}", "Ensure rotation")


def test_what_both_find_is_said_once() -> None:
    found = scan(graph(enableKeyRotation=False), rotation())
    item = by_subject(found)[ROTATION]
    assert [each.subject for each in found.items].count(ROTATION) == 1
    assert item.sources == ("policies", "CKV_AWS_7")
    assert item.urn == next(iter(graph())).urn
    assert item.what == "enableKeyRotation is off"
    assert found.blocks


def test_what_checkov_alone_finds_of_a_subject_bears_its_name() -> None:
    item = by_subject(scan(graph(enableKeyRotation=True), rotation()))[ROTATION]
    assert (item.sources, item.level) == (("CKV_AWS_7",), Level.MANDATORY)


def test_two_resources_are_two_findings() -> None:
    found = scan(graph(enableKeyRotation=False), rotation("other"))
    assert [item.name for item in found.items if item.subject == ROTATION] == [
        "aws_kms_key.other",
        "it",
    ]


def test_a_check_without_a_rule_is_advice() -> None:
    failed = Failed("CKV_AWS_999", "aws_kms_key.it", "Something")
    item = by_subject(scan(graph(enableKeyRotation=True), failed))["CKV_AWS_999"]
    assert (item.level, item.name, item.blocks) == (Level.ADVISORY, "it", False)


def test_checkovs_own_waivers_count_for_what_it_alone_finds() -> None:
    failed = Failed("CKV_AWS_144", "aws_s3_bucket.x", "Replication")
    item = by_subject(scan(graph(enableKeyRotation=True), failed))["CKV_AWS_144"]
    assert item.reason is not None
    assert "residency" in item.reason


def test_they_do_not_waive_a_rule() -> None:
    """What this package finds right for itself is not what an organisation asks."""

    def image() -> None:
        import pulumi

        container = {"name": "c", "image": "registry.example/app:1"}
        spec = {"template": {"spec": {"containers": [container]}}}
        manifest = {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": "it", "namespace": "ours"},
            "spec": spec,
        }
        pulumi.CustomResource("kubernetes:batch/v1:Job", "it", manifest)

    held = {**settle().held, DIGEST: Held(Level.MANDATORY, "acme.yaml")}
    failed = Failed("CKV_K8S_43", "Job.ours.it", "Image should use digest")
    item = by_subject(scan(run(image), failed, settings=Settings(held)))[DIGEST]
    assert item.sources == ("policies", "CKV_K8S_43")
    assert item.blocks


def test_a_rule_that_is_off_is_off_for_checkov_too() -> None:
    held = {**settle().held, ROTATION: Held(Level.OFF, DEFAULT)}
    found = scan(graph(enableKeyRotation=False), rotation(), settings=Settings(held))
    assert ROTATION not in by_subject(found)


def test_it_is_shown() -> None:
    found = scan(graph(enableKeyRotation=False), rotation())
    text = "\n".join(map(table_text, tables(found)))
    assert "policies, CKV\\_AWS\\_7" in text
    assert "3 checks of Checkov passed" in text
    assert found.json()["blocks"] is True


def test_without_checkov_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("MODELYARD_CHECKOV", raising=False)
    monkeypatch.chdir("/")
    with pytest.raises(NotReadyError, match="Next: "):
        checkov_command()
    monkeypatch.setenv("MODELYARD_CHECKOV", "mine")
    assert checkov_command() == "mine"
    assert checkov_command("other") == "other"
