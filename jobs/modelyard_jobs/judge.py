"""How good answers are, by Ragas' metrics and a language model of one's own that judges."""

from __future__ import annotations

import asyncio
import math
import os
from collections.abc import Awaitable, Iterable, Iterator
from typing import Any

from modelyard_jobs.answers import Answer, Endpoint, client

FAITHFULNESS, RELEVANCE, CONTEXT = "faithfulness", "answer_relevance", "context_relevance"
_AT_ONCE = 4
_TOKENS = 4096
"""What a judge may write: it repeats every claim of an answer."""


def scores(
    judge: Endpoint, embeddings: Endpoint | None, answers: Iterable[Answer]
) -> list[dict[str, float]]:
    """Between 0 and 1, by measure, for each answer; no number where the judge said nothing that can
    be read. Without a model of embeddings nothing is said of answer relevance.
    """
    return asyncio.run(_scores(_metrics(judge, embeddings), list(answers)))


async def _scores(ask: dict[str, Any], answers: list[Answer]) -> list[dict[str, float]]:
    turn = asyncio.Semaphore(_AT_ONCE)

    async def scored(answer: Answer) -> dict[str, float]:
        async with turn:
            return {name: await _value(made) for name, made in _asked(ask, answer)}

    return list(await asyncio.gather(*map(scored, answers)))


def _metrics(judge: Endpoint, embeddings: Endpoint | None) -> dict[str, Any]:
    os.environ.setdefault("RAGAS_DO_NOT_TRACK", "true")
    from ragas.embeddings import OpenAIEmbeddings
    from ragas.llms import llm_factory
    from ragas.metrics.collections import AnswerRelevancy, ContextRelevance, Faithfulness

    ask = client(judge, "AsyncOpenAI")
    model = llm_factory(judge.model, client=ask, max_tokens=_TOKENS)
    made: dict[str, Any] = {FAITHFULNESS: Faithfulness(llm=model)}
    made[CONTEXT] = ContextRelevance(llm=model)
    if embeddings:
        asked = client(embeddings, "AsyncOpenAI")
        vectors = OpenAIEmbeddings(client=asked, model=embeddings.model)
        made[RELEVANCE] = AnswerRelevancy(llm=model, embeddings=vectors)
    return made


def _asked(ask: dict[str, Any], answer: Answer) -> Iterator[tuple[str, Awaitable[Any] | None]]:
    """What there is to be judged: without contexts nothing about them, without an answer only that
    it is beside the point.
    """
    question, contexts = answer.question, list(answer.contexts)
    if contexts:
        yield CONTEXT, ask[CONTEXT].ascore(user_input=question, retrieved_contexts=contexts)
    if contexts and answer.text.strip():
        told = {"user_input": question, "response": answer.text}
        yield FAITHFULNESS, ask[FAITHFULNESS].ascore(**told, retrieved_contexts=contexts)
    if RELEVANCE in ask and answer.text.strip():
        yield RELEVANCE, ask[RELEVANCE].ascore(user_input=question, response=answer.text)
    elif RELEVANCE in ask:
        yield RELEVANCE, None


async def _value(made: Awaitable[Any] | None) -> float:
    if made is None:
        return 0.0
    try:
        return float((await made).value)
    except Exception:  # a judge that says nothing sensible has said nothing
        return math.nan
