"""Which alerts fire of a model, as Prometheus sees it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

from modelyard_jobs.config import Section
from modelyard_jobs.errors import Unavailable

_PATIENCE = 30


class Alerts(Section):
    """Whom to ask, and for what."""

    on: tuple[str, ...]
    """Names of alerts; one that fires is enough."""
    prometheus: str
    """Its address."""
    platform: str | None = None
    """As the alerts are labelled, where Prometheus watches several."""


def firing(alerts: Alerts, model: str) -> tuple[str, ...]:
    """Their names. Raises `Unavailable` where Prometheus does not answer."""
    names = json.dumps("|".join(alerts.on))
    whose = f"model={json.dumps(model)}"
    if alerts.platform:
        whose += f",platform={json.dumps(alerts.platform)}"
    query = f'ALERTS{{alertname=~{names},alertstate="firing",{whose}}}'
    found = _asked(f"{alerts.prometheus.rstrip('/')}/api/v1/query?{urlencode({'query': query})}")
    return tuple(sorted({each["metric"]["alertname"] for each in found}))


def _asked(address: str) -> list[dict[str, Any]]:
    try:
        with urlopen(address, timeout=_PATIENCE) as answer:
            return json.load(answer)["data"]["result"]
    except (OSError, ValueError, KeyError) as error:
        what = f"Prometheus does not answer {address}: {error}"
        raise Unavailable(what, "see that it runs and that this job may reach it") from error
