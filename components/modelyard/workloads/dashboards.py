"""Dashboards of the catalog as Grafana reads them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from string import Template
from typing import Any

from modelyard.blueprint.business import Kpi, Unit
from modelyard.catalog.dashboards import Dashboard, Panel
from modelyard.objects.manifests import Manifest, config_map

_COLUMNS = 24
_UID = 40
"""Characters that Grafana allows in a dashboard's uid."""
_HEIGHT = {"timeseries": 8, "stat": 4, "gauge": 4}
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
_UNITS = {
    Unit.NUMBER: "short",
    Unit.USD: "currencyUSD",
    Unit.EUR: "currencyEUR",
    Unit.SHARE: "percentunit",
    Unit.SECONDS: "s",
    Unit.PER_SECOND: "cps",
}
"""How Grafana calls the units of the blueprint."""
FOUND_BY = {"grafana_dashboard": "1"}
"""Label by which Grafana's sidecar finds dashboards."""


def dashboard_maps(
    scope: str, shown: Iterable[Dashboard], values: Mapping[str, str]
) -> Iterator[Manifest]:
    """Each dashboard in a ConfigMap of its own; `values` fill in its queries."""
    for dashboard in shown:
        name, model = dashboard.id, dashboard_json(scope, dashboard, values)
        text = json.dumps(model, indent=1, ensure_ascii=False)
        manifest = config_map(f"dashboard-{name}", {f"{scope}-{name}.json": text})
        yield {**manifest, "metadata": {**manifest["metadata"], "labels": FOUND_BY}}


def business_dashboard(kpis: Iterable[Kpi]) -> Dashboard:
    """A panel for each number that the models are there for, with the limits that it is held to."""
    return Dashboard(id="business", title="Business", panels=tuple(map(_of_kpi, kpis)))


def _of_kpi(kpi: Kpi) -> Panel:
    limits = {"not above": kpi.above, "not below": kpi.below}
    held = {legend: f"vector({it:g})" for legend, it in limits.items() if it is not None}
    # A dollar of the query's own is not the name of a value to fill in.
    queries = {kpi.name: kpi.query.replace("$", "$$"), **held}
    return Panel(title=kpi.title or kpi.name, queries=queries, unit=_UNITS[kpi.unit], at_least=None)


def dashboard_json(
    scope: str, dashboard: Dashboard, values: Mapping[str, str]
) -> Mapping[str, Any]:
    """A dashboard in the shape of Grafana's own export, schema version 39."""
    return {
        "uid": f"{scope}-{dashboard.id}"[-_UID:].lstrip("-"),
        "title": f"{scope}: {dashboard.title}",
        "tags": ["modelyard", scope],
        "schemaVersion": 39,
        "editable": False,
        "refresh": "1m",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [_source_variable()]},
        "panels": list(_laid_out(dashboard.panels, values)),
    }


def _source_variable() -> Mapping[str, Any]:
    return {
        "name": "datasource",
        "type": "datasource",
        "query": "prometheus",
        "label": "Prometheus",
    }


def _laid_out(panels: Iterable[Panel], values: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    """Side by side as far as they fit, then in the next row."""
    x = y = height = 0
    for number, panel in enumerate(panels, start=1):
        if x + panel.width > _COLUMNS:
            x, y, height = 0, y + height, 0
        place = {"x": x, "y": y, "w": panel.width, "h": _HEIGHT[panel.kind]}
        yield {"id": number, "gridPos": place, **_panel(panel, values)}
        x, height = x + panel.width, max(height, place["h"])


def _panel(panel: Panel, values: Mapping[str, str]) -> Mapping[str, Any]:
    targets = [
        {
            "refId": chr(ord("A") + position),
            "datasource": _SOURCE,
            "expr": Template(query).safe_substitute(values),
            "legendFormat": legend,
        }
        for position, (legend, query) in enumerate(panel.queries.items())
    ]
    least = {} if panel.at_least is None else {"min": panel.at_least}
    return {
        "type": panel.kind,
        "title": panel.title,
        "datasource": _SOURCE,
        "fieldConfig": {"defaults": {"unit": panel.unit, **least}, "overrides": []},
        "targets": targets,
    }
