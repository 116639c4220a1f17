"""Lets a candidate into production: through the gates, past whoever has to approve it, into the
audit trail, and then the alias moves. Safe to run again.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from modelyard_jobs import registry
from modelyard_jobs.audit import HEAD, Act, Gate, Trail, digest_of
from modelyard_jobs.config import Config, Section
from modelyard_jobs.gate import Settings as Gates
from modelyard_jobs.gate import chosen, gated
from modelyard_jobs.verdict import Finding, Report, Verdict
from modelyard_jobs.versions import WORKFLOW, admit, holder, known, point

if TYPE_CHECKING:
    from mlflow import MlflowClient

DIGEST = "modelyard.scan-artifact.digest"
"""Tag of a version: what `scan-artifact` found its files to add up to."""


class Approval(Section):
    """Who has to let a version in besides the gates."""

    required: bool = False
    """Whether nothing comes in without."""
    by: str | None = None
    """Who did; as the platform knows them, not as they say."""
    approvers: tuple[str, ...] = ()
    """Who may; anybody but the author where there are none."""


class Settings(Section):
    version: str | None = None
    """Of the candidate; the model's, or the newest where neither is given."""
    source: str | None = None
    """Where what is promoted lies, if that is outside the registry; `version` is its revision."""
    by: str
    """Who asks for it."""
    why: str = ""
    """Kept in the record."""
    workflow: str
    """The run that carries it out: it promotes once, however often it is tried."""
    approval: Approval = Approval()
    gate: Gates = Gates()
    """What it has to pass: asked here, so that no promotion goes round it."""
    audit: str
    """The folder of audit trails."""


def run(config: Config, settings: Settings) -> Report:
    client = registry.client()
    number = chosen(client, config, settings.version or settings.gate.version)
    report = gated(client, config, settings.gate, number)
    found = (*report.findings, *_approved(client, config, settings, number))
    if all(finding.verdict is not Verdict.BREACHED for finding in found):
        found += (_promoted(client, config, settings, number, found),)
    return Report(config.job, config.model.name, found, facts=report.facts)


def _approved(
    client: MlflowClient, config: Config, settings: Settings, number: str
) -> tuple[Finding, ...]:
    approval = settings.approval
    if not approval.required:
        return ()
    candidate = known(client, registry.candidates(config.model), number)
    authors = {settings.by, *(candidate.authors if candidate else ())}
    reason = _against(approval, {author.casefold() for author in authors})
    verdict = Verdict.BREACHED if reason else Verdict.PASSED
    return (Finding("approval", verdict, reason=reason or f"by {approval.by}"),)


def _against(approval: Approval, authors: set[str]) -> str:
    """Why an approval does not count; empty where it does."""
    if not approval.by:
        return "nobody has approved it"
    who = approval.by.casefold()
    if who in authors:
        return f"{approval.by} has trained or proposed it, and cannot approve it as well"
    if approval.approvers and who not in {each.casefold() for each in approval.approvers}:
        return f"{approval.by} is none of its approvers: {', '.join(approval.approvers)}"
    return ""


def _promoted(
    client: MlflowClient,
    config: Config,
    settings: Settings,
    number: str,
    found: tuple[Finding, ...],
) -> Finding:
    model = registry.registered(config.model)
    origin = f"models:/{registry.candidates(config.model)}/{number}"
    origin = f"{settings.source}@{number}" if settings.source else origin
    version = admit(client, model, origin)
    act = Act(
        event="promoted",
        model=model,
        alias=config.model.alias,
        origin=origin,
        before=holder(client, model, config.model.alias),
        after=version,
        by=settings.by,
        approver=settings.approval.by,
        why=settings.why,
        run=settings.workflow,
        gates=tuple(_gate(finding) for finding in found),
        digests=_digests(client, config, number),
    )
    return carried_out(client, settings.audit, act)


def _gate(finding: Finding) -> Gate:
    """As JSON can say it: what is no number has none."""
    number = finding.value if finding.value == finding.value else None
    return Gate(
        measure=finding.measure,
        subject=finding.subject,
        value=number,
        limit=finding.limit,
        verdict=finding.verdict,
        reason=finding.reason,
    )


def _digests(client: MlflowClient, config: Config, number: str) -> dict[str, str]:
    candidate = known(client, registry.candidates(config.model), number)
    digest = candidate.tags.get(DIGEST) if candidate else None
    told = {"configuration": digest_of(config.model_dump(mode="json"))}
    return {**told, **({"model": digest} if digest else {})}


def carried_out(client: MlflowClient, audit: str, act: Act) -> Finding:
    """Write it down, then do it: what was done is never missing from the trail.

    What a run that was cut short has only written down, it does when it is tried again, unless
    something else was done since.
    """
    trail = Trail(audit, act.model)
    record = trail.append(act)
    act = record.act
    if trail.records()[-1] != record:
        return Finding(
            act.event, Verdict.PASSED, reason=f"{act.run} did so before, and others since"
        )
    with registry.answering():
        client.set_registered_model_tag(act.model, HEAD, trail.head())
    point(client, act.model, act.alias, act.after)
    _sign(client, act)
    was = f", was {act.before}" if act.before and act.before != act.after else ""
    said = f"{act.model}@{act.alias} is version {act.after}{was}"
    return Finding(act.event, Verdict.PASSED, value=float(act.after), reason=said)


def _sign(client: MlflowClient, act: Act) -> None:
    """Say on the version when it was let in, by whom and why."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    told = {"modelyard.by": act.by, "modelyard.approval": act.approver or "", WORKFLOW: act.run}
    with registry.answering():
        for key, value in {"modelyard.approved_at": now, "modelyard.why": act.why, **told}.items():
            client.set_model_version_tag(act.model, act.after, key, value)
