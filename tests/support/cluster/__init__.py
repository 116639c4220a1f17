"""A control plane of Kubernetes on this machine, with simulated nodes.

etcd, API server, controllers, scheduler and kwok, as `make tools` builds them. Pods are placed and
become ready; nothing in them runs.
"""

from __future__ import annotations

from tests.support.cluster.control_plane import ControlPlane, reason_to_skip
from tests.support.cluster.nodes import Node

__all__ = ["ControlPlane", "Node", "reason_to_skip"]
