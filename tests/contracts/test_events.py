"""The models of contracts/events.py against every captured value."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from eng5_pipeline.contracts import topics
from eng5_pipeline.contracts.events import Comparison, Completed, Failed, RequestEnvelope, Result
from tests.support.wire import CAPTURES, feed

KINDS = {
    topics.COMPARISON: Comparison,
    topics.COMPLETED: Completed,
    topics.RESULT: Result,
    topics.FAILED: Failed,
}
FEEDS = sorted(path.stem for path in (CAPTURES / "feeds").glob("*.jsonl"))
RECORDS = [record for name in FEEDS for record in feed(name)]
SUCCESS = CAPTURES / "events" / "b1-llm-comparison-result-success.value.json"


def _event(name: str) -> str:
    (path,) = Path(CAPTURES / "events").glob(f"{name}-*.json")
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FEEDS)
def test_a_composed_request_has_the_bytes_of_the_captured_one(name: str) -> None:
    captured = [record["value"] for record in feed(name) if record["topic"] == topics.REQUEST]
    assert [RequestEnvelope.model_validate_json(value).encode().decode() for value in captured] == captured


def test_every_captured_event_can_be_read() -> None:
    events = [record for record in RECORDS if record["topic"] != topics.REQUEST]
    read = [KINDS[record["topic"]].model_validate_json(record["value"]) for record in events]
    assert [event.event_id for event in read] == [json.loads(r["value"])["event_id"] for r in events]


def test_a_cost_keeps_every_digit() -> None:
    text = SUCCESS.read_text(encoding="utf-8").replace('"cost_estimate": 0.0', '"cost_estimate": 0.0000004')
    assert Comparison.model_validate_json(text).data.cost_estimate == Decimal("0.0000004")


def test_a_failed_comparison_has_no_winner_and_says_why() -> None:
    data = Comparison.model_validate_json(_event("b3")).data
    assert data.winner is None
    assert data.error_detail is not None
    assert data.error_detail.error_code == "EXTERNAL_SERVICE_ERROR"
    assert (data.provider, data.request_metadata.resolved_provider) == ("openai", "mock")


@pytest.mark.parametrize(("name", "reason"), [("d1", None), ("d2", "low_success_rate")])
def test_a_failure_is_read_in_each_of_its_shapes(name: str, reason: str | None) -> None:
    error = Failed.model_validate_json(_event(name)).data.system_metadata.error_info
    assert error.reason == reason
    assert (error.error_code is None) == (reason is not None)


def test_a_job_id_may_be_a_number() -> None:
    text = _event("c1").replace('"cj_assessment_job_id": "1"', '"cj_assessment_job_id": 1')
    assert Completed.model_validate_json(text).data.cj_assessment_job_id == "1"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"confidence": 4.832', '"confidence": NaN'),
        ('"confidence": 4.832', '"confidence": "high"'),
        ('"bos_batch_id"', '"bos"'),
        ('"request_id"', '"id"'),
    ],
)
def test_a_comparison_that_cannot_be_one_is_refused(old: str, new: str) -> None:
    text = SUCCESS.read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(ValidationError):
        Comparison.model_validate_json(text.replace(old, new))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("data", "entity_id"), "x" * 37),
        (("data", "user_id"), ""),
        (("data", "course_code"), "ENG4"),
        (("metadata", "max_comparisons"), 0),
        (("metadata", "max_comparisons"), "8"),
        (("surprise",), 1),
    ],
)
def test_a_request_that_cj_would_misread_is_not_composed(path: tuple[str, ...], value: object) -> None:
    envelope = json.loads(_event("a"))
    part = envelope
    for name in path[:-1]:
        part = part[name]
    part[path[-1]] = value
    with pytest.raises(ValidationError):
        RequestEnvelope.model_validate_json(json.dumps(envelope))
