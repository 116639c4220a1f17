"""Providers that fail, are slow, or make what does not become ready; and that know their cloud.

The simulated providers are only worth something if they refuse what real ones refuse.
"""

from __future__ import annotations

from collections.abc import Callable

import pulumi
import pytest
from tests.engine.backend import Backend
from tests.engine.runs import Run, carried_out, deployment, names, only
from tests.engine.states import differing, of_graph, of_state, standing, things
from tests.support.programs import config_map
from tests.support.programs import deployment as workload
from tests.support.shipped import Case, planned, recorded
from tests.support.simulated.orders import Kind, Order, give, take_back

from modelyard.engine.stack import FailedError, Stack
from modelyard.objects.objects import KubernetesObject

CASE = Case("quickstart.yaml", None)
STATEFUL_SET = "kubernetes:apps/v1:StatefulSet"
"""Fails while much of what stands beside it is on its way."""


@pytest.mark.parametrize(
    "order",
    [
        Order(Kind.FAIL, "Create", STATEFUL_SET, 1, message="etcdserver: no space"),
        Order(Kind.FAIL, "Create", STATEFUL_SET, 1, message="etcdserver: no space", after=True),
        Order(Kind.FAIL, "Create", "kubernetes:core/v1:Namespace", 2, message="quota exceeded"),
        Order(Kind.UNREADY, "Create", STATEFUL_SET, 2, message="0 of 1 replicas are ready"),
        Order(Kind.FAIL, "Create", nth=40, message="connection reset by peer"),
    ],
    ids=lambda order: f"{order.kind}-{order.type.rpartition(':')[2] or 'any'}-{order.after}",
)
def test_a_failure_is_told_and_the_next_run_finishes(order: Order, quick: Backend) -> None:
    number = give(quick.cloud, order)
    with quick.open(planned(CASE).plan) as stack:
        with pytest.raises(FailedError, match=order.message):
            carried_out(stack.up)
        take_back(quick.cloud, number)
        if order.after:
            take_away_unheard(stack, quick)
        carried_out(stack.up)
        state = deployment(stack)
        assert differing(of_state(state), of_graph(recorded(CASE))) == []
        assert things(state) == standing(quick.cloud.things())


def take_away_unheard(stack: Stack, backend: Backend) -> None:
    """What was made although the provider said that it was not: the next run tells which it is,
    and takes nothing over; somebody has to.
    """
    known = things(deployment(stack))
    [unheard] = [t for t in backend.cloud.things() if (t.place, t.type, t.id) not in known]
    with pytest.raises(FailedError, match=f'"{unheard.id.rpartition("/")[2]}" already exists'):
        carried_out(stack.up)
    backend.cloud.remove(unheard)


def test_slow_providers_are_asked_at_the_same_time(quick: Backend) -> None:
    give(quick.cloud, Order(Kind.DELAY, "Create", seconds=0.2))
    with quick.open(planned(CASE).plan) as stack:
        carried_out(stack.up)
    calls = quick.cloud.calls("Create")
    assert all(call.seconds >= 0.2 for call in calls)
    assert len(calls) == sum(resource.custom for resource in recorded(CASE)) - PROVIDERS


PROVIDERS = 2
"""Of the quickstart: the engine makes them itself."""


def ran(backend: Backend, *programs: Callable[[], object]) -> list[Run]:
    """What each program, after the one before, changes of one stack."""
    runs = []
    with backend.open(planned(CASE).plan, "small") as stack:
        for program in programs:
            stack.opened.workspace.program = program
            runs.append(carried_out(stack.up))
    return runs


def provider() -> pulumi.ProviderResource:
    return pulumi.ProviderResource("kubernetes", "cluster", {"clusterIdentifier": "one"})


def demo(*, workload_labels: str = "a", data: str = "x") -> None:
    """A namespace with a map and a workload in it."""
    cluster = provider()
    options = pulumi.ResourceOptions(provider=cluster)
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "demo"}}
    made = KubernetesObject("demo", namespace, options)
    config_map("settings", {"a": data}, provider=cluster, depends_on=[made])
    workload(f"server-{workload_labels}", provider=cluster, depends_on=[made])


def test_a_map_is_replaced_where_the_provider_was_not_told_otherwise(quick: Backend) -> None:
    _, run = ran(quick, demo, lambda: demo(data="y"))
    assert names(only(run.changes, "replace")) == ["settings"]
    assert len(run.changes) == 1


def test_another_name_is_another_object(quick: Backend) -> None:
    _, run = ran(quick, demo, lambda: demo(workload_labels="b"))
    assert {op: names(only(run.changes, op)) for op in ("create", "delete")} == {
        "create": ["server-b"],
        "delete": ["server-a"],
    }


def test_what_exists_is_not_made_again(quick: Backend) -> None:
    """The real provider does no longer take over what it did not make (4.29)."""

    def twice() -> None:
        cluster = provider()
        manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "demo"}}
        for number in (1, 2):
            KubernetesObject(f"n{number}", manifest, pulumi.ResourceOptions(provider=cluster))

    with pytest.raises(FailedError, match="already exists"):
        ran(quick, twice)


def test_a_namespace_has_to_be_there(quick: Backend) -> None:
    with pytest.raises(FailedError, match='namespaces "demo" not found'):
        ran(quick, lambda: config_map("settings", {"a": "x"}, provider=provider()))


def test_a_namespace_takes_all_with_it(quick: Backend) -> None:
    ran(quick, demo)
    assert len(quick.cloud.things()) == 3
    ran(quick, lambda: None)
    assert quick.cloud.things() == []


def test_what_is_changed_behind_its_back_is_put_right(quick: Backend) -> None:
    """Somebody scales a workload: a refresh tells, and an `up` puts it back."""
    with quick.open(planned(CASE).plan, "small") as stack:
        stack.opened.workspace.program = demo
        carried_out(stack.up)
        [thing] = [thing for thing in quick.cloud.things() if thing.type.endswith(":Deployment")]
        live = quick.cloud.properties(thing)
        live.fields["spec"].struct_value.fields["replicas"].number_value = 7
        quick.cloud.put(thing, live)
        carried_out(stack.refresh)
        assert names(only(carried_out(stack.up).changes, "update")) == ["server-a"]
        assert quick.cloud.read(thing)["spec"]["replicas"] == 2
