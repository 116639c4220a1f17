"""Answers of a language model: as a set of questions has them, or asked of the model now."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from modelyard_jobs.config import Section
from modelyard_jobs.data import answering
from modelyard_jobs.errors import Misconfigured, Unavailable

_KEY = "OPENAI_API_KEY"
_PATIENCE = 120.0


class Endpoint(Section):
    """A server with OpenAI's interface: vLLM's, or the gateway before it. Its key is in the
    environment, as `OPENAI_API_KEY`.
    """

    url: str
    """With its version: `http://judge.ml:8000/v1`."""
    model: str
    """What it is called there."""


@dataclass(frozen=True)
class Answer:
    """One question with what was answered."""

    question: str
    text: str = ""
    contexts: tuple[str, ...] = ()
    seconds: float | None = None
    """How long it took, where it was asked now."""
    tokens: tuple[int, int] | None = None
    """Of the prompt and of the answer."""


def client(endpoint: Endpoint, kind: str = "OpenAI") -> Any:
    """OpenAI's client for an endpoint; `kind` is `AsyncOpenAI` where calls are awaited."""
    import openai

    key = os.environ.get(_KEY) or "none"
    made = getattr(openai, kind)
    return made(base_url=endpoint.url, api_key=key, timeout=_PATIENCE, max_retries=2)


def questions(address: str) -> tuple[Answer, ...]:
    """Lines of JSON with `question`, and `contexts` and `answer` where there are some.

    Raises `Misconfigured` where a line is something else.
    """
    import fsspec

    with answering(address), fsspec.open(address, "r", encoding="utf-8") as file:
        lines = [line for line in file if line.strip()]
    return tuple(_read(address, number, line) for number, line in enumerate(lines, start=1))


def _read(address: str, number: int, line: str) -> Answer:
    try:
        row = json.loads(line)
        contexts = row.get("contexts") or ()
        contexts = (contexts,) if isinstance(contexts, str) else tuple(map(str, contexts))
        return Answer(str(row["question"]), str(row.get("answer") or ""), contexts)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        what = f"{address}: line {number} is no question: {error}"
        raise Misconfigured(what, 'write {"question": …, "contexts": […], "answer": …}') from error


def asked(endpoint: Endpoint, prompt: str, rows: Iterable[Answer]) -> tuple[Answer, ...]:
    """What the model answers now, one question after the other, so that each is timed alone.

    Raises `Unavailable` where it does not.
    """
    import openai

    ask = client(endpoint)
    try:
        return tuple(_asked(ask, endpoint.model, prompt, row) for row in rows)
    except openai.OpenAIError as error:
        what = f"{endpoint.model} at {endpoint.url} does not answer: {error}"
        raise Unavailable(what, "see that it is ready and that this job may reach it") from error


def _asked(ask: Any, model: str, prompt: str, row: Answer) -> Answer:
    text = prompt.replace("{question}", row.question)
    text = text.replace("{contexts}", "\n\n".join(row.contexts))
    began = time.perf_counter()
    said = ask.chat.completions.create(
        model=model, messages=[{"role": "user", "content": text}], temperature=0
    )
    took, usage = time.perf_counter() - began, said.usage
    tokens = (usage.prompt_tokens, usage.completion_tokens) if usage else None
    answer = said.choices[0].message.content or ""
    return replace(row, text=answer, seconds=took, tokens=tokens)
