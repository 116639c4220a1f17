"""What Google Cloud bills in a way of its own: by the region, and services that only it has."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from types import MappingProxyType

from modelyard.blueprint.site import LinkVia
from modelyard.catalog.defaults import count
from modelyard.plan.capability import Capability as C
from modelyard.plan.charge import WATCHED, Case, Charge
from modelyard.plan.charges import AUTOMATIC, Rules, ingress, object_store
from modelyard.plan.chosen import ALLOYDB, index_machine, managed_database, managed_kafka
from modelyard.plan.facilities import NATIVE, sensitive
from modelyard.plan.hosted_machine import container_of

_RANGES = 10
"""Most address ranges of one rule of Cloud Armor; source: its quotas and limits."""


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


def _ingress(case: Case) -> Iterator[Charge]:
    """A rule lets everybody in, or the first ranges of a list; a longer list has more of them."""
    allowed = case.site.ingress.allow if case.site.ingress else ()
    return ingress(case, max(0, ceil(len(allowed) / _RANGES) - 1))


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


def _published(case: Case) -> Iterator[Charge]:
    """A load balancer of the kind that a service stands behind; its firewall is the way in's."""
    yield case.always("load-balancer/hour")
    yield from case.by_use("load-balancer/capacity", "firewall/requests")
    yield from case.by_use("logs/ingested", "logs/stored")


def _asking(case: Case) -> Iterator[Charge]:
    """An address behind which the other end answers, and the names that lead there."""
    yield case.always("network/endpoint")
    yield case.always("network/zone")
    yield from case.by_use("network/endpoint-data", "network/queries")


def _detection(case: Case) -> Iterator[Charge]:
    return case.by_use("detection/data", "messages/notifications")


def _kafka(case: Case) -> Iterator[Charge]:
    kafka = managed_kafka(case.blueprint, case.site)
    yield case.always("kafka/compute", kafka.vcpu)
    yield case.always("kafka/storage", kafka.storage_gib)
    yield from case.by_use("kafka/long-term-storage", "kafka/zone-data", *WATCHED)


def _airflow(case: Case) -> Iterator[Charge]:
    """By what its own parts and the tasks take; how much that is, it decides by itself."""
    yield from case.by_use("airflow/compute", "airflow/storage", *WATCHED)


def _workflows(case: Case) -> Iterator[Charge]:
    """Steps; the calls of other services among them cost more. The job is its owner's."""
    yield from case.by_use("pipelines/transitions", "pipelines/calls", "messages/schedule")
    yield from case.by_use(*WATCHED)


def _dataplex(case: Case) -> Iterator[Charge]:
    """Scans, and the tables that they read and write."""
    yield from case.by_use("validation/jobs", "messages/schedule", *WATCHED)
    yield from case.by_use("features/storage", "features/reads")


def _model_armor(case: Case) -> Iterator[Charge]:
    return case.by_use("guardrails/tokens")


def _vectors(case: Case) -> Iterator[Charge]:
    """A node that is there whoever asks, a second one where data need care, and the way there."""
    nodes = 2 if sensitive(case.blueprint) else 1
    yield case.always(f"vectors/{index_machine(case.blueprint, case.site)}", nodes)
    yield case.always("network/endpoint")
    yield from case.by_use("vectors/build", "vectors/updates", "network/endpoint-data", *WATCHED)


def _metrics(case: Case) -> Iterator[Charge]:
    yield from case.by_use("metrics/samples", "metrics/queries", *WATCHED)


def _hosted(case: Case) -> Iterator[Charge]:
    """A machine for each replica, all to itself, and the way to them that Google makes."""
    model = case.model
    if model and model.machine:
        yield case.between(f"inference/{model.machine}", *model.replicas)
    yield case.always("network/endpoint")
    yield from case.by_use("network/endpoint-data", *WATCHED)


def _containers(case: Case) -> Iterator[Charge]:
    """Containers by what they do; those that are always there by the hour, whatever they do."""
    model, written = case.model, case.written
    size = container_of(written, model.engine) if model and written else None
    if model and size and model.replicas[0]:
        fewest, most = model.replicas
        yield case.between("functions/kept-cpu", size.cores * fewest, size.cores * most)
        memory = size.memory_gib
        yield case.between("functions/kept-memory", memory * fewest, memory * most)
    yield from case.by_use("functions/requests", "functions/cpu", "functions/memory")
    yield from _accelerated(case)
    yield from case.by_use(*WATCHED)


def _container_runs(case: Case) -> Iterator[Charge]:
    """A container as long as a run lasts."""
    yield from case.by_use("functions/always-cpu", "functions/always-memory")
    yield from _accelerated(case)
    yield from case.by_use("messages/schedule", *WATCHED)


def _accelerated(case: Case) -> Iterator[Charge]:
    if case.model and case.model.machine:
        yield from case.by_use("functions/gpu")


def _training(case: Case) -> Iterator[Charge]:
    """A run with its machines, what conducts it and starts it, and who hears when it fails."""
    yield from case.by_use("pipelines/run", "inference/run", "messages/schedule")
    yield from case.by_use("pipelines/transitions", "pipelines/calls", *WATCHED)


def _features(case: Case) -> Iterator[Charge]:
    """A node that answers, and tables of which by far the most is never asked for."""
    features = case.blueprint.features
    if features and any(group.online for group in features.groups):
        yield case.always("features/bigtable-node")
        yield from case.by_use("features/bigtable-node")
    yield from case.by_use("features/storage", "features/reads")


def _tracking(case: Case) -> Iterator[Charge]:
    return case.by_use("tracking/tensorboard", "tracking/metadata")


def _pipelines(case: Case) -> Iterator[Charge]:
    return case.by_use("pipelines/run", "inference/run")


def _promotion(case: Case) -> Iterator[Charge]:
    """Who may approve is told."""
    return case.by_use("alarm/metric", "messages/notifications")


GCP: Rules = MappingProxyType(
    {
        (C.VPC, NATIVE): _vpc,
        (C.KMS, NATIVE): _kms,
        (C.CLUSTER, "auto"): _autopilot,
        (C.DATABASE, NATIVE): _database,
        (C.DATABASE, "alloydb"): _database,
        (C.INGRESS, NATIVE): _ingress,
        (C.DATABASE, ALLOYDB): _database,
        (C.IMAGE_REGISTRY, NATIVE): _images,
        (C.AUDIT_LOG, NATIVE): _audit,
        (C.DETECTION, NATIVE): _detection,
        (C.LINK, "interconnect"): _line,
        (C.LINK, "private-service/out"): _asking,
        (C.LINK, "private-service/gcp/out"): _asking,
        (C.ENDPOINT_SERVICE, NATIVE): _published,
        (C.LINK, "vpn"): _vpn,
        (C.LINK, "vpn/aws"): _vpn,
        (C.METRICS, NATIVE): _metrics,
        (C.INGESTION, "managed-kafka"): _kafka,
        (C.INGESTION, "airflow"): _airflow,
        (C.INGESTION, "workflows"): _workflows,
        (C.VALIDATION, "dataplex"): _dataplex,
        (C.GUARDRAILS, "model-armor"): _model_armor,
        (C.RAG, "vertex"): _vectors,
        (C.SERVING, "vertex"): _hosted,
        (C.SERVING, "cloud-run"): _containers,
        (C.SERVING, "cloud-run/batch"): _container_runs,
        (C.RETRAINING, "vertex"): _training,
        (C.FEATURES, "vertex"): _features,
        (C.TRACKING, "vertex"): _tracking,
        (C.PIPELINES, "vertex"): _pipelines,
        (C.PROMOTION, "vertex"): _promotion,
    }
)
