"""Shows MLflow's metrics to Prometheus, from the files that the server's processes write.

MLflow's own `/metrics` answers administrators alone. This is a port of its own instead, that only
Prometheus may reach. Environment: `PROMETHEUS_MULTIPROC_DIR`, `METRICS_PORT`.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping


def main(environment: Mapping[str, str]) -> None:
    """Answer until told to stop."""
    from prometheus_client import CollectorRegistry, start_http_server  # type: ignore[import-not-found]
    from prometheus_client.multiprocess import MultiProcessCollector  # type: ignore[import-not-found]

    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=environment["PROMETHEUS_MULTIPROC_DIR"])
    start_http_server(int(environment["METRICS_PORT"]), registry=registry)
    threading.Event().wait()


if __name__ == "__main__":
    main(os.environ)
