"""Whether SageMaker may host models on as many machines as they need.

There is a quota for each kind of machine and each use of it: some thousands, which are known by
their names and not by codes of the catalog.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from modelyard.blueprint.serve import Mode
from modelyard.contracts.preflight import Answer, MachineNeed, Verdict
from modelyard.sites.aws.preflight.planned import hosted
from modelyard.sites.aws.preflight.question import Question

if TYPE_CHECKING:
    from modelyard.sites.aws.preflight.asking import Asking
    from modelyard.sites.aws.preflight.planned import AwsPreflightArgs

TOPIC = "quota"
LISTS = ("list_service_quotas", "list_aws_default_service_quotas")
"""What the account has, and what it has where nobody ever changed it."""


def questions(asking: Asking, args: AwsPreflightArgs) -> Iterator[Question]:
    """One for each kind of machine and use."""
    uses: dict[str, list[MachineNeed]] = {}
    for need in hosted(args):
        uses.setdefault(_name(need), []).append(need)
    for name, needs in uses.items():
        yield Question(TOPIC, name, partial(_answer, asking, name, needs))


def _name(need: MachineNeed) -> str:
    use = "transform job" if need.hosted == Mode.BATCH else "endpoint"
    return f"{need.machine} for {use} usage"


def _answer(asking: Asking, name: str, needs: Sequence[MachineNeed]) -> Iterator[Answer]:
    most = sum(need.most for need in needs)
    needed = f"{most} for {', '.join(model for need in needs for model in need.models)}"
    quota = _find(asking, name)
    if quota is None:
        found = "SageMaker lists no quota of that name"
        yield Answer(TOPIC, name, Verdict.UNKNOWN, found, needed, _console(asking))
        return
    allowed = int(quota["Value"])
    found = f"{allowed} allowed; what other endpoints use is not told"
    enough = most <= allowed
    verdict = Verdict.OK if enough else Verdict.FAILED
    yield Answer(
        TOPIC, name, verdict, found, needed, "" if enough else _increase(asking, quota, most)
    )


def _find(asking: Asking, name: str) -> Mapping[str, Any] | None:
    for operation in LISTS:
        listed = asking.pages("service-quotas", operation, "Quotas", ServiceCode="sagemaker")
        if found := next((each for each in listed if each["QuotaName"] == name), None):
            return found
    return None


def _increase(asking: Asking, quota: Mapping[str, Any], most: int) -> str:
    return (
        "aws service-quotas request-service-quota-increase --service-code sagemaker"
        f" --quota-code {quota['QuotaCode']} --desired-value {most} --region {asking.region}"
    )


def _console(asking: Asking) -> str:
    place = f"https://{asking.region}.console.aws.amazon.com"
    return f"{place}/servicequotas/home/services/sagemaker/quotas"
