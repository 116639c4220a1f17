"""Who may do what with what: people, workloads and services, from every list that grants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any

from modelyard.policies.rule import objects
from modelyard.review import aws_access, gcp_access, kubernetes_access
from modelyard.review.grant import Grant
from modelyard.review.verbs import ADMINISTER, READ, WRITE

if TYPE_CHECKING:
    from modelyard.blueprint.access import Access
    from modelyard.review.view import View

_JOB = "kubernetes:batch/v1:Job"
_ACCOUNT = "ACCOUNT_"

_PEOPLE: Mapping[str, tuple[tuple[str, ...], str]] = {
    "admins": ((ADMINISTER,), "everything of the platform, as admin"),
    "developers": ((READ, WRITE), "runs of training, and read production, as developer"),
    "viewers": ((READ,), "all but secrets, as viewer"),
    "approvers": ((WRITE,), "what waits to be let into production, as approver"),
}


def grants(view: View) -> tuple[Grant, ...]:
    """Every right that is given, in an order that never varies."""
    found = chain(
        people(view.plan.blueprint.access),
        aws_access.grants(view),
        gcp_access.grants(view),
        kubernetes_access.grants(view),
        _accounts(view),
    )
    return tuple(sorted(dict.fromkeys(found)))


def people(access: Access) -> Iterator[Grant]:
    """The blueprint's people, with the role that each has on every site."""
    for role, (verbs, on) in _PEOPLE.items():
        for person in getattr(access, role):
            yield Grant(subject(person), "", verbs, (on,), by="blueprint", actions=(role,))


def subject(person: str) -> str:
    """A person of the blueprint as RBAC and IAM are told: `group ml`, `user ann@acme.example`."""
    form, colon, name = person.partition(":")
    return f"{form} {name}" if colon else f"user {person}"


def _accounts(view: View) -> Iterator[Grant]:
    """Accounts of the registry, as the job that makes them is told: all may read; each owns what
    it creates; models that are guarded are changed by their keeper alone.
    """
    for job in view.of(_JOB):
        for container in objects(job.inputs, "spec", "template", "spec", "containers"):
            told = {str(each.get("name")): each.get("value") for each in objects(container, "env")}
            names = [n.removeprefix(_ACCOUNT).lower() for n in told if n.startswith(_ACCOUNT)]
            where, guarded = view.site(job), str(told.get("GUARDED") or "").split()
            more: dict[str, Any] = {"by": "registry", "urn": job.urn}
            for name in names:
                own = f"registry account {name}"
                yield Grant(own, where, (READ,), ("every model and run",), **more)
                yield Grant(own, where, (READ, WRITE), ("what it creates itself",), **more)
                if guarded and name == told.get("KEEPER"):
                    models = tuple(f"model {model}" for model in guarded)
                    yield Grant(own, where, (READ, WRITE), models, **more)
            if names and (admin := told.get("MLFLOW_TRACKING_USERNAME")):
                all_of_it = ("the registry",)
                yield Grant(f"registry account {admin}", where, (ADMINISTER,), all_of_it, **more)
