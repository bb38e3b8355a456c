"""Kafka values of the platform, as they were observed: the request we compose, the four kinds we read.

The request is strict and its fields stand in the captured order; `encode` gives the bytes to publish. The
other models are lenient: unknown fields are ignored, times stay the text they came as (one of them may lack a
time zone), numbers may stand where ids are text, and whatever no decision rests on may be null or absent.
Read one with `Comparison.model_validate_json(value)`; anything unreadable is a `pydantic.ValidationError`,
whose text quotes the input and so must not be logged.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
)

ID_LENGTH = 36
"""Batch and essay ids longer than this make CJ fail the batch."""

Id = Annotated[str, Field(min_length=1, max_length=ID_LENGTH)]
CourseCode = Literal["ENG5", "ENG6", "ENG7", "SV1", "SV2", "SV3"]
Language = Literal["en", "sv"]
BatchingMode = Literal["per_request", "serial_bundle", "provider_batch_api"]


class Composed(BaseModel):
    """A part of what we send: nothing unknown, nothing coerced."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class NoErrors(Composed):
    """The empty `error_info` of a batch that has not failed."""


class EssayReference(Composed):
    essay_id: Id
    text_storage_id: str
    spellcheck_metrics: None = None


class JudgeOverrides(Composed):
    """What the judge is told for this batch alone; null leaves CJ's own value."""

    model_override: str | None = None
    temperature_override: float | None = None
    max_tokens_override: int | None = None
    provider_override: str | None = None
    system_prompt_override: str | None = None
    judge_rubric_override: str | None = None
    reasoning_effort: Literal["none", "low", "medium", "high"] | None = None
    output_verbosity: Literal["low", "medium", "high"] | None = None


class RequestSystemMetadata(Composed):
    entity_id: Id
    entity_type: Literal["batch"] = "batch"
    parent_id: str | None
    timestamp: AwareDatetime
    processing_stage: Literal["pending"] = "pending"
    started_at: None = None
    completed_at: None = None
    event: Literal["els.cj_assessment.requested"] = "els.cj_assessment.requested"
    error_info: NoErrors = NoErrors()


class RequestData(Composed):
    """`entity_id` is the batch_uuid, `parent_id` the assignment."""

    event_name: Literal["els.cj_assessment.requested"] = "els.cj_assessment.requested"
    entity_id: Id
    entity_type: Literal["batch"] = "batch"
    parent_id: str | None
    timestamp: AwareDatetime
    system_metadata: RequestSystemMetadata
    essays_for_cj: tuple[EssayReference, ...]
    language: Language
    course_code: CourseCode
    student_prompt_ref: None = None
    llm_config_overrides: JudgeOverrides | None
    assignment_id: str | None
    user_id: Annotated[str, Field(min_length=1)]
    org_id: str | None


class RequestMetadata(Composed):
    """`max_comparisons` and the hint are left out where they are None: CJ counts only an integer above 0."""

    runner_mode: Literal["execute"] = "execute"
    batch_label: str
    max_comparisons: Annotated[int, Field(gt=0)] | None = None
    llm_batching_mode_hint: BatchingMode | None = None

    @model_serializer(mode="wrap")
    def _without_absent(self, handler: SerializerFunctionWrapHandler) -> dict[str, str | int]:
        return {key: value for key, value in handler(self).items() if value is not None}


class RequestEnvelope(Composed):
    event_id: str
    event_type: Literal["huleedu.els.cj_assessment.requested.v1"] = "huleedu.els.cj_assessment.requested.v1"
    event_timestamp: AwareDatetime
    source_service: Literal["eng5_np_batch_runner"] = "eng5_np_batch_runner"
    schema_version: Literal[1] = 1
    correlation_id: str
    data_schema_uri: None = None
    data: RequestData
    metadata: RequestMetadata

    def encode(self) -> bytes:
        """UTF-8 JSON, fields in the captured order, times in the zone they carry (`Z` for UTC)."""
        return json.dumps(self.model_dump(mode="json")).encode("utf-8")


class Observed(BaseModel):
    """A part of what we read."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True, allow_inf_nan=False)


class ObservedEnvelope(Observed):
    """`correlation_id` need not be the run's: a comparison has its own, a failure may have any."""

    event_id: str
    event_timestamp: str | None = None
    correlation_id: str | None = None


class TokenUsage(Observed):
    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0


class ComparisonRequest(Observed):
    """What was asked: `bos_batch_id` is the batch_uuid, `cj_batch_id` CJ's own job id."""

    essay_a_id: str
    essay_b_id: str
    bos_batch_id: str
    cj_batch_id: str | None = None
    prompt_sha256: str | None = None
    resolved_provider: str | None = None
    resolved_model: str | None = None


class ErrorDetail(Observed):
    error_code: str | None = None
    message: str | None = None


class ComparisonData(Observed):
    """One answer of the judge.

    `winner` is `Essay A` or `Essay B`; anything else is no win. `confidence` runs from 1 to 5.
    `cost_estimate` is in USD, the decimal number as it was written. `provider` and `model` are wrong on
    errors: trust the resolved ones of `request_metadata`.
    """

    request_id: str
    winner: str | None = None
    justification: str | None = None
    confidence: float | None = None
    error_detail: ErrorDetail | None = None
    provider: str | None = None
    model: str | None = None
    response_time_ms: int | None = None
    token_usage: TokenUsage | None = None
    cost_estimate: Decimal | None = None
    requested_at: str | None = None
    completed_at: str | None = None
    request_metadata: ComparisonRequest


class Comparison(ObservedEnvelope):
    data: ComparisonData


class ProcessingSummary(Observed):
    """Counts of students alone, anchors left out."""

    total_essays: int | None = None
    successful: int | None = None
    failed: int | None = None
    successful_essay_ids: tuple[str, ...] = ()
    failed_essay_ids: tuple[str, ...] = ()
    processing_time_seconds: float | None = None


class CompletedData(Observed):
    """`status` is `completed_successfully` or `failed_critically`: a completion can report failure."""

    entity_id: str
    status: str
    cj_assessment_job_id: str | None = None
    processing_summary: ProcessingSummary | None = None


class Completed(ObservedEnvelope):
    data: CompletedData


class EssayResult(Observed):
    """One essay's place.

    Anchors come as `ANCHOR_<registry id>_<8 hex>` with grade U and score 0 whatever their true grade. Without
    a projection a student is `U`, 0.0, `LOW`. `bt_score` is a Bradley-Terry theta; no standard error comes.
    """

    essay_id: str
    normalized_score: float | None = None
    letter_grade: str | None = None
    confidence_score: float | None = None
    confidence_label: str | None = None
    bt_score: float | None = None
    rank: int | None = None
    is_anchor: bool = False
    display_name: str | None = None


class AssessmentMetadata(Observed):
    """`comparison_count` is n(n-1)/2 of the essays, not what was compared; `llm_temperature` a default."""

    anchor_essays_used: int | None = None
    calibration_method: str | None = None
    comparison_count: int | None = None
    processing_duration_seconds: float | None = None


class ResultData(Observed):
    batch_id: str
    cj_assessment_job_id: str | None = None
    assignment_id: str | None = None
    model_used: str | None = None
    model_provider: str | None = None
    model_version: str | None = None
    essay_results: tuple[EssayResult, ...]
    assessment_metadata: AssessmentMetadata | None = None
    assessed_at: str | None = None


class Result(ObservedEnvelope):
    data: ResultData


class FailureDetails(Observed):
    exception_type: str | None = None
    callbacks_received: int | None = None
    completed_comparisons: int | None = None
    failed_comparisons: int | None = None
    success_rate: float | None = None
    success_rate_threshold: float | None = None


class FailureInfo(Observed):
    """Three shapes in one: `error_code` and `error_message` of an early failure, else a `reason`.

    `error_message` can quote the beginning of an essay (seen where an essay id was too long): never log it
    whole.
    """

    error_code: str | None = None
    error_message: str | None = None
    reason: str | None = None
    details: FailureDetails | None = None


class FailureSystemMetadata(Observed):
    error_info: FailureInfo = FailureInfo()


class FailedData(Observed):
    """`cj_assessment_job_id` is INITIALIZATION_FAILED where no job came to be."""

    entity_id: str
    cj_assessment_job_id: str | None = None
    system_metadata: FailureSystemMetadata = FailureSystemMetadata()


class Failed(ObservedEnvelope):
    data: FailedData
