"""Promotion in Vertex AI: a candidate is copied to where versions are, and becomes the default
version of the model in Vertex's registry.

The record is Cloud Audit Logs': it names who made a version the default one, and the version keeps
what was said of it. Source: Vertex AI API reference, models.upload and models.mergeVersionAliases.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from modelyard.blueprint.errors import NotReadyError, RefusedError
from modelyard.blueprint.model import Approval
from modelyard.contracts.promotion import Ended, Gate, Move, PromoterArgs, Tell, Verdict
from modelyard.sites.gcp.names import bucket_name, scoped
from modelyard.sites.gcp.preflight.asking import UNTOLD, DeniedError, SwitchedOffError
from modelyard.sites.gcp.vertex.training_workflow import CANDIDATES, METRICS, VERSIONS

if TYPE_CHECKING:
    from modelyard.blueprint.site import GcpSite
    from modelyard.blueprint.units import Threshold
    from modelyard.sites.gcp.preflight.asking import Asking

ID = 63
"""Most characters of a model's id; source: Vertex AI API reference, models.upload."""
DEFAULT = "default"
_MODELS = "aiplatform.projects.locations.models"
_MOST = 1024
"""Characters that are kept of what is said of a version."""


class DefaultVersion:
    """One model's candidates and versions, moved as whoever is logged in."""

    def __init__(self, args: PromoterArgs, site: GcpSite, asking: Asking) -> None:
        self._args, self._asking, self._name = args, asking, args.model.name
        attach = site.object_store.attach
        self._bucket = attach.bucket if attach else bucket_name(args.context, site, "artifacts")
        self._place = f"projects/{site.project}/locations/{site.region}"
        self._id = scoped(args.context, self._name, most=ID)

    def candidate(self, version: str | None, tell: Tell) -> Move:
        """The run that is named, or the one that has left its files last."""
        found = sorted(self._files(CANDIDATES), key=lambda file: file["timeCreated"])
        runs = list(dict.fromkeys(_run(file) for file in reversed(found)))
        if not runs or version not in (None, *runs):
            which = f"no candidate {version}" if version else "no candidate"
            raise RefusedError(
                f"there is {which} of '{self._name}' in gs://{self._bucket}/{CANDIDATES}. "
                f"Next: train one, or name one of {', '.join(runs) or 'those that there are'}"
            )
        chosen = version or runs[0]
        return Move(
            model=self._id,
            before=self._default(),
            after=chosen,
            gates=tuple(self._gates(chosen)),
            candidate=True,
        )

    def waiting(self, version: str | None, tell: Tell) -> Move:
        """Every candidate waits until it is a version."""
        return self.candidate(version, tell)

    def previous(self, tell: Tell) -> Move:
        """The version before the default one."""
        default = self._default()
        before = [number for number in self._versions() if default and number < int(default)]
        if not before:
            raise RefusedError(
                f"'{self._id}' has no version before {default or 'its first'}. Next: promote "
                "another one with `modelyard promote`"
            )
        return Move(model=self._id, before=default, after=str(max(before)))

    def promote(self, move: Move, why: str, tell: Tell) -> Ended:
        """Copy its files, register it, and have it be the default; a copy may be made again."""
        to = f"{VERSIONS}{self._name}/{move.after}/"
        for file in self._files(f"{CANDIDATES}{self._name}/{move.after}/"):
            self._copied(file["name"], to + file["name"].split("/", 3)[3])
        tell(f"copied to gs://{self._bucket}/{to}")
        uploaded = self._call(
            f"{_MODELS}.upload", parent=self._place, body=self._upload(move, to, why)
        )
        return Ended.served_from(f"gs://{self._bucket}/{to}", uploaded["name"])

    def approve(self, move: Move, why: str, tell: Tell) -> Ended:
        return self.promote(move, why, tell)

    def roll_back(self, move: Move, why: str, tell: Tell) -> Ended:
        name = f"{self._place}/models/{self._id}@{move.after}"
        made = self._call(
            f"{_MODELS}.mergeVersionAliases", name=name, body={"versionAliases": [DEFAULT]}
        )
        return Ended.served_from(made.get("artifactUri", "its artifacts"), name)

    def _upload(self, move: Move, to: str, why: str) -> Mapping[str, Any]:
        gates = {gate.name: str(gate.verdict) for gate in move.gates}
        said = json.dumps({"run": move.after, "why": why, "gates": gates}, ensure_ascii=False)
        model = {
            "displayName": self._id,
            "artifactUri": f"gs://{self._bucket}/{to}",
            "versionAliases": [DEFAULT],
            "versionDescription": said[:_MOST],
        }
        if move.before is None:
            return {"model": model, "modelId": self._id}
        return {"model": model, "parentModel": f"{self._place}/models/{self._id}"}

    def _gates(self, run: str) -> Iterator[Gate]:
        promote = self._args.model.promote
        bounds = {**promote.benchmark, **promote.fairness}
        metrics = self._metrics(run) if bounds else {}
        for name, bound in bounds.items():
            yield _held(name, bound, metrics.get(name))
        if promote.approval is Approval.REQUIRED:
            yield Gate.approval(self._args.approvers)

    def _metrics(self, run: str) -> Mapping[str, Any]:
        """What training said of it; nothing where it said nothing."""
        name = f"{CANDIDATES}{self._name}/{run}/{METRICS}"
        if name not in {file["name"] for file in self._files(CANDIDATES)}:
            return {}
        told: Any = self._call("storage.objects.get_media", bucket=self._bucket, object=name)
        return json.loads(told)

    def _files(self, prefix: str) -> list[Mapping[str, Any]]:
        """Of this model's candidates."""
        within = f"{prefix}{self._name}/" if prefix == CANDIDATES else prefix
        with _answering():
            listed = self._asking.listed(
                "storage.objects.list", "items", bucket=self._bucket, prefix=within
            )
        return [file for file in listed if not file["name"].endswith("/")]

    def _copied(self, source: str, target: str) -> None:
        token: str | None = None
        while True:
            more = {"rewriteToken": token} if token else {}
            told = self._call(
                "storage.objects.rewrite",
                sourceBucket=self._bucket,
                sourceObject=source,
                destinationBucket=self._bucket,
                destinationObject=target,
                body={},
                **more,
            )
            token = told.get("rewriteToken")
            if told.get("done", True) or not token:
                return

    def _default(self) -> str | None:
        """The default version's number; None where the registry has no such model."""
        with _answering():
            found = self._asking.find(f"{_MODELS}.get", name=f"{self._place}/models/{self._id}")
        return found["versionId"] if found else None

    def _versions(self) -> list[int]:
        with _answering():
            listed = self._asking.listed(
                f"{_MODELS}.listVersions", "models", name=f"{self._place}/models/{self._id}"
            )
        return [int(each["versionId"]) for each in listed]

    def _call(self, method: str, **given: Any) -> Mapping[str, Any]:
        with _answering():
            return self._asking.call(method, **given)


def _run(file: Mapping[str, Any]) -> str:
    """The run that left a file: `candidates/MODEL/RUN/…`."""
    return file["name"].split("/")[2]


def _held(name: str, bound: Threshold, value: object) -> Gate:
    """A metric that is not told keeps no bound."""
    if not isinstance(value, (int, float)):
        found = "training told no such metric"
        return Gate(name=name, verdict=Verdict.BREACHED, asked=str(bound), found=found)
    verdict = Verdict.PASSED if bound.holds(value) else Verdict.BREACHED
    return Gate(name=name, verdict=verdict, asked=str(bound), found=f"{value:g}")


@contextmanager
def _answering() -> Iterator[None]:
    """What Google says against it, in words."""
    try:
        yield
    except DeniedError as error:
        raise RefusedError(
            f"you may not: {error.permission} is not allowed. Next: have an approver do it"
        ) from None
    except SwitchedOffError as error:
        raise NotReadyError(
            f"{error.service} is not switched on. Next: deploy the blueprint with `modelyard up`"
        ) from None
    except UNTOLD as error:
        raise NotReadyError(f"Google does not answer: {error}. Next: try again") from None
