"""What Google Cloud bills in a way of its own: by the region, and services that only it has."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from modelyard.blueprint.site import LinkVia
from modelyard.catalog.defaults import count
from modelyard.plan.capability import Capability as C
from modelyard.plan.charge import WATCHED, Case, Charge
from modelyard.plan.charges import AUTOMATIC, Rules, object_store
from modelyard.plan.chosen import index_machine, managed_database, managed_kafka
from modelyard.plan.facilities import NATIVE, sensitive


def _vpc(case: Case) -> Iterator[Charge]:
    """One way to Google's own services, and one way out for the region, by machines behind it."""
    site = case.site
    yield case.always("network/endpoint")
    yield case.always("network/zone", count(case.provider, "dns_zones"))
    if site.network.nat != "none":
        yield case.always("network/address")
        if site.cluster.attach is None and site.cluster.mode == "standard":
            yield case.always("network/nat", count(case.provider, "system_nodes"))
        yield from case.by_use("network/nat", "network/nat-data", "network/internet-data")
    yield from case.by_use("network/endpoint-data", "network/queries")
    yield from case.by_use("network/zone-data", "logs/ingested", "logs/stored")


def _kms(case: Case) -> Iterator[Charge]:
    """Versions of keys; a rotated key keeps the version before it, which is paid for as well."""
    key = "keys/hardware-key" if sensitive(case.blueprint) else "keys/key"
    yield case.always(key, count(case.provider, "keys"))
    yield from case.by_use(key, "keys/requests")


def _autopilot(case: Case) -> Iterator[Charge]:
    """Pods are billed by what they ask for; those with accelerators by the machine, and a share."""
    yield case.always("cluster/control-plane")
    yield from case.by_use("cluster/pod-cpu", "cluster/pod-memory", "disk/ssd", AUTOMATIC)
    yield from case.by_use("logs/ingested", "logs/stored")


def _database(case: Case) -> Iterator[Charge]:
    """Behind an endpoint of its own. AlloyDB's storage grows with what is in it."""
    database = managed_database(case.blueprint, case.site)
    yield case.always(f"database/{database.machine}", database.instances)
    yield case.always("network/endpoint")
    if database.elastic:
        yield from case.by_use("database/alloydb-storage", "database/alloydb-backup")
    else:
        yield case.always("database/storage", database.instances * database.gib)
        yield from case.by_use("database/backup")
    yield from case.by_use("network/endpoint-data", *WATCHED)


def _images(case: Case) -> Iterator[Charge]:
    return case.by_use("images/storage", "images/scans")


def _audit(case: Case) -> Iterator[Charge]:
    """Logs by volume, and the bucket that keeps them; where compliance asks, who is told."""
    yield from case.by_use("audit/data-events", "logs/ingested", "logs/stored")
    yield from object_store(case)
    if case.blueprint.compliance:
        yield from case.by_use("alarm/metric", "messages/notifications")


def _vpn(case: Case) -> Iterator[Charge]:
    """By the tunnel: one from each address of the gateway, to another cloud two."""
    tunnels = 2 if case.placement.engine == str(LinkVia.VPN) else 4
    yield case.always("network/vpn", tunnels)
    yield from case.by_use("network/internet-data")


def _line(case: Case) -> Iterator[Charge]:
    """The line itself is on the bill of whoever ordered it."""
    yield case.always("network/attachment")
    yield from case.by_use("network/line-data")


def _detection(case: Case) -> Iterator[Charge]:
    return case.by_use("detection/data", "messages/notifications")


def _kafka(case: Case) -> Iterator[Charge]:
    kafka = managed_kafka(case.blueprint, case.site)
    yield case.always("kafka/compute", kafka.vcpu)
    yield case.always("kafka/storage", kafka.storage_gib)
    yield from case.by_use("kafka/long-term-storage", "kafka/zone-data", *WATCHED)


def _airflow(case: Case) -> Iterator[Charge]:
    """By what its own parts and the tasks take; how much that is, it decides by itself."""
    yield from case.by_use("airflow/compute", "airflow/storage", "logs/ingested", "logs/stored")


def _dataplex(case: Case) -> Iterator[Charge]:
    return case.by_use("validation/jobs", "messages/schedule", "messages/notifications")


def _model_armor(case: Case) -> Iterator[Charge]:
    return case.by_use("guardrails/tokens")


def _vectors(case: Case) -> Iterator[Charge]:
    """A node that is there whoever asks, and a second one where data need care."""
    nodes = 2 if sensitive(case.blueprint) else 1
    yield case.always(f"vectors/{index_machine(case.blueprint, case.site)}", nodes)
    yield from case.by_use("vectors/build", "vectors/updates", *WATCHED)


def _metrics(case: Case) -> Iterator[Charge]:
    yield from case.by_use("metrics/samples", "metrics/queries")
    yield from case.by_use("messages/notifications", "logs/ingested", "logs/stored")


def _hosted(case: Case) -> Iterator[Charge]:
    """A machine for each replica, all to itself; a challenger has one more."""
    model = case.model
    if model and model.machine:
        more = int(bool(case.written and case.written.serve.challenger))
        fewest, most = model.replicas
        yield case.between(f"inference/{model.machine}", fewest + more, most + more)
    yield from case.by_use(*WATCHED)


def _hosted_runs(case: Case) -> Iterator[Charge]:
    """A machine as long as a run lasts."""
    model = case.model
    if model and model.machine:
        yield from case.by_use(f"inference/{model.machine}")
    yield from case.by_use("messages/schedule", "messages/notifications")


def _training(case: Case) -> Iterator[Charge]:
    return case.by_use("inference/run", "pipelines/transitions", "messages/schedule")


def _features(case: Case) -> Iterator[Charge]:
    """A node that answers, and tables of which by far the most is never asked for."""
    yield case.always("features/bigtable-node")
    yield from case.by_use("features/bigtable-node", "features/storage", "features/reads")


def _tracking(case: Case) -> Iterator[Charge]:
    return case.by_use("tracking/tensorboard", "tracking/metadata")


def _pipelines(case: Case) -> Iterator[Charge]:
    return case.by_use(
        "pipelines/run", "pipelines/transitions", "inference/run", "messages/notifications"
    )


GCP: Rules = MappingProxyType(
    {
        (C.VPC, NATIVE): _vpc,
        (C.KMS, NATIVE): _kms,
        (C.CLUSTER, "auto"): _autopilot,
        (C.DATABASE, NATIVE): _database,
        (C.IMAGE_REGISTRY, NATIVE): _images,
        (C.AUDIT_LOG, NATIVE): _audit,
        (C.DETECTION, NATIVE): _detection,
        (C.LINK, "interconnect"): _line,
        (C.LINK, "vpn"): _vpn,
        (C.LINK, "vpn/aws"): _vpn,
        (C.METRICS, NATIVE): _metrics,
        (C.INGESTION, "managed-kafka"): _kafka,
        (C.INGESTION, "airflow"): _airflow,
        (C.VALIDATION, "dataplex"): _dataplex,
        (C.GUARDRAILS, "model-armor"): _model_armor,
        (C.RAG, "vertex"): _vectors,
        (C.SERVING, "vertex"): _hosted,
        (C.SERVING, "vertex/batch"): _hosted_runs,
        (C.RETRAINING, "vertex"): _training,
        (C.FEATURES, "vertex"): _features,
        (C.TRACKING, "vertex"): _tracking,
        (C.PIPELINES, "vertex"): _pipelines,
    }
)
