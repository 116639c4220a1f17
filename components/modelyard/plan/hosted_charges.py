"""What the models that a cloud runs outside the cluster are billed for, and what is around them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from modelyard.blueprint.checks.watching import analysed
from modelyard.plan.capability import Capability as C
from modelyard.plan.charge import WATCHED, Case, Charge
from modelyard.plan.hosted_machine import MONITORS, training_machine


def _hosted(case: Case) -> Iterator[Charge]:
    """A machine for each replica, all to itself, with its volume; a challenger has one more."""
    model = case.model
    if model and model.machine:
        more = int(bool(case.written and case.written.serve.challenger))
        fewest, most = model.replicas
        yield case.between(f"inference/{model.machine}", fewest + more, most + more)
    yield from case.by_use("inference/storage", *WATCHED)
    if case.written and analysed(case.written):
        yield from case.by_use(f"inference/{MONITORS}")


def _hosted_runs(case: Case) -> Iterator[Charge]:
    """A machine as long as a run lasts."""
    model = case.model
    if model and model.machine:
        yield from case.by_use(f"inference/{model.machine}")
    yield from case.by_use("messages/schedule", "messages/notifications")


def _hosted_training(case: Case) -> Iterator[Charge]:
    """A machine as long as training lasts, at the price of serving on it: it has no other here."""
    retrain = case.written and case.written.retrain
    if retrain and (machine := training_machine(retrain)):
        yield from case.by_use(f"inference/{machine}")
    yield from case.by_use("messages/schedule")


def _serverless(case: Case) -> Iterator[Charge]:
    return case.by_use("inference/serverless", *WATCHED)


def _told(case: Case) -> Iterator[Charge]:
    """Somebody is told when a run fails or a version waits for approval."""
    return case.by_use("messages/notifications")


def _hosted_features(case: Case) -> Iterator[Charge]:
    return case.by_use("features/writes", "features/reads", "features/storage")


def _hosted_tracking(case: Case) -> Iterator[Charge]:
    """A server of a size all month, or an app that is paid for by use."""
    tracking = case.blueprint.tracking
    size = (tracking and tracking.size) or "serverless"
    yield case.always(f"tracking/{size}")
    yield from case.by_use("tracking/storage")


HOSTED: Mapping[tuple[C, str], Callable[[Case], Iterator[Charge]]] = MappingProxyType(
    {
        (C.SERVING, "sagemaker"): _hosted,
        (C.SERVING, "sagemaker/async"): _hosted,
        (C.SERVING, "sagemaker/batch"): _hosted_runs,
        (C.SERVING, "sagemaker/serverless"): _serverless,
        (C.RETRAINING, "sagemaker"): _hosted_training,
        (C.FEATURES, "sagemaker"): _hosted_features,
        (C.TRACKING, "sagemaker"): _hosted_tracking,
        (C.PIPELINES, "sagemaker"): _told,
        (C.PROMOTION, "sagemaker"): _told,
    }
)
"""By capability and engine."""
