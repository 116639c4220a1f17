"""Which buckets an object store holds, and who may do what in them.

Actions are SeaweedFS's: `ACTION:BUCKET` for a whole bucket, `ACTION:BUCKET/PREFIX*` for a part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from modelyard.blueprint.model import Model, Retrain
from modelyard.blueprint.monitor import Monitor
from modelyard.blueprint.serve import Mode
from modelyard.contracts.context import Purpose
from modelyard.plan.copies import Copies, lies_at
from modelyard.plan.promotion import RECORDS, promoted

BUCKET = "s3://"
RUNS = ("workflows/", "training/")
"""Parts of the platform's own bucket that training writes."""


def buckets(own: str, models: Iterable[Model], copies: Copies | None = None) -> tuple[str, ...]:
    """The platform's own bucket, those that its models and their batch runs name, and that of the
    hub's models where those come from copies.
    """
    named = {_bucket(address) for model in models for address in _addresses(model, copies)}
    return (own, *sorted(named - {own}))


def rights(
    own: str, models: tuple[Model, ...], copies: Copies | None = None
) -> Mapping[Purpose, list[str]]:
    """What each namespace may do.

    All may read. The platform writes everywhere. Training writes what runs leave behind, what
    batch runs read, what models were trained on and what they are examined with, but no weights:
    those pass a gate. Production writes what its batch runs predict, what models were asked, and
    who moved their versions.
    """
    every = buckets(own, models, copies)
    reading = [f"{action}:{bucket}" for bucket in every for action in ("Read", "List")]
    writing = [f"{action}:{bucket}" for bucket in every for action in ("Write", "Tagging")]
    runs = [f"Write:{own}/{part}*" for part in RUNS]
    inputs = [f"Write:{_folder(address)}*" for address in _batch(models, "input")]
    outputs = [f"Write:{_folder(address)}*" for address in _batch(models, "output")]
    questions = {address for model in models for address in _asked(model)}
    known = sorted({*_rows(models, "reference"), *questions})
    learnt = [f"Write:{_folder(address)}*" for address in known]
    answered = sorted({*_rows(models, "current"), *filter(None, map(_batched, models))})
    asked = [f"Write:{_folder(address)}*" for address in answered]
    records = [f"Write:{own}/{RECORDS}*"] if any(map(promoted, models)) else []
    return {
        Purpose.PLATFORM: [*reading, *writing],
        Purpose.TRAINING: [*reading, *runs, *inputs, *learnt],
        Purpose.PRODUCTION: [*reading, *outputs, *asked, *records],
    }


def _addresses(model: Model, copies: Copies | None) -> list[str]:
    serve = model.serve
    drafts = [serve.speculative.model] if serve.speculative else []
    read = [model.source, *drafts]
    retrain = model.retrain or Retrain.left_out()
    data = [retrain.data, retrain.suite, *(_row(model, key) for key in ("reference", "current"))]
    data += [*_asked(model), _batched(model)]
    named = [*(lies_at(copies, each) for each in read), serve.input, serve.output, *data]
    return [address for address in named if address and address.startswith(BUCKET)]


def _batch(models: Iterable[Model], key: str) -> list[str]:
    found = {getattr(model.serve, key) for model in models if model.serve.mode is Mode.BATCH}
    return sorted(address for address in found if address and address.startswith(BUCKET))


def _rows(models: Iterable[Model], key: str) -> list[str]:
    return sorted({address for model in models if (address := _row(model, key))})


def _row(model: Model, key: str) -> str | None:
    """Where the rows lie that a model is judged by."""
    data = model.monitor.data if model.monitor else None
    return getattr(data, key) if data else None


def _asked(model: Model) -> list[str]:
    """Questions, injections and documents that a language model is examined with."""
    monitor = model.monitor or Monitor.left_out()
    told = (
        monitor.evaluation and monitor.evaluation.dataset,
        monitor.robustness and monitor.robustness.probes,
        monitor.freshness and monitor.freshness.at,
    )
    return [address for address in told if address]


def _batched(model: Model) -> str | None:
    """The batch run's answers that the model's own are held against."""
    parity = model.monitor.parity if model.monitor else None
    return parity.batch if parity else None


def _bucket(address: str) -> str:
    return address.removeprefix(BUCKET).partition("/")[0]


def _folder(address: str) -> str:
    """`bucket/a/b/` of `s3://bucket/a/b/c.json`; the bucket's top is `bucket/`."""
    return address.removeprefix(BUCKET).rpartition("/")[0] + "/"
