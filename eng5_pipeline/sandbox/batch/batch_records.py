"""The records that CJ itself publishes about a batch, field for field as captured.

`stuck` is the one that was never captured: its shape is that of a low success rate, its reason is inferred.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from eng5_pipeline.contracts.topics import COMPLETED, FAILED, RESULT
from eng5_pipeline.sandbox.batch.batches import SUCCESS_THRESHOLD, Tally, pairs_in_all
from eng5_pipeline.sandbox.batch.grades import UNGRADED
from eng5_pipeline.sandbox.batch.intake import EarlyFailure, Request
from eng5_pipeline.sandbox.batch.judge import MODEL, PROVIDER
from eng5_pipeline.sandbox.batch.records import Json, Pen, Record, Source, naive, zulu

RESOURCE = "huleedu.resource.consumption.v1"
SERVICE: Source = "cj_assessment_service"
NO_JOB = "INITIALIZATION_FAILED"
LETTERS = "ABCDEF" + UNGRADED


@dataclass(frozen=True)
class Job:
    """A batch that CJ has begun."""

    id: int
    request: Request
    started_at: datetime


@dataclass(frozen=True)
class Place:
    """Where an essay came in; anchors and the ungraded have grade U, 0.0 and LOW."""

    essay_id: str
    theta: float
    rank: int
    is_anchor: bool
    grade: str = UNGRADED
    normalized: float = 0.0
    confidence: float = 0.0
    label: str = "LOW"


def completed(pen: Pen, job: Job, ranking: Sequence[Place]) -> Record:
    """The completion of a batch; with a single student it says that the batch failed."""
    students = [place.essay_id for place in ranking if not place.is_anchor]
    single = len(ranking) == 1
    succeeded, failed = ([], students) if single else (students, [])
    data: Json = {
        **_head(pen, job.request, "cj_assessment.completed"),
        "status": "failed_critically" if single else "completed_successfully",
        "system_metadata": {
            **_system_head(pen, job.request, None),
            "processing_stage": "completed",
            "started_at": zulu(job.started_at),
            "completed_at": pen.now(),
            "event": "cj_assessment.completed",
            "error_info": {},
        },
        "cj_assessment_job_id": str(job.id),
        "processing_summary": {
            "total_essays": len(students),
            "successful": len(succeeded),
            "failed": len(failed),
            "successful_essay_ids": succeeded,
            "failed_essay_ids": failed,
            "processing_time_seconds": round(_seconds(pen, job), 2),
            "single_essay_batch": single,
        },
    }
    return _record(pen, COMPLETED, job.request.batch_id, COMPLETED, job.request, data)


def result(pen: Pen, job: Job, ranking: Sequence[Place]) -> Record:
    request = job.request
    anchors = sum(place.is_anchor for place in ranking)
    data: Json = {
        **_head(pen, request, "assessment.result.published"),
        "batch_id": request.batch_id,
        "cj_assessment_job_id": str(job.id),
        "assignment_id": request.data.assignment_id,
        "assessment_method": "cj_assessment",
        "model_used": MODEL,
        "model_provider": PROVIDER,
        "model_version": None,
        "essay_results": [_essay_result(place) for place in ranking],
        "assessment_metadata": {
            "anchor_essays_used": anchors,
            "calibration_method": "anchor" if anchors else "default",
            "anchor_grade_distribution": dict.fromkeys(LETTERS, 0) if anchors else {},
            "comparison_count": pairs_in_all(len(ranking)),
            "processing_duration_seconds": round(_seconds(pen, job), 6),
            "llm_temperature": 0.1,
            "assignment_id": request.data.assignment_id,
            "course_code": request.data.course_code,
        },
        "assessed_at": pen.now(),
    }
    return _record(pen, RESULT, str(job.id), "assessment.result.published", request, data)


def consumption(pen: Pen, job: Job, ranking: Sequence[Place]) -> Record:
    data: Json = {
        **_head(pen, job.request, "resource.consumption.reported"),
        "user_id": job.request.data.user_id,
        "org_id": job.request.data.org_id,
        "resource_type": "cj_comparison",
        "quantity": sum(not place.is_anchor for place in ranking),
        "service_name": SERVICE,
        "processing_id": str(job.id),
        "consumed_at": pen.now(),
    }
    return _record(pen, RESOURCE, job.request.batch_id, RESOURCE, job.request, data)


def failed_early(pen: Pen, request: Request, failure: EarlyFailure) -> Record:
    """No job came to be; the assignment is the parent here, and nowhere else."""
    correlation = str(request.correlation_id)
    error: Json = {
        "error_code": "PROCESSING_ERROR",
        "error_message": f"CJ assessment processing failed: {failure.message}",
        "correlation_id": correlation,
        "timestamp": naive(pen.clock()) + "+00:00",
        "service": SERVICE,
        "details": {"exception_type": failure.exception, "processing_stage": "cj_assessment_workflow"},
    }
    return _failed(pen, request, correlation, NO_JOB, request.data.assignment_id, (None, None), error)


def failed_low_success(pen: Pen, job: Job, tally: Tally, limit: int, correlation_id: str) -> Record:
    """`correlation_id` is that of the comparison that was heard of last, not the run's."""
    error = _reason("low_success_rate", tally, tally.submitted >= limit)
    return _failed(pen, job.request, correlation_id, str(job.id), None, _ran(pen, job), error)


def stuck(pen: Pen, job: Job, tally: Tally) -> Record:
    error = _reason("stuck", tally, exhausted=False)
    return _failed(pen, job.request, pen.new_id(), str(job.id), None, _ran(pen, job), error)


def _ran(pen: Pen, job: Job) -> tuple[str, str]:
    """When the job began and ended; the first lacks its time zone, as was seen."""
    return naive(job.started_at), pen.now()


def _reason(reason: str, tally: Tally, exhausted: bool) -> Json:
    return {
        "reason": reason,
        "details": {
            "callbacks_received": tally.completed + tally.failed,
            "completed_comparisons": tally.completed,
            "failed_comparisons": tally.failed,
            "success_rate": tally.success_rate,
            "success_rate_threshold": SUCCESS_THRESHOLD,
            "callbacks_reached_cap": exhausted,
            "budget_exhausted": exhausted,
        },
    }


def _failed(
    pen: Pen,
    request: Request,
    correlation_id: str,
    job_id: str,
    parent_id: str | None,
    ran: tuple[str | None, str | None],
    error: Json,
) -> Record:
    data: Json = {
        **_head(pen, request, "cj_assessment.failed", parent_id),
        "status": "failed_critically",
        "system_metadata": {
            **_system_head(pen, request, parent_id),
            "processing_stage": "failed",
            "started_at": ran[0],
            "completed_at": ran[1],
            "event": "cj_assessment.failed",
            "error_info": error,
        },
        "cj_assessment_job_id": job_id,
    }
    value = pen.envelope(FAILED, SERVICE, correlation_id, data, {})
    return Record(FAILED, request.batch_id, value)


def _record(pen: Pen, topic: str, key: str, event_type: str, request: Request, data: Json) -> Record:
    value = pen.envelope(event_type, SERVICE, str(request.correlation_id), data, {})
    return Record(topic, key, value)


def _head(pen: Pen, request: Request, event_name: str, parent_id: str | None = None) -> Json:
    return {"event_name": event_name, **_system_head(pen, request, parent_id)}


def _system_head(pen: Pen, request: Request, parent_id: str | None) -> Json:
    return {
        "entity_id": request.batch_id,
        "entity_type": "batch",
        "parent_id": parent_id,
        "timestamp": pen.now(),
    }


def _essay_result(place: Place) -> Json:
    return {
        "essay_id": place.essay_id,
        "normalized_score": place.normalized,
        "letter_grade": place.grade,
        "confidence_score": place.confidence,
        "confidence_label": place.label,
        "bt_score": place.theta,
        "rank": place.rank,
        "is_anchor": place.is_anchor,
        "feedback_uri": None,
        "metrics_uri": None,
        "display_name": f"ANCHOR GRADE {UNGRADED}" if place.is_anchor else None,
    }


def _seconds(pen: Pen, job: Job) -> float:
    return (pen.clock() - job.started_at).total_seconds()
