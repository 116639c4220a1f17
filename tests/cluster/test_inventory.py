"""The inventory of a site, over every shipped platform as it stands."""

from __future__ import annotations

from tests.support.cluster.inventory import inventory_of
from tests.support.cluster.standing import Standing
from tests.support.cluster.waiting import until

from modelyard.contracts.inventory import Deviation, Expected, Found
from modelyard.engine.verify import expected
from modelyard.review.manifests import RELEASE


def planned(standing: Standing) -> list[Expected]:
    """What the cluster is to hold, of kinds that it knows; charts among it."""
    unknown = {t.resource.urn for t in standing.snapshot.things if t not in standing.known}
    provider = standing.snapshot.things[0].resource.provider
    return [
        expected(resource)
        for resource in standing.snapshot.graph
        if resource.provider == provider and resource.custom and resource.urn not in unknown
    ]


def deviations(standing: Standing) -> list[Found]:
    """All but what only charts bring about: nothing installs them here."""
    releases = {r.urn for r in standing.snapshot.graph.of_type(RELEASE)}
    return [
        found
        for found in inventory_of(standing).compare(planned(standing))
        if found.urn not in releases and not _waits_for_an_operator(found)
    ]


def _waits_for_an_operator(found: Found) -> bool:
    """Gateways say themselves that nobody has taken them up."""
    waits = found.name.startswith(("Gateway ", "GatewayClass "))
    return waits and found.why == "Accepted is Unknown: Waiting for controller"


def test_what_was_applied_is_as_planned(standing: Standing) -> None:
    """Nothing is missing, extra or late, and what the server filled in is no drift."""
    until(lambda: not deviations(standing), 20)
    assert deviations(standing) == []


def test_charts_that_nobody_installed_are_missing(standing: Standing) -> None:
    releases = {r.urn for r in standing.snapshot.graph.of_type(RELEASE)}
    mine = {item.urn for item in planned(standing)} & releases
    found = inventory_of(standing).compare(planned(standing))
    assert {f.urn: f.deviation for f in found if f.urn in releases} == dict.fromkeys(
        mine, Deviation.MISSING
    )


def test_a_gateway_that_nobody_takes_up_is_not_ready(standing: Standing) -> None:
    gateways = {str(thing) for thing in standing.known if thing.kind == "Gateway"}
    found = inventory_of(standing).compare(planned(standing))
    waiting = {f.name for f in found if f.name.startswith("Gateway ")}
    assert waiting == gateways
