"""ECR: public images through a cache of the platform's own, scanned, encrypted, and named alike."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from tests.support.aws_ground import ACCOUNT, CLUSTER, REGION, ground

from modelyard.blueprint.site import AwsSite
from modelyard.catalog.images import images
from modelyard.plan.capability import Capability as C
from modelyard.recorder import Graph
from modelyard.recorder.values import plain
from modelyard.sites.aws.images import cached, prefixes

HOST = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
CREDENTIALS = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:ecr-pullthroughcache/hub"
WITH_HUB = f"image_registry: {{credentials: {{docker.io: '{CREDENTIALS}'}}}}"
RULE = "aws:ecr/pullThroughCacheRule:PullThroughCacheRule"
TEMPLATE = "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate"
SCANS = "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration"


@cache
def graph(text: str = "", more: str = "") -> Graph:
    return ground(*CLUSTER, C.IMAGE_REGISTRY, text=text, more=more)[0]


def made(found: Graph, token: str) -> list[dict[str, Any]]:
    return [dict(plain(dict(r.inputs))) for r in found.of_type(token)]


def site(**settings: Any) -> AwsSite:
    return AwsSite.model_validate(
        {"kind": "aws", "region": REGION, "account": ACCOUNT, **settings},
    )


def test_registries_that_ask_for_nothing_are_cached() -> None:
    rules = {it["upstreamRegistryUrl"]: it for it in made(graph(), RULE)}
    assert set(rules) == {"public.ecr.aws", "quay.io", "registry.k8s.io"}
    assert all("credentialArn" not in it for it in rules.values())


def test_a_registry_that_asks_who_comes_is_cached_once_there_is_an_answer() -> None:
    rules = {it["upstreamRegistryUrl"]: it for it in made(graph(WITH_HUB), RULE)}
    assert rules["registry-1.docker.io"]["credentialArn"] == CREDENTIALS
    assert "ghcr.io" not in rules


def test_every_cache_has_a_template_that_encrypts_tags_and_lets_no_tag_move() -> None:
    found = graph(WITH_HUB)
    templates = {it["prefix"]: it for it in made(found, TEMPLATE)}
    assert set(templates) == {it["ecrRepositoryPrefix"] for it in made(found, RULE)}
    for template in templates.values():
        assert template["imageTagMutability"] == "IMMUTABLE"
        assert template["resourceTags"]["app.kubernetes.io/part-of"] == "yard"
        [encryption] = template["encryptionConfigurations"]
        assert encryption == {"encryptionType": "KMS", "kmsKey": "${yard-kms-data.arn}"}
        # ECR refuses a key and tags without a role that may use them.
        assert template["customRoleArn"] == "${yard-image-registry-cache.arn}"
        assert json.loads(template["lifecyclePolicy"])["rules"]


def test_the_first_node_that_asks_may_have_a_repository_made_and_nodes_make_no_other() -> None:
    for mode in ("standard", "auto"):
        found = graph(f"cluster: {{mode: {mode}}}")
        [policy] = [
            r
            for r in found.of_type("aws:iam/rolePolicy:RolePolicy")
            if r.name == "yard-cluster-nodes"
        ]
        [statement] = json.loads(plain(dict(policy.inputs))["policy"])["Statement"]
        assert statement["Action"] == ["ecr:CreateRepository"]
        where = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/"
        caches = prefixes("yard", site()).values()
        assert statement["Resource"] == [f"{where}{prefix}/*" for prefix in caches]


def test_images_are_scanned_as_they_come() -> None:
    [scans] = made(graph(), SCANS)
    assert scans["scanType"] == "BASIC"
    assert [rule["scanFrequency"] for rule in scans["rules"]] == ["SCAN_ON_PUSH"]


@pytest.mark.parametrize("asked", [("detection: true", ""), ("", "compliance: [soc2]")])
def test_a_watched_account_has_inspector_look_again_and_again(asked: tuple[str, str]) -> None:
    """Inspector would set it so by itself, and every `up` would set it back."""
    [scans] = made(graph(*asked), SCANS)
    assert scans["scanType"] == "ENHANCED"
    assert [rule["scanFrequency"] for rule in scans["rules"]] == ["CONTINUOUS_SCAN"]


def test_the_team_has_a_repository_of_its_own() -> None:
    [repository] = made(graph(), "aws:ecr/repository:Repository")
    assert repository["name"] == "yard/models"
    assert repository["forceDelete"] is False
    [kept] = made(graph(more="protect: false"), "aws:ecr/repository:Repository")
    assert kept["forceDelete"] is True


@pytest.mark.parametrize("id", sorted(images()))
def test_an_image_keeps_its_path_tag_and_digest_in_the_cache(id: str) -> None:
    reference = images()[id].reference
    registry, _, path = reference.partition("/")
    prefix = prefixes("yard", site()).get(registry)
    expected = f"{HOST}/{prefix}/{path}" if prefix else reference
    assert cached(reference, "yard", site()) == expected


def test_docker_hub_is_asked_directly_until_there_are_credentials() -> None:
    reference = "docker.io/vllm/vllm-openai:v0.33.0"
    assert cached(reference, "yard", site()) == reference
    known = site(image_registry={"credentials": {"docker.io": CREDENTIALS}})
    expected = f"{HOST}/yard-docker-hub/vllm/vllm-openai:v0.33.0"
    assert cached(reference, "yard", known) == expected


def test_a_mirror_takes_the_place_of_every_registry() -> None:
    mirrored = site(image_registry={"attach": {"url": "mirror.example/all"}})
    found = cached("quay.io/feastdev/feature-server:0.66.0", "yard", mirrored)
    assert found == "mirror.example/all/feastdev/feature-server:0.66.0"


def test_a_prefix_is_as_long_as_ecr_takes_and_differs_by_platform() -> None:
    long = ["a" * 24 + "-production-" + end for end in ("one", "two")]
    known = site(image_registry={"credentials": {"docker.io": "a", "ghcr.io": "b"}})
    first, second = (set(prefixes(scope, known).values()) for scope in long)
    assert all(len(prefix) <= 30 for prefix in first | second)
    assert not first & second
