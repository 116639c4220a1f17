"""The stages of a model's pipeline, in the order in which the field has them. Each is a script that
ends with what its tool ends with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from shlex import quote
from typing import TYPE_CHECKING

from modelyard.blueprint.model import CandidateCheck, ModelType
from modelyard.catalog.pipeline_tools import tool
from modelyard.objects.workflows import CANDIDATE
from modelyard.plan.promotion import candidate_name
from modelyard.review.pipeline.documents import OUT, VERSION

if TYPE_CHECKING:
    from modelyard.blueprint.model import Model

ORDER = (
    "commit",
    "sast",
    "data-validation",
    "training",
    "artifact-scan",
    "bias",
    "staging",
    "penetration-tests",
    "production-gate",
    "audit-log",
)
"""As the field has it: what is cheap and about the code comes before what is dear and about the
version, and nothing comes into production before all of it."""
PROBES = "promptinject,dan,encoding,leakreplay,xss"
_TOOLS = ".tools"
_HEAD = """#!/bin/sh
# {number}. {title}: {why}
set -eu
cd "$(git rev-parse --show-toplevel)"
here={here}
out="$PWD/$here/out"
mkdir -p "$out"
"""


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """One model, and where its pipeline finds the platform."""

    model: Model
    blueprint: str
    """Path of the blueprint in the repository of the model."""
    environment: str | None
    namespace: str
    """Where training runs."""
    image: str
    """Of the jobs."""
    server: str | None
    """Image in which MLflow serves a candidate; None where none is trained."""
    signed: bool

    @property
    def folder(self) -> str:
        return f".modelyard/{self.model.name}"


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One stage: its name, why it is there, and the lines of its script."""

    name: str
    why: str
    lines: Sequence[str]

    @property
    def file(self) -> str:
        return f"{ORDER.index(self.name) + 1:02}-{self.name}.sh"

    def script(self, folder: str) -> str:
        number, title = ORDER.index(self.name) + 1, self.name.replace("-", " ")
        head = _HEAD.format(number=number, title=title, why=self.why, here=folder)
        return head + "\n".join(self.lines) + "\n"


def stages(pipeline: Pipeline) -> tuple[Stage, ...]:
    """All of them, in their order."""
    made = {stage.name: stage for stage in _stages(pipeline)}
    return tuple(made[name] for name in ORDER)


def _stages(it: Pipeline) -> Iterator[Stage]:
    secrets, bandit = (quote(tool(each)) for each in ("detect-secrets", "bandit"))
    yield Stage(
        name="commit",
        why="no secret is in what is committed",
        lines=(
            f"python3 -m venv {_TOOLS}",
            f"{_TOOLS}/bin/pip install --quiet {secrets} {bandit}",
            f"git ls-files -z | xargs -0 {_TOOLS}/bin/detect-secrets-hook",
        ),
    )
    yield Stage(
        name="sast",
        why="no code is known to be unsafe",
        lines=(
            f"{_TOOLS}/bin/bandit --recursive . --exclude ./{_TOOLS},./.git --severity-level "
            'medium --format json --output "$out/sast.json"',
        ),
    )
    suite = it.model.retrain is not None and it.model.retrain.suite is not None
    yield _data(it, held=suite)
    yield _training(it)
    yield _job(it, "artifact-scan", "scan-artifact", "nothing runs when it is loaded", held=True)
    judged = it.model.monitor is not None and it.model.monitor.bias
    yield _job(it, "bias", "bias", "groups are treated alike", held=judged)
    yield _staging(it)
    yield _penetration(it)
    yield _gate(it)
    yield _job(it, "audit-log", "audit", "the trail of what was moved holds", held=True)


def _data(it: Pipeline, *, held: bool) -> Stage:
    """What training is to read: against its suite, and for personal data where asked for."""
    whole = _job(it, "data-validation", "validate-data", "the data meet their suite", held=held)
    if CandidateCheck.PII not in it.model.promote.checks:
        return whole
    named = _job(it, whole.name, "pii", "nobody is named in them", held=True)
    lines = (*whole.lines, *named.lines)
    return Stage(name=whole.name, why=f"{whole.why}; {named.why}", lines=lines)


def _job(it: Pipeline, stage: str, job: str, why: str, *, held: bool) -> Stage:
    """A job of the platform. One that the blueprint asks nothing of tells, and ends nothing."""
    flag = "" if held else " --report-only"
    key = (
        ('cp "$here/signer.pem" "$out/signer.pem"',)
        if it.signed and stage == "artifact-scan"
        else ()
    )
    return Stage(
        name=stage,
        why=why if held else f"{why}: told, as the blueprint asks nothing of it",
        lines=(
            *key,
            _VERSION,
            f'sed "s/{VERSION}/$version/g" "$here/{job}.json" > "$out/{job}.json"',
            'docker run --rm --user "$(id -u)" --env-file "$MODELYARD_ENV" '
            f'--volume "$out:{OUT}" {quote(it.image)} modelyard-job {OUT}/{job}.json{flag}',
        ),
    )


_VERSION = 'version="$(cat "$out/version" 2>/dev/null || echo 0)"'
"""Before training there is none."""


def _training(it: Pipeline) -> Stage:
    if it.model.retrain is None:
        revision = it.model.revision or "main"
        return Stage(
            name="training",
            why="nothing is trained here: a version is a revision of what is elsewhere",
            lines=(f'echo "${{MODEL_REVISION:-{revision}}}" > "$out/version"',),
        )
    space = f"--namespace {quote(it.namespace)}"
    found = '{.status.nodes[?(@.displayName=="newest")].outputs.parameters[0].value}'
    timeout = it.model.retrain.timeout
    longest = int(timeout.total_seconds()) if timeout else 86400
    return Stage(
        name="training",
        why="the platform trains, and proposes nothing yet",
        lines=(
            f'run="$(kubectl create {space} --filename "$here/train.yaml" --output name)"',
            f'kubectl wait {space} "$run" --for=condition=Completed --timeout={longest}s',
            f'test "$(kubectl get {space} "$run" --output jsonpath=\'{{.status.phase}}\')" = '
            "Succeeded",
            f'kubectl get {space} "$run" --output jsonpath=\'{found}\' > "$out/version"',
            'test -s "$out/version"',
        ),
    )


def train(it: Pipeline) -> str:
    """The run of the platform's own template, as it is submitted."""
    return (
        "apiVersion: argoproj.io/v1alpha1\n"
        "kind: Workflow\n"
        f"metadata: {{generateName: {it.model.name}-pipeline-}}\n"
        "spec:\n"
        f"  workflowTemplateRef: {{name: {it.model.name}-train}}\n"
        f"  entrypoint: {CANDIDATE}\n"
    )


def _staging(it: Pipeline) -> Stage:
    """The candidate in a server of its own, apart from production, until it is healthy."""
    if it.server is None:
        flag = f" -e {it.environment}" if it.environment else ""
        planned = f"modelyard plan {quote(it.blueprint)}{flag} --format markdown"
        return Stage(
            name="staging",
            why="nothing is trained here: what would change is planned",
            lines=(f'{planned} > "$out/plan.md"',),
        )
    source = f"models:/{candidate_name(it.model)}/$version"
    served = f'mlflow models serve --model-uri "{source}" --env-manager local --host 0.0.0.0'
    return Stage(
        name="staging",
        why="it starts in its server, apart from production, and is healthy",
        lines=(
            _VERSION,
            'server="$(docker run --detach --env-file "$MODELYARD_ENV" --publish 127.0.0.1::8080 '
            f'{quote(it.server)} {served} --port 8080)"',
            'trap \'docker rm --force "$server" > "$out/staging.log"\' EXIT',
            'port="$(docker port "$server" 8080 | head -1 | sed \'s/.*://\')"',
            "curl --fail --silent --show-error --retry 60 --retry-delay 5 --retry-all-errors "
            '"http://127.0.0.1:$port/health"',
        ),
    )


def _penetration(it: Pipeline) -> Stage:
    why = "it withstands who means it ill"
    if it.model.type is not ModelType.LLM:
        held = it.model.monitor is not None and it.model.monitor.data is not None
        return _job(it, "penetration-tests", "robustness", why, held=held)
    before, after = '{"openai": {"OpenAICompatible": {"uri": "', '/v1/"}}}'
    return Stage(
        name="penetration-tests",
        why=why,
        lines=(
            f"python3 -m venv {_TOOLS}",
            f"{_TOOLS}/bin/pip install --quiet {quote(tool('garak'))}",
            f"{_TOOLS}/bin/python -m garak --target_type openai.OpenAICompatible "
            f"--target_name {quote(it.model.name)} --probes {PROBES} --generator_options "
            f'{quote(before)}"$STAGING_URL"{quote(after)} '
            '--report_prefix "$out/garak"',
        ),
    )


def _gate(it: Pipeline) -> Stage:
    return Stage(
        name="production-gate",
        why="the gates hold, and whoever has to approves",
        lines=(_VERSION, _promote(it, it.environment)),
    )


def _promote(it: Pipeline, environment: str | None) -> str:
    flag = f" -e {environment}" if environment else ""
    return (
        f"modelyard promote {quote(it.blueprint)} {quote(it.model.name)}{flag} "
        '--version "$version" --why "commit $(git rev-parse HEAD)" --yes'
    )
