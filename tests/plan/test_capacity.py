"""What is free on nodes, against a list of nodes that is filled one replica at a time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from modelyard.plan.capacity import Capacity

FREE = st.dictionaries(st.integers(0, 8), st.integers(1, 4), max_size=4)
PARALLEL = st.integers(1, 8)


def one_by_one(capacity: Capacity, parallel: int, replicas: int) -> Capacity:
    nodes = sorted(free for free, count in capacity.free.items() for _ in range(count))
    for _ in range(replicas):
        fits = [i for i, free in enumerate(nodes) if free >= parallel]
        if not fits:
            break
        nodes[fits[0]] -= parallel
    return Capacity({free: nodes.count(free) for free in set(nodes)})


@given(FREE, PARALLEL)
def test_room_is_what_can_be_taken_one_by_one(free: dict[int, int], parallel: int) -> None:
    capacity = Capacity(free)
    room = capacity.room(parallel)
    emptied = one_by_one(capacity, parallel, room)
    assert emptied.room(parallel) == 0
    assert capacity.accelerators - emptied.accelerators == room * parallel


@given(FREE, PARALLEL, st.integers(0, 40))
def test_taking_at_once_is_taking_one_by_one(
    free: dict[int, int], parallel: int, replicas: int
) -> None:
    capacity = Capacity(free)
    assert capacity.take(parallel, replicas) == one_by_one(capacity, parallel, replicas)


@given(FREE, PARALLEL, st.integers(0, 40))
def test_no_node_is_lost_or_overfull(free: dict[int, int], parallel: int, replicas: int) -> None:
    capacity = Capacity(free)
    left = capacity.take(parallel, replicas)
    assert left.nodes == capacity.nodes
    assert left.least >= 0


def test_a_replica_never_spans_two_nodes() -> None:
    """Two nodes of three: 6 accelerators, and room for two replicas of two."""
    assert Capacity.of(nodes=2, each=3).room(2) == 2


def test_the_fullest_node_is_filled_first() -> None:
    """What is left over stays whole: a model of four still finds its node."""
    left = Capacity({1: 1, 4: 1}).take(1, 1)
    assert left == Capacity({0: 1, 4: 1})
    assert left.room(4) == 1


def test_a_fleet_of_a_billion_nodes_is_no_loop() -> None:
    left = Capacity.of(nodes=10**9, each=8).take(3, 10**9)
    assert left == Capacity({2: 5 * 10**8, 8: 5 * 10**8})


def test_one_on_each_node() -> None:
    assert Capacity({1: 3, 4: 1}).everywhere(1) == Capacity({0: 3, 3: 1})


def test_more_nodes() -> None:
    assert Capacity({2: 1}).plus(2, 3).plus(8, 1) == Capacity({2: 4, 8: 1})
    assert Capacity({}).plus(8, 0) == Capacity({})
