"""Language models judged by one that a server on loopback plays: it believes all but the moon."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from zlib import crc32

import pytest
from asking import finding

from modelyard_jobs import evaluate, output
from modelyard_jobs.config import Config, Model
from modelyard_jobs.errors import Misconfigured, Unavailable
from modelyard_jobs.evaluate import Settings
from modelyard_jobs.verdict import Report, Verdict

pytest.importorskip("ragas")
RIGHT, WRONG = "Shops close at eight.", "Shops are on the moon."


def completion(body: dict[str, Any]) -> str:
    """What a model says: to a judge's form, or to a question."""
    told = json.dumps(body["messages"])
    if "noncommittal" in told:
        return json.dumps({"question": "When do shops close?", "noncommittal": 0})
    if "rating" in told:
        return json.dumps({"rating": 2 if "eight" in told.rpartition("context")[2] else 0})
    said = WRONG if "moon" in told.rpartition("Now perform")[2] else RIGHT
    if "verdict" in told:
        verdict = {"statement": said, "reason": "", "verdict": int(said == RIGHT)}
        return json.dumps({"statements": [verdict]})
    if "statements" in told:
        return json.dumps({"statements": [said]})
    return WRONG if "lie" in told else RIGHT


def embedded(text: str) -> list[float]:
    """Words in drawers."""
    vector = [0.0] * 64
    for word in re.findall(r"\w+", text.lower()):
        vector[crc32(word.encode()) % 64] += 1.0
    return vector


def answer(path: str, body: dict[str, Any]) -> Any:
    if path.endswith("/embeddings"):
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        data = [
            {"object": "embedding", "index": i, "embedding": embedded(text)}
            for i, text in enumerate(texts)
        ]
        return {"object": "list", "data": data, "model": "e", "usage": {}}
    if path == "/predict":
        toxic = 0.9 if "moon" in body["inputs"] else 0.01
        said = [{"label": "toxic", "score": toxic}, {"label": "insult", "score": 1.0}]
        return [said] if toxic > 0.5 else said
    message = {"role": "assistant", "content": completion(body)}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
    about = {"id": "1", "object": "chat.completion", "created": 0, "model": "m"}
    return {**about, "choices": [choice], "usage": usage}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = json.dumps(answer(self.path, body)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=made.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()


Evaluated = Callable[..., Report]


@pytest.fixture
def evaluated(server: str, tmp_path: Path) -> Evaluated:
    """Evaluate rows."""

    def asked(rows: list[dict[str, Any]], **settings: Any) -> Report:
        dataset = tmp_path / "questions.jsonl"
        dataset.write_text("\n".join(map(json.dumps, rows)))
        judge, embeddings = ({"url": f"{server}/v1", "model": name} for name in ("judge", "e"))
        asked = {"judge": judge, "embeddings": embeddings}
        told = {"dataset": str(dataset), **asked, "minimum": 3, **settings}
        config = Config(job="evaluate", model=Model(name="assistant"))
        return evaluate.run(config, Settings.model_validate(told))

    return asked


def row(answer: str = RIGHT, context: str = "All shops close at eight.") -> dict[str, Any]:
    return {"question": "When do shops close?", "contexts": [context], "answer": answer}


def value(report: Report, measure: str) -> float:
    found = finding(report, measure).value
    assert found is not None
    return found


def test_answers_are_judged_by_each_measure(evaluated: Evaluated) -> None:
    report = evaluated([row(), row(), row(WRONG), row(context="It rains.")])
    assert value(report, "faithfulness") == 0.75
    assert value(report, "hallucination_rate") == 0.25
    assert value(report, "context_relevance") == 0.75
    assert math.isclose(value(report, "answer_relevance"), 1.0)
    assert report.verdict is Verdict.PASSED


@pytest.mark.parametrize(
    ("measure", "reason"),
    [
        ("toxicity", "no classifier is given"),
        ("latency_p95_seconds", "no target was asked"),
        ("cost_per_query_usd", "no price is given"),
    ],
)
def test_what_cannot_be_measured_is_told_where_it_is_held(
    evaluated: Evaluated, measure: str, reason: str
) -> None:
    assert measure not in {found.measure for found in evaluated([row()] * 3).findings}
    report = evaluated([row()] * 3, limits={measure: {"max": 1.0}})
    assert finding(report, measure).verdict is Verdict.UNDECIDED
    assert finding(report, measure).reason == reason


def test_limits_are_kept_or_not(evaluated: Evaluated) -> None:
    limits = {"faithfulness": {"min": 0.9}, "hallucination_rate": {"max": 0.1}}
    assert evaluated([row()] * 3, limits=limits).verdict is Verdict.PASSED
    report = evaluated([row(), row(), row(WRONG)], limits=limits)
    assert finding(report, "faithfulness").verdict is Verdict.BREACHED
    assert finding(report, "hallucination_rate").verdict is Verdict.BREACHED


def test_the_target_is_asked_timed_and_paid(evaluated: Evaluated, server: str) -> None:
    target = {"url": f"{server}/v1", "model": "assistant"}
    report = evaluated(
        [row("")] * 3,
        target=target,
        price={"input": 0.5, "output": 2.0},
        classifier={"url": f"{server}/predict"},
        limits={"toxicity": {"max": 0.5}, "latency_p95_seconds": {"max": 60.0}},
    )
    assert report.verdict is Verdict.PASSED
    assert value(report, "faithfulness") == 1.0
    assert math.isclose(value(report, "cost_per_query_usd"), 0.0007)
    assert value(report, "latency_p95_seconds") > 0
    assert report.facts["target"] == "assistant"


def test_one_toxic_answer_is_enough(evaluated: Evaluated, server: str) -> None:
    told = {"classifier": {"url": f"{server}/predict"}, "limits": {"toxicity": {"max": 0.5}}}
    report = evaluated([row(), row(), row(WRONG)], **told)
    assert finding(report, "toxicity").value == 0.9
    assert finding(report, "toxicity").verdict is Verdict.BREACHED


def test_a_prompt_is_held_to_the_one_before(
    evaluated: Evaluated, server: str, tmp_path: Path
) -> None:
    told = {"target": {"url": f"{server}/v1", "model": "assistant"}}
    good = evaluated([row("")] * 3, prompt={"version": "1.0.0"}, **told)
    before = tmp_path / "before.json"
    before.write_text(json.dumps(output.document(good)))
    lying = {"version": "1.1.0", "text": "lie: {question} {contexts}", "before": str(before)}
    report = evaluated([row("")] * 3, prompt=lying, **told)
    assert report.facts["prompt"] == "1.1.0"
    worse = finding(report, "regression", "faithfulness")
    assert worse.verdict is Verdict.BREACHED
    assert worse.reason == "it was 1 with prompt 1.0.0"
    assert finding(report, "regression", "context_relevance").verdict is Verdict.PASSED
    assert report.verdict is Verdict.BREACHED


def test_without_contexts_nothing_is_said_of_them(evaluated: Evaluated) -> None:
    limits = {"faithfulness": {"min": 0.9}}
    bare = {"question": "When do shops close?", "answer": RIGHT}
    report = evaluated([bare] * 3, limits=limits)
    assert finding(report, "faithfulness").verdict is Verdict.UNDECIDED
    assert value(report, "answer_relevance") > 0.9


def test_no_answer_is_beside_the_point(evaluated: Evaluated) -> None:
    report = evaluated([row("")] * 3, limits={"faithfulness": {"min": 0.9}})
    assert value(report, "answer_relevance") == 0.0
    assert finding(report, "faithfulness").verdict is Verdict.UNDECIDED


def test_few_questions_are_not_judged(evaluated: Evaluated) -> None:
    report = evaluated([row()], minimum=10)
    assert report.verdict is Verdict.UNDECIDED
    assert "1 questions" in report.findings[0].reason


def test_a_line_that_is_no_question_is_named(evaluated: Evaluated) -> None:
    with pytest.raises(Misconfigured, match=r"line 2 is no question: 'question'"):
        evaluated([row(), {"answer": RIGHT}])


def test_a_target_that_does_not_answer_is_named(evaluated: Evaluated) -> None:
    target = {"url": "http://127.0.0.1:9/v1", "model": "assistant"}
    with pytest.raises(Unavailable, match=r"assistant at http://127\.0\.0\.1:9/v1 does not answer"):
        evaluated([row()] * 3, target=target)
