"""Takes a model back to the version before, in one call. Safe to run again: the same run does not
go back twice.
"""

from __future__ import annotations

from modelyard_jobs import registry
from modelyard_jobs.audit import Act, Trail, digest_of
from modelyard_jobs.config import Config, Section
from modelyard_jobs.promote import carried_out
from modelyard_jobs.verdict import Finding, Report, Verdict
from modelyard_jobs.versions import PREVIOUS, holder

EVENT = "rolled-back"


class Settings(Section):
    by: str
    """Who asks for it."""
    why: str = ""
    """Kept in the record."""
    workflow: str
    """The run that carries it out."""
    audit: str
    """The folder of audit trails."""


def run(config: Config, settings: Settings) -> Report:
    client = registry.client()
    model, alias = registry.registered(config.model), config.model.alias
    done = Trail(settings.audit, model).done(settings.workflow, EVENT)
    before = holder(client, model, PREVIOUS)
    if done is None and before is None:
        reason = f"'{model}' has no previous version to go back to"
        none = Finding(EVENT, Verdict.BREACHED, reason=reason)
        return Report(config.job, config.model.name, (none,))
    act = done or Act(
        event=EVENT,
        model=model,
        alias=alias,
        before=holder(client, model, alias),
        after=str(before),
        by=settings.by,
        why=settings.why,
        run=settings.workflow,
        digests={"configuration": digest_of(config.model_dump(mode="json"))},
    )
    found = carried_out(client, settings.audit, act)
    facts = {"version": act.after, **({"before": act.before} if act.before else {})}
    return Report(config.job, config.model.name, (found,), facts=facts)
