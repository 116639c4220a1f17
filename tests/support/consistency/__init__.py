"""What has to hold between the objects of a cluster, and no schema says.

Each rule takes a snapshot and what is `Elsewhere`, and yields what is wrong, in words.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.support.consistency import names, standing, traffic
from tests.support.consistency.elsewhere import Elsewhere, Wrong
from tests.support.snapshot import Snapshot

__all__ = ["RULES", "Elsewhere", "Rule"]

Rule = Callable[[Snapshot, Elsewhere], Wrong]
RULES: tuple[Rule, ...] = (
    names.unique_names,
    names.namespaces_exist,
    names.namespaces_come_first,
    names.references_resolve,
    names.certificates_are_signed,
    names.workflows_have_templates,
    names.nothing_is_idle,
    names.hosts_resolve,
    traffic.selectors_find_pods,
    traffic.services_reach_ports,
    traffic.ways_are_open_at_both_ends,
    traffic.policies_name_open_ports,
    traffic.monitors_find_metrics,
    traffic.routes_lead_somewhere,
    standing.scalers_find_targets,
    standing.roles_are_bound_to_somebody,
    standing.roles_are_all_bound,
    standing.volumes_are_there,
    standing.pods_are_restricted,
    standing.accelerators_are_whole,
    standing.objects_are_tagged,
    standing.pods_are_tagged,
)
