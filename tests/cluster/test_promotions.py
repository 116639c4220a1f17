"""Who lets a version into production, as the API server decides it, and not the command."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes.client import ApiClient, CustomObjectsApi
from tests.support.cluster import ControlPlane
from tests.support.cluster.argo import Controller, admitted
from tests.support.cluster.rights import Person, impersonating
from tests.support.cluster.standing import Standing
from tests.support.cluster.waiting import until

from modelyard.blueprint.errors import ModelyardError, RefusedError
from modelyard.blueprint.model import Approval
from modelyard.blueprint.site import ClusterAttach
from modelyard.contracts.promotion import Move, PromoterArgs, State, Verdict
from modelyard.plan.promotion import promoted
from modelyard.platform import context_of
from modelyard.sites.kubernetes.cluster_api import ClusterApi
from modelyard.sites.kubernetes.promotion import ClusterPromoter


class As(ClusterApi):
    """The cluster as somebody sees it."""

    def __init__(self, client: ApiClient, person: Person) -> None:
        super().__init__(ClusterAttach())
        self._acting = impersonating(client, person)

    def _connection(self) -> ApiClient:
        return self._acting


def people(standing: Standing, role: str, *names: str) -> list[Person]:
    """Persons of the first group that has a role, by names of their own."""
    subject = getattr(standing.plan.blueprint.access, role)[0]
    return [Person(name, Person.of(subject).groups) for name in names]


def waiting_model(standing: Standing) -> Any:
    """A model whose versions wait for somebody, where the site promotes any by Argo."""
    there = {p.model for p in standing.plan.capabilities if p.capability == "promotion"}
    found = [m for m in standing.plan.blueprint.models if promoted(m) and m.name in there]
    required = [m for m in found if m.promote.approval is Approval.REQUIRED]
    groups = all(":" in each for each in standing.plan.blueprint.access.approvers[:1])
    if not required or not groups or not standing.plan.blueprint.access.approvers:
        pytest.skip("nobody's approval is waited for here")
    return required[0]


@pytest.fixture
def ask(standing: Standing, control_plane: ControlPlane) -> Iterator[Any]:
    """The command's way to the cluster, by person; runs are carried out meanwhile."""
    model, client = waiting_model(standing), control_plane.client()
    args = PromoterArgs(
        site=standing.plan.blueprint.sites[standing.place.site],
        context=context_of(standing.plan),
        model=model,
        engine="argo",
        approvers=standing.plan.blueprint.access.approvers,
    )
    namespace = standing.namespaces["production"]
    admitted(standing.api, namespace)

    def promoter(person: Person) -> ClusterPromoter:
        return ClusterPromoter(args, As(client, person), look=0.1)

    with Controller(client, namespace).running():
        yield promoter
    CustomObjectsApi(client).delete_collection_namespaced_custom_object(
        "argoproj.io", "v1alpha1", namespace, "workflows"
    )


def silent(step: str) -> None:
    """Nobody listens."""


def test_one_approver_asks_and_another_lets_it_go_on(standing: Standing, ask: Any) -> None:
    ada, grace = people(standing, "approvers", "ada", "grace")
    steps: list[str] = []
    move = ask(ada).candidate(None, steps.append)
    assert (move.before, move.after, move.digest) == ("3", "7", "sha256:0f")
    assert [(g.name, g.verdict) for g in move.gates] == [
        ("auc", Verdict.PASSED),
        ("approval", Verdict.OPEN),
    ]
    asked = ask(ada).promote(move, "better", steps.append)
    assert asked.state is State.WAITING
    assert "who is not ada" in asked.why
    with pytest.raises(RefusedError, match="nobody approves what they asked for themselves"):
        ask(ada).approve(ask(ada).waiting("7", silent), "", silent)
    ended = ask(grace).approve(ask(grace).waiting(None, silent), "seen", steps.append)
    assert ended.state is State.DONE
    assert ended.run == asked.run
    assert steps[-1] == "move-alias: succeeded"
    with pytest.raises(ModelyardError, match="waits for approval"):
        ask(grace).waiting(None, silent)


def test_going_back_waits_for_nobody(standing: Standing, ask: Any) -> None:
    [ada] = people(standing, "approvers", "ada")
    move = ask(ada).previous(silent)
    assert all(gate.verdict is not Verdict.OPEN for gate in move.gates)
    assert ask(ada).roll_back(move, "errors", silent).state is State.DONE


def test_whoever_trains_neither_asks_nor_approves(standing: Standing, ask: Any) -> None:
    [ada] = people(standing, "approvers", "ada")
    both = Person("both", people(standing, "developers", "both")[0].groups)
    move = Move(model="m", before=None, after="7")
    with pytest.raises(RefusedError, match="forbidden"):
        ask(both).promote(move, "", silent)
    ask(ada).promote(move, "", silent)
    with pytest.raises(RefusedError):
        ask(both).approve(ask(ada).waiting(None, silent), "", silent)


def test_an_approver_who_may_train_does_not_approve(
    standing: Standing, control_plane: ControlPlane, ask: Any
) -> None:
    """As where a person is in both groups, which no blueprint shows."""
    [ada, grace] = people(standing, "approvers", "ada", "grace")
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role"}
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "trains-too", "namespace": standing.namespaces["training"]},
        "roleRef": {**role, "name": f"{standing.plan.blueprint.name}-developer"},
        "subjects": [{"apiGroup": role["apiGroup"], "kind": "User", "name": "grace"}],
    }
    ask(ada).promote(Move(model="m", before=None, after="7"), "", silent)
    waiting = ask(grace).waiting(None, silent)
    standing.api.apply(binding)
    try:
        with pytest.raises(RefusedError, match="nobody approves who may start runs in"):
            ask(grace).approve(waiting, "", silent)
    finally:
        standing.api.delete(binding)
    assert until(lambda: _goes_on(ask(grace), waiting)), "approval is refused for ever"


def _goes_on(promoter: ClusterPromoter, move: Move) -> bool:
    try:
        return promoter.approve(move, "", silent).state is State.DONE
    except RefusedError:
        return False
