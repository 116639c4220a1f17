"""A stack of the engine: one platform in one environment, and what can be done with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from pulumi import automation as auto
from pulumi.automation.events import EngineEvent

from modelyard.blueprint.errors import ModelyardError
from modelyard.engine import PARALLEL
from modelyard.engine.command import Command
from modelyard.engine.interruption import locks, suspected, without_resolved
from modelyard.engine.project import Project, workspace
from modelyard.engine.refusals import locked, refusal, said_by
from modelyard.engine.state import State
from modelyard.objects.identity import object_id
from modelyard.plan.overflow import FAILOVER
from modelyard.plan.plan import Plan
from modelyard.program import LINKS, build_plan, stack_name

OnEvent = Callable[[EngineEvent], object]


class FailedError(ModelyardError):
    """The engine ran and did not reach its end; what it said is in its events and in `output`."""

    exit_code = 1

    def __init__(self, output: str, reason: str) -> None:
        super().__init__(reason or "the engine stopped without a word")
        self.output = output
        self.reason = reason


@dataclass
class Stack:
    """An open stack. Each operation blocks until the engine is done, and raises FailedError.

    `on_event` is called for each event, in the engine's order, from another thread.
    """

    plan: Plan
    name: str
    command: Command
    opened: auto.Stack

    @classmethod
    @contextmanager
    def open(
        cls,
        plan: Plan,
        project: Project,
        *,
        name: str | None = None,
        create: bool = False,
        env: Mapping[str, str] | None = None,
    ) -> Iterator[Stack]:
        """Open the stack of a plan, `<platform>` or `<platform>-<environment>` unless named.

        Raises NotReadyError without a `pulumi`, a backend or a passphrase, and ModelyardError for a
        stack that is not there and is not to be made (`create`). `env` is added to the
        environment of the engine.
        """
        name, command = name or stack_name(plan), Command()
        with workspace(project) as folder:
            place = auto.LocalWorkspace(
                work_dir=folder,
                program=lambda: _run(plan),
                env_vars={"PULUMI_SKIP_UPDATE_CHECK": "true", **(env or {})},
                pulumi_command=command,
            )
            yield cls(plan, name, command, _opened(name, place, create))

    def preview(self, on_event: OnEvent, *, parallel: int = PARALLEL) -> None:
        """Ask the engine and the providers what `up` would do."""
        self._carry_out(self.opened.preview, on_event, parallel)

    def up(self, on_event: OnEvent, *, parallel: int = PARALLEL) -> None:
        """Make what is planned; what stands already as planned is left alone."""
        self._carry_out(self.opened.up, on_event, parallel, show_secrets=False)
        self._forget_resolved()

    def refresh(self, on_event: OnEvent, *, parallel: int = PARALLEL) -> None:
        """Take over into the state what has become of each resource."""
        self._carry_out(
            self.opened.refresh, on_event, parallel, show_secrets=False, run_program=False
        )

    def destroy(self, on_event: OnEvent, *, parallel: int = PARALLEL) -> None:
        """Take everything down.

        Not to be called while something is protected: the engine leaves that, takes down all the
        rest, and fails then.
        """
        self._carry_out(
            self.opened.destroy, on_event, parallel, show_secrets=False, run_program=False
        )

    def state(self) -> State:
        """What the engine knows to be deployed. Secrets in it stay encrypted."""
        return State.of(self.exported().deployment)

    def exported(self) -> auto.Deployment:
        """The state as the engine keeps it. (The Automation API's own export decrypts it, and its
        import would write that to a file.)
        """
        place = self.opened.workspace
        arguments = ["stack", "export", "--stack", self.name]
        try:
            done = self.command.run(arguments, place.work_dir, place.env_vars)
        except auto.CommandError as error:
            raise refusal(error) from None
        return auto.Deployment(**json.loads(done.stdout))

    def links(self) -> Mapping[str, Mapping[str, str]]:
        """What the other ends of links have to configure, secrets masked."""
        place = self.opened.workspace
        arguments = ["stack", "output", "--json", "--stack", self.name]
        try:
            done = self.command.run(arguments, place.work_dir, place.env_vars)
        except auto.CommandError as error:
            raise refusal(error) from None
        return json.loads(done.stdout).get(LINKS, {})

    def config(self) -> Mapping[str, str]:
        """The stack's whole configuration, secrets decrypted."""
        return {key: value.value for key, value in self.opened.get_all_config().items()}

    @contextmanager
    def redirected(self, models: Sequence[str], site: str | None) -> Iterator[Callable[[], None]]:
        """Say in the configuration where all requests of models go: to a site, or no longer.

        Only what is kept (by a call of what this gives) stays so.
        """
        before, kept = self.config(), list[str]()
        keys = [f"{FAILOVER}:{model}" for model in models]
        self._direct(dict.fromkeys(keys, site), before)
        try:
            yield lambda: kept.extend(keys)
        finally:
            if not kept:
                self._direct({key: before.get(key) for key in keys}, self.config())

    def _direct(self, wanted: Mapping[str, str | None], known: Mapping[str, str]) -> None:
        for key, site in wanted.items():
            if site is not None:
                self.opened.set_config(key, auto.ConfigValue(site))
            elif key in known:
                self.opened.remove_config(key)

    def remove(self) -> None:
        """Forget a stack that holds nothing any more; its settings file stays."""
        self.opened.workspace.remove_stack(self.name, preserve_config=True)

    def _carry_out(
        self, operation: Callable[..., object], on_event: OnEvent, parallel: int, **options: bool
    ) -> None:
        """Run an operation; a change, once it is known what a killed run left behind."""
        if operation != self.opened.preview:
            self._unlocked(self._look_up_suspected)
        self._unlocked(partial(operation, parallel=parallel, on_event=_heard(on_event), **options))

    def _unlocked(self, begin: Callable[[], object]) -> None:
        """Begin something; a lock whose owner is dead is taken away first."""
        try:
            self._or_fail(begin)
        except auto.ConcurrentUpdateError as error:
            held = locks(str(error))
            if not held or not all(lock.abandoned for lock in held):
                raise locked(self.name, error) from None
            self.opened.cancel()
            self._or_fail(begin)

    def _look_up_suspected(self) -> None:
        """Take into the state what a killed run made without the engine hearing of it."""
        exported = self.exported()
        changed, urns = suspected(exported.deployment, object_id)
        if urns:
            self.opened.import_stack(auto.Deployment(exported.version, changed))
            self.opened.refresh(target=urns, show_secrets=False, run_program=False)

    def _or_fail(self, begin: Callable[[], object]) -> None:
        try:
            begin()
        except auto.ConcurrentUpdateError:
            raise
        except auto.CommandError as error:
            raise FailedError(str(error), said_by(error)) from None

    def _forget_resolved(self) -> None:
        """Drop what the engine remembers of creations that were cut off and are made by now."""
        exported = self.exported()
        if cleaned := without_resolved(exported.deployment):
            self.opened.import_stack(auto.Deployment(exported.version, cleaned))


def _opened(name: str, place: auto.LocalWorkspace, create: bool) -> auto.Stack:
    """Select the stack, or make it. Raises NotReadyError in the engine's words if it cannot."""
    how = auto.Stack.create_or_select if create else auto.Stack.select
    try:
        return how(name, place)
    except auto.CommandError as error:
        raise refusal(error) from None


def _heard(on_event: OnEvent) -> OnEvent:
    """Leave out what the SDK says to itself: several lines for each resource."""

    def hear(event: EngineEvent) -> None:
        diagnostic = event.diagnostic_event
        if diagnostic is None or diagnostic.severity != "debug":
            on_event(event)

    return hear


def _run(plan: Plan) -> None:
    """The program that the engine calls back for."""
    build_plan(plan)
