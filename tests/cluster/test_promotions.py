"""Who lets a version into production, as the API server decides it, and not the command."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from kubernetes.client import (
    ApiClient,
    ApiException,
    AppsV1Api,
    CoreV1Api,
    CustomObjectsApi,
)
from tests.support.cluster import ControlPlane
from tests.support.cluster.argo import Controller, admitted
from tests.support.cluster.background import repeated
from tests.support.cluster.rights import Person, impersonating
from tests.support.cluster.standing import Standing
from tests.support.cluster.waiting import until

from modelyard.blueprint.errors import ModelyardError, RefusedError
from modelyard.blueprint.model import Approval
from modelyard.blueprint.site import ClusterAttach
from modelyard.contracts.promotion import Move, PromoterArgs, State, Verdict
from modelyard.plan.promotion import follows_alias, promoted
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


def asked_of(standing: Standing, model: Any) -> PromoterArgs:
    return PromoterArgs(
        site=standing.plan.blueprint.sites[standing.place.site],
        context=context_of(standing.plan),
        model=model,
        engine="argo",
        approvers=standing.plan.blueprint.access.approvers,
    )


@pytest.fixture
def ask(standing: Standing, control_plane: ControlPlane) -> Iterator[Any]:
    """The command's way to the cluster, by person; runs are carried out meanwhile."""
    client, args = control_plane.client(), asked_of(standing, waiting_model(standing))
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


class Turnover:
    """Pods of a model that are evicted one after the other, as by nodes that are drained."""

    def __init__(self, client: ApiClient, namespace: str, model: str) -> None:
        self._core: Any = CoreV1Api(client)
        self._namespace = namespace
        self._chosen = f"app.kubernetes.io/instance={model}"
        self.fewest = len(self.ready())
        self.evicted = 0

    def ready(self) -> list[Any]:
        found = self._core.list_namespaced_pod(self._namespace, label_selector=self._chosen)
        return [pod for pod in found.items if _is_ready(pod)]

    def under_way(self) -> AbstractContextManager[None]:
        return repeated(self._next, 0.2)

    def _next(self) -> None:
        ready = self.ready()
        self.fewest = min(self.fewest, len(ready))
        for pod in ready[:1]:
            self._evict(pod.metadata.name)

    def _evict(self, name: str) -> None:
        metadata = {"name": name, "namespace": self._namespace}
        body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": metadata}
        try:
            self._core.create_namespaced_pod_eviction(name, self._namespace, body)
            self.evicted += 1
        except ApiException as error:
            if error.status not in (404, 429):  # gone, or as many are away as may be
                raise


def _is_ready(pod: Any) -> bool:
    conditions = {each.type: each.status for each in pod.status.conditions or ()}
    return conditions.get("Ready") == "True" and pod.metadata.deletion_timestamp is None


def restarting(standing: Standing, client: ApiClient, model: str) -> Any:
    """What the last step of a run does, as the account that does it."""
    namespace = standing.namespaces["production"]
    account = Person.account(namespace, f"{model}-promoter")
    [template] = [
        thing.manifest
        for thing in standing.snapshot.of("WorkflowTemplate")
        if thing.manifest["metadata"]["name"] == f"{model}-rollback"
    ]
    [step] = [each for each in template["spec"]["templates"] if each["name"] == "restart"]

    def last(run: Any) -> None:
        at = run["metadata"]["creationTimestamp"]
        text = step["resource"]["manifest"].replace("{{workflow.creationTimestamp.RFC3339}}", at)
        apps: Any = AppsV1Api(impersonating(client, account))
        apps.patch_namespaced_deployment(model, namespace, json.loads(text))

    return last


def test_serving_follows_a_way_back_while_pods_turn_over(
    standing: Standing, control_plane: ControlPlane
) -> None:
    waiting_model(standing)
    client, namespace = control_plane.client(), standing.namespaces["production"]
    there = {p.model for p in standing.plan.capabilities if p.capability == "promotion"}
    models = [m for m in standing.plan.blueprint.models if m.name in there and follows_alias(m)]
    served = [m for m in models if m.serve.replicas.min > 1 and m.serve.mode == "realtime"]
    if not served:
        pytest.skip("no model with several replicas reads an alias here")
    model = served[0]
    admitted(standing.api, namespace)
    [ada] = people(standing, "approvers", "ada")
    turnover = Turnover(client, namespace, model.name)
    before = {pod.metadata.uid for pod in turnover.ready()}
    last = restarting(standing, client, model.name)
    with Controller(client, namespace, last).running(), turnover.under_way():
        assert until(lambda: turnover.evicted > 0), "no pod may be evicted"
        promoter = ClusterPromoter(asked_of(standing, model), As(client, ada), look=0.1)
        ended = promoter.roll_back(Move(model="m", before="4", after="3"), "errors", silent)
        assert ended.state is State.DONE
        assert until(lambda: _rolled_out(client, namespace, model.name)), "serving does not follow"
    assert before.isdisjoint(pod.metadata.uid for pod in turnover.ready())
    assert turnover.fewest >= 1


def _rolled_out(client: ApiClient, namespace: str, model: str) -> bool:
    """Whether every pod is of the template that was restarted."""
    apps: Any = AppsV1Api(client)
    found = apps.read_namespaced_deployment(model, namespace)
    note = (found.spec.template.metadata.annotations or {}).get("kubectl.kubernetes.io/restartedAt")
    seen = found.status.observed_generation == found.metadata.generation
    return bool(note) and seen and found.status.updated_replicas == found.status.replicas
