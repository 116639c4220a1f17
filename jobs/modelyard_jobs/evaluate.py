"""How well a language model answers a set of questions: faithful to its contexts, to the point, of
contexts that matter, without poison, soon, at what price; and no worse than by the prompt before.

What answers are worth is judged by another model (Ragas). A classifier of one's own, by the
interface of Hugging Face's text-embeddings-inference, tells toxicity.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.request import Request, urlopen

from modelyard_jobs.answers import Answer, Endpoint, asked, questions
from modelyard_jobs.config import Bound, Config, Section
from modelyard_jobs.data import answering
from modelyard_jobs.errors import Unavailable
from modelyard_jobs.judge import CONTEXT, FAITHFULNESS, RELEVANCE, scores
from modelyard_jobs.judging import judged, undecided
from modelyard_jobs.verdict import Finding, Report, Verdict

HALLUCINATION, TOXICITY = "hallucination_rate", "toxicity"
LATENCY, COST = "latency_p95_seconds", "cost_per_query_usd"
_LESS_IS_BETTER = {HALLUCINATION, TOXICITY, LATENCY, COST}
_PATIENCE = 60


class Price(Section):
    """USD for a million tokens."""

    input: float
    """Of the prompt."""
    output: float
    """Of the answer."""


class Classifier(Section):
    """What tells whether a text is toxic."""

    url: str
    """To which texts are posted: `http://toxicity.ml:8080/predict`."""
    labels: tuple[str, ...] = ("toxic", "toxicity")
    """Those that mean it; the greatest of their scores counts."""


class Prompt(Section):
    """What the model is asked with."""

    version: str = "unversioned"
    """Told with every measure, so that the next can be held to it."""
    text: str = "{contexts}\n\n{question}"
    """With `{question}` and `{contexts}` filled in."""
    before: str | None = None
    """The report of the version before: none of its measures may be worse."""
    tolerance: float = 0.05
    """By which share they may."""


class Settings(Section):
    dataset: str
    """Lines of JSON: `question`, `contexts`, and `answer` where no target is asked."""
    judge: Endpoint
    """Who judges."""
    embeddings: Endpoint | None = None
    """A model of embeddings, by which answer relevance is measured."""
    target: Endpoint | None = None
    """What answers; otherwise the answers of the dataset are judged."""
    prompt: Prompt = Prompt()
    classifier: Classifier | None = None
    price: Price | None = None
    limits: dict[str, Bound] = {}
    """By measure; the others are told and not judged."""
    minimum: int = 10
    """Fewer answers than these are not judged."""


def run(config: Config, settings: Settings) -> Report:
    rows = questions(settings.dataset)
    facts = {"prompt": settings.prompt.version, "judge": settings.judge.model}
    if len(rows) < settings.minimum:
        reason = f"{len(rows)} questions, and fewer than {settings.minimum} are not judged"
        found = (undecided("questions", reason),)
        return Report(config.job, config.model.name, found, {"current": len(rows)}, facts)
    if settings.target:
        rows = asked(settings.target, settings.prompt.text, rows)
        facts["target"] = settings.target.model
    found = tuple(_measured(settings, rows))
    found += tuple(_regressions(settings.prompt, found))
    return Report(config.job, config.model.name, found, {"current": len(rows)}, facts)


def _measured(settings: Settings, rows: tuple[Answer, ...]) -> Iterator[Finding]:
    limits, found = settings.limits, scores(settings.judge, settings.embeddings, rows)
    for name in (FAITHFULNESS, RELEVANCE, CONTEXT):
        values = [each[name] for each in found if name in each]
        if values or name in limits:
            yield _mean(name, values, limits, settings.minimum)
    known = [each[FAITHFULNESS] for each in found if FAITHFULNESS in each]
    # An answer with one claim that its contexts do not bear out is a hallucination.
    wrong = [float(value < 1) if not math.isnan(value) else value for value in known]
    if wrong or HALLUCINATION in limits:
        yield _mean(HALLUCINATION, wrong, limits, settings.minimum)
    for each in (_toxic(settings, rows), _late(limits, rows), _cost(settings, rows)):
        # What nobody can measure and nobody has asked for is not worth a word.
        if each.verdict is not Verdict.UNDECIDED or each.measure in limits:
            yield each


def _mean(name: str, values: list[float], limits: Mapping[str, Bound], minimum: int) -> Finding:
    known = [value for value in values if not math.isnan(value)]
    lost = f"; of {len(values) - len(known)} the judge said nothing" if known != values else ""
    if len(known) < minimum:
        reason = f"{len(known)} answers could be judged by it, and fewer than {minimum} do not do"
        return undecided(name, reason + lost)
    reason = f"of {len(known)} answers{lost}"
    return judged(name, sum(known) / len(known), limits.get(name), reason=reason)


def _toxic(settings: Settings, rows: Iterable[Answer]) -> Finding:
    """Of the most toxic answer: one is enough."""
    if settings.classifier is None:
        return undecided(TOXICITY, "no classifier is given")
    worst = max(_toxicity(settings.classifier, row.text) for row in rows)
    return judged(TOXICITY, worst, settings.limits.get(TOXICITY), reason="the most toxic answer")


def _toxicity(classifier: Classifier, text: str) -> float:
    if not text.strip():
        return 0.0
    body = json.dumps({"inputs": text, "truncate": True}).encode()
    request = Request(classifier.url, body, {"Content-Type": "application/json"})
    try:
        with urlopen(request, timeout=_PATIENCE) as answer:
            read = json.load(answer)
            # Some servers answer one text as they answer several.
            rows = read[0] if isinstance(read[0], list) else read
            said = {each["label"].lower(): float(each["score"]) for each in rows}
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        what = f"the classifier at {classifier.url} does not answer: {error}"
        raise Unavailable(what, "see that it runs and that this job may reach it") from error
    return max((said.get(label, 0.0) for label in classifier.labels), default=0.0)


def _late(limits: Mapping[str, Bound], rows: Iterable[Answer]) -> Finding:
    import numpy as np

    took = [row.seconds for row in rows if row.seconds is not None]
    if not took:
        return undecided(LATENCY, "no target was asked")
    return judged(LATENCY, float(np.percentile(took, 95)), limits.get(LATENCY))


def _cost(settings: Settings, rows: Iterable[Answer]) -> Finding:
    used = [row.tokens for row in rows if row.tokens is not None]
    if settings.price is None or not used:
        return undecided(COST, "no target was asked" if settings.price else "no price is given")
    price = settings.price
    whole = sum(put * price.input + got * price.output for put, got in used) / 1e6
    return judged(COST, whole / len(used), settings.limits.get(COST))


def _regressions(prompt: Prompt, found: tuple[Finding, ...]) -> Iterator[Finding]:
    """What is worse than by the prompt before, in the report of that one."""
    if prompt.before is None:
        return
    before = _before(prompt.before)
    version = before["facts"].get("prompt", "unversioned")
    values = {f["measure"]: f["value"] for f in before["findings"] if f["verdict"] != "undecided"}
    for each in found:
        old = values.get(each.measure)
        if each.value is None or not isinstance(old, float | int):
            continue
        more = each.measure not in _LESS_IS_BETTER
        limit = old * (1 - prompt.tolerance if more else 1 + prompt.tolerance)
        worse = each.value < limit if more else each.value > limit
        verdict = Verdict.BREACHED if worse else Verdict.PASSED
        reason = f"it was {old:g} with prompt {version}"
        yield Finding("regression", verdict, each.measure, each.value, limit, reason)


def _before(address: str) -> dict[str, Any]:
    import fsspec

    with answering(address), fsspec.open(address, "r", encoding="utf-8") as file:
        return json.load(file)
