"""What managed services are billed for: streams, checks of data, vectors, metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from modelyard.blueprint.data_plane import Brokers
from modelyard.catalog.aws_services import service
from modelyard.plan.capability import Capability as C
from modelyard.plan.facilities import NATIVE, sensitive

if TYPE_CHECKING:
    from modelyard.plan.charge import Case, Charge

Rule = Callable[["Case"], Iterator["Charge"]]

GIB = 2**30
KAFKA_ZONES = 3
"""Most zones that MSK spreads brokers over; source: MSK API reference, BrokerNodeGroupInfo."""
EXPRESS = "express."
"""Brokers whose storage is billed by use."""
LEAST_UNITS = 1
"""Half a unit each for indexing and for searching, and as much again with standbys; source: AWS big
data blog, OpenSearch Serverless cost-effective search capabilities at any scale."""


def _msk(case: Case) -> Iterator[Charge]:
    """Brokers with their volumes, which are there whatever goes through them."""
    asked = (case.blueprint.ingestion and case.blueprint.ingestion.brokers) or Brokers.left_out()
    machine = asked.machine or service("kafka").machine
    brokers = asked.per_zone * min(_subnets(case), KAFKA_ZONES)
    yield case.always(f"kafka/{machine}", brokers)
    if machine.startswith(EXPRESS):
        yield from case.by_use("kafka/express-data")
    else:
        yield case.always("kafka/storage", brokers * -(-asked.size // GIB))
    yield from case.by_use("alarm/custom-metric", "logs/ingested", "logs/stored")


def _airflow(case: Case) -> Iterator[Charge]:
    """An environment with its first worker; it makes endpoints, and more workers on demand."""
    size = service("airflow").machine.rpartition(".")[2]
    yield case.always(f"airflow/{size}")
    yield from case.by_use(f"airflow/worker-{size}", "airflow/storage", "network/endpoint")
    yield from case.by_use("logs/ingested", "logs/stored")


def _step_functions(case: Case) -> Iterator[Charge]:
    yield from case.by_use("pipelines/transitions", "messages/schedule", "messages/notifications")
    yield from case.by_use("logs/ingested", "logs/stored")


def _glue(case: Case) -> Iterator[Charge]:
    return case.by_use("validation/jobs", "messages/schedule", "messages/notifications")


def _guardrails(case: Case) -> Iterator[Charge]:
    return case.by_use("guardrails/filters", "guardrails/topics", "guardrails/pii")


def _s3_vectors(case: Case) -> Iterator[Charge]:
    return case.by_use("vectors/bucket-storage", "vectors/bucket-writes", "vectors/bucket-queries")


def _opensearch(case: Case) -> Iterator[Charge]:
    """The least that it takes, with an endpoint in each zone; more of it comes with use."""
    units = LEAST_UNITS * (2 if sensitive(case.blueprint) else 1)
    yield case.always("vectors/compute", units)
    yield case.always("network/endpoint", _subnets(case))
    yield from case.by_use("vectors/compute", "vectors/storage", "network/endpoint-data")


def _prometheus(case: Case) -> Iterator[Charge]:
    """Metrics by use; dashboards by user, behind an endpoint in each zone."""
    yield from case.by_use("metrics/samples", "metrics/storage", "metrics/queries")
    yield from case.by_use("messages/notifications", "logs/ingested", "logs/stored")
    if case.blueprint.monitoring and case.blueprint.monitoring.grafana:
        yield case.always("network/endpoint", _subnets(case))
        yield from case.by_use("network/endpoint-data", "metrics/editor", "metrics/viewer")


def _subnets(case: Case) -> int:
    """Private subnets: one in each zone, or those of a network that is there already."""
    network = case.site.network
    return len(network.attach.private_subnets) if network.attach else network.zones


SERVICES: Mapping[tuple[C, str], Rule] = MappingProxyType(
    {
        (C.INGESTION, "msk"): _msk,
        (C.INGESTION, "airflow"): _airflow,
        (C.INGESTION, "step-functions"): _step_functions,
        (C.VALIDATION, "glue"): _glue,
        (C.GUARDRAILS, "bedrock"): _guardrails,
        (C.RAG, "s3-vectors"): _s3_vectors,
        (C.RAG, "opensearch"): _opensearch,
        (C.METRICS, NATIVE): _prometheus,
    }
)
"""By capability and engine."""
