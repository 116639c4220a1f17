"""Chart values that follow from a blueprint: what `catalog/operators.yaml` cannot know."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from modelyard.blueprint.gpus import Sharing
from modelyard.blueprint.lifecycle import Monitoring
from modelyard.blueprint.site import Carries, ClusterSite, OnPremSite
from modelyard.blueprint.units import show_duration, show_memory
from modelyard.catalog.images import image
from modelyard.catalog.operators import PROMETHEUS, SetChart, operator
from modelyard.contracts.cluster import ClusterArgs
from modelyard.contracts.context import Purpose
from modelyard.contracts.monitoring import CENTRAL, CENTRAL_PORT, PATH, ROUTE, SENDER
from modelyard.objects.manifests import claim_spec
from modelyard.objects.there import endpoint_there
from modelyard.objects.workflows import CONTAINER_SECURITY, RUNNER, run_defaults
from modelyard.plan.far import watched_from, watching
from modelyard.plan.offered import METRICS, by_certificate
from modelyard.plan.overflow import hands_on
from modelyard.sites.kubernetes.identity import namespace_name
from modelyard.sites.kubernetes.references import SECRET
from modelyard.sites.kubernetes.secrets import landing_on

Values = Mapping[str, Any]

_MOUNTED = "/etc/alertmanager/secrets"

TIME_SLICED = "time-sliced"
"""Name of the device plugin's configuration for GPUs that are shared by turns."""


def values_of(item: SetChart, args: ClusterArgs) -> Values:
    """The values of one chart: the catalog's, those for metrics and for the edge, and those of the
    blueprint.
    """
    values = item.values
    if _monitored(args):
        values = laid_over(values, item.monitored)
    if isinstance(args.site, ClusterSite) and args.site.edge:
        values = laid_over(values, item.edge)
    if own := _OF_BLUEPRINT.get(item.chart.id):
        values = laid_over(values, own(args))
    return values


def laid_over(base: Values, over: Values) -> Values:
    """Values merged as Helm merges them: mappings key by key, anything else replaced."""
    merged = dict(base)
    for key, value in over.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = laid_over(merged[key], value) if both else value
    return merged


def prometheus_url(args: ClusterArgs) -> str:
    """Where the cluster's Prometheus answers queries."""
    monitoring = args.blueprint.monitoring
    if monitoring and monitoring.attach:
        return monitoring.attach.url
    return f"http://{PROMETHEUS}-prometheus.{operator(PROMETHEUS).namespace}:9090"


def _monitored(args: ClusterArgs) -> bool:
    return PROMETHEUS in (*args.site_plan.operators, *args.site_plan.attached_operators)


def _prometheus(args: ClusterArgs) -> Values:
    settings = args.blueprint.monitoring or Monitoring()
    retention = show_duration(settings.retention) if settings.retention else "15d"
    spec: dict[str, Any] = {"retention": retention}
    if settings.storage:
        claim = claim_spec(show_memory(settings.storage), args.site.volume_class)
        spec["storageSpec"] = {"volumeClaimTemplate": {"spec": claim}}
    alerts = _alertmanager(args, settings.alert_to) if settings.alert_to else {}
    sent = {**spec, **_sending(args)}
    return {"prometheus": {"prometheusSpec": sent}, **_all_sites(args), **alerts}


def _sending(args: ClusterArgs) -> Values:
    """Metrics go where those of several sites come together, with the name of this one."""
    near, home = args.site_plan.name, watching(args.blueprint)
    senders = watched_from(args.blueprint)
    if near not in (*senders, *([home] if senders else [])):
        return {}
    to = {"url": f"{_central(args)}{PATH}"} if near == home else _to(args, home)
    return {"externalLabels": {"site": near}, "remoteWrite": [to]}


def _to(args: ClusterArgs, home: str) -> Values:
    user, password = ({"name": SENDER, "key": key} for key in ("username", "password"))
    login = {"username": user, "password": password}
    return {"url": f"{_way_to(args, home)}{PATH}", "basicAuth": login}


def _way_to(args: ClusterArgs, home: str) -> str:
    """The other site's gateway, or what goes there with a certificate."""
    if by_certificate(args.blueprint, args.site_plan.name, home, Carries.METRICS):
        own = namespace_name(args.context, Purpose.PLATFORM)
        return endpoint_there(own, METRICS, home).url
    ingress = args.blueprint.sites[home].ingress
    assert ingress is not None  # metrics are sent only where a way leads in
    return f"https://{ROUTE}.{ingress.domain}"


def _all_sites(args: ClusterArgs) -> Values:
    """In Grafana, beside what this site's own Prometheus knows."""
    if args.site_plan.name != watching(args.blueprint) or not watched_from(args.blueprint):
        return {}
    source = {"name": "All sites", "type": "prometheus", "access": "proxy", "url": _central(args)}
    return {"grafana": {"additionalDataSources": [source]}}


def _central(args: ClusterArgs) -> str:
    namespace = namespace_name(args.context, Purpose.PLATFORM)
    return f"http://{CENTRAL}.{namespace}.svc:{CENTRAL_PORT}"


def _alertmanager(args: ClusterArgs, webhook: str) -> Values:
    """Everything goes to the webhook, except the alert that only proves that alerts work.

    A secret address is read from where Alertmanager mounts the Secret, which monitoring brings.
    """
    secret = landing_on(args.site, webhook) if webhook.startswith(SECRET) else None
    to = {"url_file": f"{_MOUNTED}/{secret.secret}/{secret.key}"} if secret else {"url": webhook}
    silent = {"receiver": "null", "matchers": ['alertname = "Watchdog"']}
    grouped = {"receiver": "webhook", "group_by": ["namespace", "alertname"]}
    receivers = [{"name": "null"}, {"name": "webhook", "webhook_configs": [to]}]
    config = {"route": {**grouped, "routes": [silent]}, "receivers": receivers}
    mounted = [secret.secret] if secret else []
    return {"alertmanager": {"config": config, "alertmanagerSpec": {"secrets": mounted}}}


def _opencost(args: ClusterArgs) -> Values:
    return {
        "opencost": {
            "exporter": {"defaultClusterId": args.context.scope},
            "prometheus": {
                "internal": {"enabled": False},
                "external": {"enabled": True, "url": prometheus_url(args)},
            },
        }
    }


def _envoy_gateway(args: ClusterArgs) -> Values:
    """Backends outside the cluster are off by default: whoever may make one reaches anything."""
    here = args.site_plan.fleet or args.site_plan.name
    if not hands_on(args.blueprint, here):
        return {}
    return {"config": {"envoyGateway": {"extensionApis": {"enableBackend": True}}}}


def _tolerations(args: ClusterArgs) -> list[Values]:
    return [{"key": args.site.gpus.taint, "operator": "Exists"}]


def _sharing(args: ClusterArgs) -> Sharing | None:
    return args.site.gpus.sharing if isinstance(args.site, ClusterSite) else None


def _sliced(replicas: int) -> str:
    """Configuration of the device plugin; YAML is a superset of the JSON written here."""
    resources = [{"name": "nvidia.com/gpu", "replicas": replicas}]
    slicing = {"failRequestsGreaterThanOne": True, "resources": resources}
    return json.dumps({"version": "v1", "sharing": {"timeSlicing": slicing}})


def _device_plugin(args: ClusterArgs) -> Values:
    sharing, tolerations = _sharing(args), _tolerations(args)
    values: dict[str, Any] = {
        "tolerations": tolerations,
        "nfd": {"worker": {"tolerations": tolerations}},
    }
    if sharing and sharing.time_slicing:
        config = {TIME_SLICED: _sliced(sharing.time_slicing)}
        values["config"] = {"map": config, "default": TIME_SLICED}
    if sharing and sharing.mig:
        values["migStrategy"] = "mixed"
    return values


def _gpu_operator(args: ClusterArgs) -> Values:
    sharing, tolerations = _sharing(args), _tolerations(args)
    values: dict[str, Any] = {
        "daemonsets": {"tolerations": tolerations},
        "node-feature-discovery": {"worker": {"tolerations": tolerations}},
    }
    if sharing and sharing.time_slicing:
        config = {"create": True, "name": TIME_SLICED, "default": TIME_SLICED}
        data = {TIME_SLICED: _sliced(sharing.time_slicing)}
        values["devicePlugin"] = {"config": {**config, "data": data}}
    if sharing and sharing.mig:
        profile = sharing.mig.replace("+", ".")
        values["mig"] = {"strategy": "mixed"}
        values["migManager"] = {"config": {"default": f"all-{profile}"}}
    return values


def _dcgm(args: ClusterArgs) -> Values:
    return {"tolerations": _tolerations(args)}


def _argo_workflows(args: ClusterArgs) -> Values:
    """Where runs may be, what each of them has, and what keeps Argo's own containers restricted."""
    keep = args.blueprint.pipelines.keep if args.blueprint.pipelines else None
    spaces = [namespace_name(args.context, p) for p in (Purpose.TRAINING, Purpose.PRODUCTION)]
    return {
        "controller": {
            "workflowNamespaces": spaces,
            "workflowDefaults": {"spec": {**run_defaults(keep), "serviceAccountName": RUNNER}},
        },
        "mainContainer": {"securityContext": CONTAINER_SECURITY},
        "executor": {
            "securityContext": CONTAINER_SECURITY,
            "resources": {
                "requests": {"cpu": "50m", "memory": "64Mi"},
                "limits": {"memory": "512Mi"},
            },
        },
    }


def _local_path(args: ClusterArgs) -> Values:
    """The class of its volumes, and where on the nodes they are."""
    helper = image("busybox")
    values: dict[str, Any] = {
        "helperImage": {"repository": helper.repository, "tag": helper.tag},
        "storageClass": {"provisionerName": "rancher.io/local-path"},
    }
    if isinstance(args.site, OnPremSite):
        storage = args.site.storage
        made = {"name": args.site.volume_class, "defaultClass": storage.default}
        values["storageClass"] |= made
        everywhere = "DEFAULT_PATH_FOR_NON_LISTED_NODES"
        values["nodePathMap"] = [{"node": everywhere, "paths": [storage.path]}]
    return values


def _metrics_server(args: ClusterArgs) -> Values:
    """Kubelets of a bare cluster have certificates that only they themselves have signed."""
    bare = isinstance(args.site, OnPremSite)
    return {"args": ["--kubelet-insecure-tls"]} if bare else {}


_OF_BLUEPRINT: Mapping[str, Callable[[ClusterArgs], Values]] = {
    "kube-prometheus-stack": _prometheus,
    "opencost": _opencost,
    "nvidia-device-plugin": _device_plugin,
    "gpu-operator": _gpu_operator,
    "dcgm-exporter": _dcgm,
    "argo-workflows": _argo_workflows,
    "local-path-provisioner": _local_path,
    "metrics-server": _metrics_server,
    "envoy-gateway": _envoy_gateway,
}
"""By chart."""
