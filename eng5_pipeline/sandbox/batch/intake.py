"""What CJ makes of a record on the request topic, before anything is compared.

A value that CJ cannot read (no JSON, no user_id, an unknown course code) brings no answer at all; neither
does an envelope that was seen before. What can be read but not begun fails early.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from eng5_pipeline.contracts.events import ID_LENGTH, BatchingMode, CourseCode, Language

PROVIDERS = frozenset({"anthropic", "google", "mock", "openai", "openrouter"})
CANONICAL = "canonical_national"
DEDUPLICATION_HEADERS = ("event_id", "event_type")


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class EssayToCompare(Part):
    essay_id: str
    text_storage_id: str


class Overrides(Part):
    provider_override: str | None = None
    model_override: str | None = None
    temperature_override: float | None = None
    max_tokens_override: int | None = None
    system_prompt_override: str | None = None
    judge_rubric_override: str | None = None
    reasoning_effort: str | None = None
    output_verbosity: str | None = None


class RequestData(Part):
    entity_id: str
    parent_id: str | None = None
    essays_for_cj: tuple[EssayToCompare, ...]
    language: Language
    course_code: CourseCode
    llm_config_overrides: Overrides | None = None
    assignment_id: str | None = None
    user_id: Annotated[str, Field(min_length=1)]
    org_id: str | None = None


class RequestMetadata(Part):
    """`max_comparisons` as it stands in the JSON: what it means is for the batch rules to say.

    CJ makes nothing of `batch_label`; here misbehaviour can be asked for by it.
    """

    batch_label: JsonValue = None
    max_comparisons: JsonValue = None
    llm_batching_mode_hint: BatchingMode | None = None


class Request(Part):
    event_id: UUID
    correlation_id: UUID
    data: RequestData
    metadata: RequestMetadata | None = None

    @property
    def batch_id(self) -> str:
        return self.data.entity_id

    @property
    def label(self) -> str:
        label = self.metadata.batch_label if self.metadata else None
        return label if isinstance(label, str) else ""

    @property
    def essays(self) -> dict[str, str]:
        """Storage id by essay id; an essay named twice is one essay, with the text named last."""
        return {essay.essay_id: essay.text_storage_id for essay in self.data.essays_for_cj}

    @property
    def overrides(self) -> Overrides:
        return self.data.llm_config_overrides or Overrides()


@dataclass(frozen=True)
class EarlyFailure:
    """Why no job comes to be, in the words and with the exception that the failed event names."""

    message: str
    exception: str


def read_request(value: bytes | None) -> Request | None:
    """None where CJ would say nothing, ever."""
    if value is None:
        return None
    try:
        return Request.model_validate_json(value)
    except ValidationError:
        return None


def envelope_key(value: bytes, headers: Mapping[str, bytes]) -> str:
    """What CJ recognises an envelope by; `value` is a request that can be read.

    The event id alone where the record has the headers event_id and event_type; else event id and data.
    """
    if all(name in headers for name in DEDUPLICATION_HEADERS):
        return headers["event_id"].decode("utf-8", "replace")
    envelope = json.loads(value)
    data = json.dumps(envelope["data"], sort_keys=True)
    return f"{envelope['event_id']}:{sha256(data.encode('utf-8')).hexdigest()}"


def early_failure(request: Request, context_origin: str | None, first_text: str) -> EarlyFailure | None:
    """Why CJ fails this request at once, or None.

    `context_origin` is that of the assignment, None where CJ does not know the assignment. Where an id is too
    long the message quotes the beginning of the essay's text, `first_text`, as CJ's database error does.
    """
    assignment = request.data.assignment_id
    if not request.data.essays_for_cj:
        return EarlyFailure("Missing required fields: bos_batch_id or essays_to_process", "ValueError")
    if assignment is not None and context_origin is None:
        return EarlyFailure(f"Unknown assignment_id {assignment!r}: missing assessment_instructions", "ValueError")
    if context_origin == CANONICAL and request.overrides.judge_rubric_override:
        return EarlyFailure(f"assignment {assignment!r} is canonical: its rubric stays", "ValueError")
    too_long = next((i for i in (request.batch_id, *request.essays) if len(i) > ID_LENGTH), None)
    if too_long is not None:
        return EarlyFailure(_database_words(too_long, first_text), "PendingRollbackError")
    return None


def _database_words(too_long: str, text: str) -> str:
    """SQLAlchemy on a value that its column does not take: the statement and its values, the text among them."""
    return (
        "This Session's transaction has been rolled back due to a previous exception during flush. To begin a new "
        "transaction with this Session, first issue Session.rollback(). Original exception was: "
        "(sqlalchemy.dialects.postgresql.asyncpg.Error) "
        "<class 'asyncpg.exceptions.StringDataRightTruncationError'>: "
        f"value too long for type character varying({ID_LENGTH})\n"
        "[SQL: INSERT INTO cj_processed_essays (els_essay_id, assessment_input_text) "
        "VALUES ($1::VARCHAR, $2::VARCHAR)]\n"
        f"[parameters: ({too_long!r}, {text[:150]!r})]\n"
        "(Background on this error at: https://sqlalche.me/e/20/dbapi)"
    )
