"""What Envoy is told that takes requests to another site: names, certificates, where to look.

Asked in the clear inside the cluster, as the registry itself is; outside it shows a certificate,
and wants to see the other site's. Files of both are read again when they change. Source: Envoy
1.39, API v3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from modelyard.objects.there import PORT, service_there
from modelyard.plan.offered import host

CONFIG, CERTIFICATES = "/etc/envoy", "/etc/link"
SEEN = 9090
_ADMIN = 9901
"""On the loopback alone: whoever reaches it can change everything."""
_OWN, _AUTHORITY = "own.json", "authority.json"
_PATIENCE = "300s"
"""Between two bytes; an artifact may take as long as it likes."""


def envoy_config(names: Sequence[str], far: str, domain: str) -> Mapping[str, Any]:
    """For these names at the site `far`, whose host names end in `domain`."""
    hosts = {service_there(name, far): host(domain, name) for name in names}
    requests = [_way(service, there) for service, there in hosts.items()]
    seen = [_to("admin", path) for path in ("/stats/prometheus", "/ready")]
    return {
        # Without a name of its own it looks up no certificate.
        "node": {"id": far, "cluster": "egress"},
        "admin": {"address": _address("127.0.0.1", _ADMIN)},
        "static_resources": {
            "listeners": [
                _listener("requests", PORT, requests),
                _listener("seen", SEEN, [{"name": "seen", "domains": ["*"], "routes": seen}]),
            ],
            "clusters": [
                *(_there(*each) for each in hosts.items()),
                _cluster("admin", "127.0.0.1", _ADMIN),
            ],
        },
    }


def secret_files() -> Mapping[str, Mapping[str, Any]]:
    """Where certificates are, by the names of the files in which Envoy looks that up."""
    own = {"certificate_chain": "tls.crt", "private_key": "tls.key"}
    return {
        _OWN: _secret("tls_certificate", own),
        _AUTHORITY: _secret("validation_context", {"trusted_ca": "ca.crt"}),
    }


def _secret(kind: str, parts: Mapping[str, str]) -> Mapping[str, Any]:
    files = {key: {"filename": f"{CERTIFICATES}/{file}"} for key, file in parts.items()}
    value = {**files, "watched_directory": {"path": CERTIFICATES}}
    typed = {**_typed("extensions.transport_sockets.tls.v3.Secret"), "name": kind, kind: value}
    return {"resources": [typed]}


def _listener(name: str, port: int, hosts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    router = _typed("extensions.filters.http.router.v3.Router")
    kind = "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
    manager = {
        **_typed(kind),
        "stat_prefix": name,
        "route_config": {"name": name, "virtual_hosts": list(hosts)},
        # Hosts are told apart by their names, whichever port a client writes behind them.
        "strip_any_host_port": True,
        "stream_idle_timeout": _PATIENCE,
        "http_filters": [{"name": "envoy.filters.http.router", "typed_config": router}],
    }
    chain = {"filters": [{"name": "envoy.http", "typed_config": manager}]}
    return {"name": name, "address": _address("0.0.0.0", port), "filter_chains": [chain]}


def _way(service: str, there: str) -> Mapping[str, Any]:
    """In a cluster a Service is called by its name, alone or with its namespace behind it."""
    return {
        "name": service,
        "domains": [service, f"{service}.*"],
        "routes": [_to(service, host=there)],
    }


def _to(cluster: str, path: str | None = None, host: str | None = None) -> Mapping[str, Any]:
    match = {"prefix": "/"} if path is None else {"path": path}
    called = {"host_rewrite_literal": host} if host else {}
    return {"match": match, "route": {"cluster": cluster, "timeout": "0s", **called}}


def _there(service: str, there: str) -> Mapping[str, Any]:
    """By TLS 1.3, to who has a certificate of our authority for that very name."""
    named = [{"san_type": "DNS", "matcher": {"exact": there}}]
    context = {
        **_typed("extensions.transport_sockets.tls.v3.UpstreamTlsContext"),
        "sni": there,
        "common_tls_context": {
            # What asks stops at TLS 1.2 of itself.
            "tls_params": {
                "tls_minimum_protocol_version": "TLSv1_3",
                "tls_maximum_protocol_version": "TLSv1_3",
            },
            "tls_certificate_sds_secret_configs": [_looked_up("tls_certificate", _OWN)],
            "combined_validation_context": {
                "default_validation_context": {"match_typed_subject_alt_names": named},
                "validation_context_sds_secret_config": _looked_up(
                    "validation_context", _AUTHORITY
                ),
            },
        },
    }
    socket = {"name": "envoy.transport_sockets.tls", "typed_config": context}
    return {**_cluster(service, there, 443), "transport_socket": socket}


def _looked_up(kind: str, file: str) -> Mapping[str, Any]:
    source = {"path_config_source": {"path": f"{CONFIG}/{file}"}, "resource_api_version": "V3"}
    return {"name": kind, "sds_config": source}


def _cluster(name: str, address: str, port: int) -> Mapping[str, Any]:
    """One host, asked anew where names lead elsewhere by now."""
    endpoint = {"endpoint": {"address": _address(address, port)}}
    load = {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]}
    return {
        "name": name,
        "type": "LOGICAL_DNS",
        "connect_timeout": "10s",
        "load_assignment": load,
    }


def _address(host: str, port: int) -> Mapping[str, Any]:
    return {"socket_address": {"address": host, "port_value": port}}


def _typed(kind: str) -> Mapping[str, Any]:
    return {"@type": f"type.googleapis.com/envoy.{kind}"}
