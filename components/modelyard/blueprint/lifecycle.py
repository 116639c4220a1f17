"""Where models are kept and built: registry, tracking, pipelines."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from modelyard.blueprint.business import Kpi, Scrape
from modelyard.blueprint.section import Flag, Name, Section, Text
from modelyard.blueprint.serve import Resources
from modelyard.blueprint.units import Duration, Memory


class RegistryEngine(StrEnum):
    MLFLOW = "mlflow"
    SAGEMAKER = "sagemaker"
    VERTEX = "vertex"
    HUGGINGFACE = "huggingface"
    WANDB = "wandb"
    DATABRICKS = "databricks"
    NEPTUNE = "neptune"


class Registry(Section):
    """The model registry: versions, aliases, and what each was made from."""

    engine: RegistryEngine = RegistryEngine.MLFLOW
    on: Name | None = None
    replicas: Annotated[tuple[Name, ...], Field(max_length=50)] = ()
    """Other sites with a registry of their own, which follows what aliases name in this one."""
    share: tuple[Annotated[str, Field(pattern=r"^[0-9]{12}$")], ...] = ()
    """Accounts of AWS that may read the approved and all other versions, in quotes."""


class Tracking(Section):
    """Experiment tracking; the registry's own engine when this section is left out."""

    engine: RegistryEngine = RegistryEngine.MLFLOW
    on: Name | None = None
    size: Literal["small", "medium", "large"] | None = None
    """A server of SageMaker's own, of that size; without it an app that is paid for by use."""


class PipelineEngine(StrEnum):
    ARGO = "argo"
    KUBEFLOW = "kubeflow"
    PREFECT = "prefect"
    AIRFLOW = "airflow"
    ZENML = "zenml"
    SAGEMAKER = "sagemaker"
    VERTEX = "vertex"
    AZUREML = "azureml"
    DATABRICKS = "databricks"


class Pipelines(Section):
    """What runs training and promotion."""

    engine: PipelineEngine = PipelineEngine.ARGO
    on: Name | None = None
    keep: Duration | None = None
    """How long finished runs are kept; a week when left out."""


class MonitoringEngine(StrEnum):
    PROMETHEUS = "prometheus"
    CLOUDWATCH = "cloudwatch"
    AMAZON = "amazon-managed-prometheus"
    GOOGLE = "google-managed-prometheus"
    WHYLABS = "whylabs"
    ARIZE = "arize"
    FIDDLER = "fiddler"


class PrometheusAttach(Section):
    """A Prometheus that is there already, run by the Prometheus operator."""

    url: str
    """Where it answers queries, such as `http://prometheus-operated.monitoring:9090`."""
    namespace: Name
    """Where it runs: NetworkPolicies let it in from there."""
    labels: dict[str, str] = {}
    """Labels by which it selects ServiceMonitors and PrometheusRules."""


class Monitoring(Section):
    """Metrics, alerts and dashboards of the whole platform."""

    engine: MonitoringEngine = MonitoringEngine.PROMETHEUS
    on: Name | None = None
    retention: Duration | None = None
    """How long metrics are kept; 15 days when left out."""
    storage: Memory | None = None
    attach: PrometheusAttach | None = None
    """Use a Prometheus that is there already."""
    alert_to: str | None = None
    """Webhook that alerts are sent to."""
    grafana: Flag = False
    """Whether the cloud runs dashboards as well, for whom its single sign-on knows."""
    business: tuple[Kpi, ...] = ()
    """Numbers that the models are there for, shown and warned of beside what they measure."""
    scrape: tuple[Scrape, ...] = ()
    """Applications that tell these numbers, where Prometheus does not find them by itself."""


class Jobs(Section):
    """What checks models inside the platform."""

    image: Text | None = None
    """A build of one's own of Modelyard's `jobs/`."""
    resources: Resources = Resources.left_out()
    """What a run asks for: a core, and 4Gi, which hold some million rows."""
