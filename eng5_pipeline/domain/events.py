"""One record in, one typed fact out; or a word on why it is not one.

Records are routed by topic, never by the `event_type` inside, and belong to a batch by the field that the platform
uses for it. A record that does not even contain the batch_uuid is skipped before it is parsed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import NamedTuple

from pydantic import ValidationError

from eng5_pipeline.contracts import topics
from eng5_pipeline.contracts.events import Comparison, Completed, Failed, FailureInfo, Result
from eng5_pipeline.domain.positions import Record

EARLY_FAILURE = "INITIALIZATION_FAILED"
MESSAGE_LENGTH = 240
UUID_LENGTH = 36
# What SQLAlchemy and PostgreSQL put before the values of a failed statement, essay text among them.
_VALUES_FOLLOW = ("\n", "[SQL", "[parameters", "DETAIL")


Identity = int | str


class ComparisonFact(NamedTuple):
    """`winner` and `loser` are essay ids, None where nobody won; `cost` in USD as it was written."""

    identity: Identity
    job: str
    essay_a: str
    essay_b: str
    winner: str | None
    loser: str | None
    cost: Decimal
    tokens: int


class CompletionFact(NamedTuple):
    identity: Identity
    job: str
    succeeded: bool
    essays: frozenset[str]


class ResultFact(NamedTuple):
    """`essays` are the ids that came back, anchors included."""

    identity: Identity
    job: str
    essays: frozenset[str]


class FailureFact(NamedTuple):
    """`job` is None where CJ failed before it made one; `reason` never quotes values."""

    identity: Identity
    job: str | None
    reason: str


Fact = ComparisonFact | CompletionFact | ResultFact | FailureFact


class Unreadable(Exception):
    """An own record that cannot be used; the message says why and quotes nothing of it."""


def read(record: Record, batch: str) -> Fact | None:
    """The fact of a record of this batch_uuid, None of a foreign one. Raises Unreadable."""
    value, key = record.value or b"", record.key or b""
    needle = batch.encode()
    if needle not in value and needle not in key:
        return None
    reader = _READERS[record.topic]
    try:
        named, fact = reader(value)
    except ValidationError as error:
        if _names_another_batch(record.topic, value, batch):
            return None
        raise Unreadable(_why(error)) from error
    return fact if named == batch else None


def _comparison(value: bytes) -> tuple[str, Fact]:
    data = Comparison.model_validate_json(value).data
    asked = data.request_metadata
    winner = loser = None
    if data.error_detail is None and data.winner == "Essay A":
        winner, loser = asked.essay_a_id, asked.essay_b_id
    elif data.error_detail is None and data.winner == "Essay B":
        winner, loser = asked.essay_b_id, asked.essay_a_id
    usage = data.token_usage
    fact = ComparisonFact(
        identity=_identity(data.request_id),
        job=asked.cj_batch_id or "",
        essay_a=asked.essay_a_id,
        essay_b=asked.essay_b_id,
        winner=winner,
        loser=loser,
        cost=data.cost_estimate or Decimal(0),
        tokens=usage.total_tokens if usage else 0,
    )
    return asked.bos_batch_id, fact


def _completion(value: bytes) -> tuple[str, Fact]:
    event = Completed.model_validate_json(value)
    summary = event.data.processing_summary
    essays = frozenset(summary.successful_essay_ids + summary.failed_essay_ids) if summary else frozenset()
    succeeded = event.data.status == "completed_successfully"
    job = event.data.cj_assessment_job_id or ""
    return event.data.entity_id, CompletionFact(_identity(event.event_id), job, succeeded, essays)


def _result(value: bytes) -> tuple[str, Fact]:
    event = Result.model_validate_json(value)
    essays = frozenset(essay.essay_id for essay in event.data.essay_results)
    return event.data.batch_id, ResultFact(_identity(event.event_id), event.data.cj_assessment_job_id or "", essays)


def _failure(value: bytes) -> tuple[str, Fact]:
    event = Failed.model_validate_json(value)
    job = event.data.cj_assessment_job_id
    reason = failure_reason(event.data.system_metadata.error_info)
    return event.data.entity_id, FailureFact(_identity(event.event_id), None if job == EARLY_FAILURE else job, reason)


_READERS: Mapping[str, Callable[[bytes], tuple[str, Fact]]] = {
    topics.COMPARISON: _comparison,
    topics.COMPLETED: _completion,
    topics.RESULT: _result,
    topics.FAILED: _failure,
}
_BATCH_FIELD: Mapping[str, tuple[str, ...]] = {
    topics.COMPARISON: ("data", "request_metadata", "bos_batch_id"),
    topics.COMPLETED: ("data", "entity_id"),
    topics.RESULT: ("data", "batch_id"),
    topics.FAILED: ("data", "entity_id"),
}


def failure_reason(info: FailureInfo) -> str:
    """CJ's own words in one line, cut before a database error could quote an essay."""
    words = [word for word in (info.error_code, info.reason, _first_line(info.error_message)) if word]
    details = info.details
    if details is not None and details.success_rate is not None:
        words.append(f"{details.success_rate:.0%} of comparisons succeeded")
    return ": ".join(words) or "CJ gave no reason"


def _first_line(message: str | None) -> str:
    text = message or ""
    ends = [text.find(mark) for mark in _VALUES_FOLLOW if mark in text]
    return text[: min([MESSAGE_LENGTH, *ends])].strip()


def _identity(text: str) -> Identity:
    """The number of a UUID, so that a hundred thousand of them stay small in memory."""
    try:
        return int(text.replace("-", ""), 16) if len(text) == UUID_LENGTH else text
    except ValueError:
        return text


def _names_another_batch(topic: str, value: bytes, batch: str) -> bool:
    try:
        found = json.loads(value)
        for part in _BATCH_FIELD[topic]:
            found = found[part]
    except (ValueError, LookupError, TypeError, RecursionError):
        return False
    return isinstance(found, str) and found != batch


def _why(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['type']}" if place else f"not readable: {first['type']}"
