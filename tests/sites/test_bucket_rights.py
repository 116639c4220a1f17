"""Who may do what in which bucket of the in-cluster object store."""

from __future__ import annotations

from modelyard.blueprint.model import Model
from modelyard.contracts.context import Purpose
from modelyard.sites.kubernetes.bucket_rights import buckets, rights

SCORER = Model.model_validate(
    {"name": "scorer", "type": "predictive", "source": "s3://weights/scorer/3"}
)
NIGHTLY = Model.model_validate(
    {
        "name": "nightly",
        "type": "predictive",
        "source": "models:/nightly@champion",
        "serve": {
            "mode": "batch",
            "input": "s3://accounts/all.csv",
            "output": "s3://scores/daily/",
        },
    }
)
MODELS = (SCORER, NIGHTLY)


def test_every_bucket_that_is_named_exists() -> None:
    assert buckets("own", MODELS) == ("own", "accounts", "scores", "weights")


def test_everyone_reads_everything() -> None:
    for allowed in rights("own", MODELS).values():
        assert {f"Read:{bucket}" for bucket in buckets("own", MODELS)} <= set(allowed)


def test_training_writes_runs_and_inputs_but_no_weights() -> None:
    writes = _writes(Purpose.TRAINING)
    assert writes == {"Write:own/workflows/*", "Write:own/training/*", "Write:accounts/*"}


def test_production_writes_only_what_it_predicts() -> None:
    assert _writes(Purpose.PRODUCTION) == {"Write:scores/daily/*"}


def test_nobody_but_the_server_administers() -> None:
    for allowed in rights("own", MODELS).values():
        assert not [action for action in allowed if action.startswith("Admin")]


def _writes(purpose: Purpose) -> set[str]:
    return {action for action in rights("own", MODELS)[purpose] if action.startswith("Write")}
