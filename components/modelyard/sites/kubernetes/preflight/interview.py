"""Everything that a cluster is asked, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from modelyard.contracts.preflight import Answer, PreflightArgs, Verdict
from modelyard.sites.kubernetes.cluster_api import ClusterApi, NotAllowedError
from modelyard.sites.kubernetes.preflight import entry, ground, kinds, machines, storage
from modelyard.sites.kubernetes.preflight.look import Look, Planned


@dataclass(frozen=True)
class Question:
    """What is asked; whatever may not be read costs this answer and no other."""

    topic: str
    asked: str
    ask: Callable[[Planned, Look], Iterator[Answer]]

    def answers(self, planned: Planned, look: Look) -> Iterator[Answer]:
        try:
            yield from tuple(self.ask(planned, look))
        except NotAllowedError as error:
            found, _, next = str(error).partition(". Next: ")
            yield Answer(self.topic, self.asked, Verdict.UNKNOWN, found, next=next)


QUESTIONS = (
    Question("cluster", "Kubernetes", ground.version),
    Question("permission", "rights", ground.permissions),
    Question("network", "NetworkPolicies", ground.network),
    Question("storage", "classes", storage.storage),
    Question("load-balancer", "for the way in", entry.load_balancers),
    Question("ingress", "Gateway", entry.gateways),
    Question("operator", "to be installed", kinds.installed),
    Question("operator", "there already", kinds.attached),
    Question("kind", "kinds of object", kinds.served),
    Question("metrics", "load of pods", kinds.pod_metrics),
    Question("keys", "issuers and stores", kinds.stores_and_issuers),
    Question("gpu", "GPU nodes", machines.gpus),
    Question("node", "chosen nodes", machines.nodes),
)


class Interview:
    """Asks one cluster."""

    def __init__(self, args: PreflightArgs, api: ClusterApi | None = None) -> None:
        self._planned = Planned(args)
        self._look = Look(api or ClusterApi(self._planned.site.cluster.attach))

    def answers(self) -> Iterator[Answer]:
        """The answers, topic by topic. Raises NotReadyError where the cluster is not reached."""
        for question in QUESTIONS:
            yield from question.answers(self._planned, self._look)
