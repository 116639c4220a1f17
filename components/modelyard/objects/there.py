"""What another site offers, as it is reached from here: by the pods that show our certificate."""

from __future__ import annotations

from modelyard.contracts.endpoint import Endpoint, Peer
from modelyard.objects.manifests import selector
from modelyard.plan.naming import fitted

_MOST = 63
"""Characters of a Service's name."""
PORT = 8080
"""Of the Services, and of the pods behind them: network policies look at the latter."""


def service_there(name: str, far: str) -> str:
    """The Service on this site that leads to what the other one offers under that name."""
    return fitted(f"{name}-at-{far}", _MOST)


def egress_name(far: str) -> str:
    """What goes to another site, with a certificate."""
    return fitted(f"egress-to-{far}", _MOST)


def host_there(namespace: str, name: str, far: str) -> str:
    """That Service's name in the whole cluster; `namespace` is the platform's own."""
    return f"{service_there(name, far)}.{namespace}.svc"


def endpoint_there(namespace: str, name: str, far: str) -> Endpoint:
    """Where it answers on this site."""
    pods = Peer(namespace, selector(egress_name(far)))
    return Endpoint(host=host_there(namespace, name, far), port=PORT, peer=pods)
