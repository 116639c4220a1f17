"""Secrets in plain text are refused, and no message shows them."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelyard.blueprint.errors import BlueprintError
from modelyard.blueprint.loading import load, load_all

HEAD = """\
modelyard: 1
name: fraud
team: {owner: risk-ml@acme.example, domain: payments}
sites: {local: {kind: kubernetes}}
"""

SECRETS = {
    "models: [{name: a, type: llm, source: 'hf://a/b', token: hunter2hunter2}]": "models[a].token",
    "llm: {secret: AKIAIOSFODNN7EXAMPLE}": "llm.secret",
    "data: {residency: [AKIAIOSFODNN7EXAMPLE]}": "data.residency[0]",
    "data: {residency: [hf_abcdefghijklmnopqrstuvwxyz012345]}": "data.residency[0]",
    "data: {residency: [ghp_abcdefghijklmnopqrstuvwxyz0123456789]}": "data.residency[0]",
    "data: {residency: [sk-abcdefghijklmnopqrstuvwxyz012345]}": "data.residency[0]",
    "data: {residency: ['-----BEGIN RSA PRIVATE KEY-----x']}": "data.residency[0]",
    "data: {residency: ['postgres://me:hunter2hunter2@db/x']}": "data.residency[0]",
    "defaults: {serve: {env: {DB_PASSWORD: hunter2hunter2}}}": "defaults.serve.env.DB_PASSWORD",
    "defaults: {serve: {env: {dbPassword: 1234567}}}": "defaults.serve.env.dbPassword",
    "wat: {env: [{name: API_KEY, value: hunter2hunter2}]}": "wat.env[API_KEY].value",
    "environments: {dev: {llm: {secret: hunter2hunter2}}}": "environments.dev.llm.secret",
}


@pytest.mark.parametrize("section", SECRETS)
def test_a_plain_secret_is_refused_and_never_shown(tmp_path: Path, section: str) -> None:
    (tmp_path / "b.yaml").write_text(f"{HEAD}{section}\n")
    with pytest.raises(BlueprintError) as caught:
        load_all(tmp_path / "b.yaml")
    found = caught.value.problems
    [secret] = [each for each in found if "in plain text" in each.what]
    assert secret.where
    assert (secret.path, secret.where.line) == (SECRETS[section], 5)
    for value in ("hunter2", "IOSFODNN", "abcdefghij", "1234567", "BEGIN"):
        assert value not in str(caught.value)


def test_a_reference_to_a_secret_is_fine(tmp_path: Path) -> None:
    model = "{name: a, type: llm, source: 'hf://a/b', token: 'secret://hub/token'}"
    (tmp_path / "b.yaml").write_text(f"{HEAD}models: [{model}]\n")
    assert load(tmp_path / "b.yaml").blueprint.model("a").token == "secret://hub/token"
