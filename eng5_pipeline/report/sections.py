"""The sections of the artefact that tell what was judged and what CJ says of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from eng5_pipeline.contracts.events import Comparison
from eng5_pipeline.domain.events import ComparisonFact
from eng5_pipeline.report.encode import Json
from eng5_pipeline.report.judged import Judged, Spending, judge_of
from eng5_pipeline.report.kept_events import own_comparisons
from eng5_pipeline.report.ranking import RankedEssay, anchor_of, registered_anchors
from eng5_pipeline.report.run_record import RunRecord, Student
from eng5_pipeline.results import AnchorsVerified, ResolvedAssignment, Validated

CODE_LENGTH = 80


def metadata(record: RunRecord, judged: Judged) -> Json:
    """`generated_at` is the time of the journal's newest line: what is told is as of then."""
    opening = record.opening
    return {
        "assignment_id": record.assignment_id,
        "course_id": record.course_id,
        "grade_scale": record.grade_scale,
        "runner_version": opening.versions.get("eng5-pipeline"),
        "git_sha": opening.git.commit if opening.git else None,
        "generated_at": record.updated_at.isoformat(),
        "runner_mode": "execute",
        "batch_uuid": str(record.batch_uuid),
        "batch_label": opening.label,
        "cj_assessment_job_id": judged.job_id,
        "started_at": record.opened_at.isoformat(),
    }


def inputs(record: RunRecord) -> Json:
    """Of the instructions nothing is kept here, of the student prompt its storage id; both are CJ's."""
    resolved, validated = record.result(ResolvedAssignment), record.result(Validated)
    prompt = resolved.assignment.student_prompt_storage_id if resolved else None
    files = validated.inputs if validated else ()
    return {
        "instructions": None,
        "prompt_reference": {"source_path": None, "checksum": None, "storage_id": prompt} if prompt else None,
        "anchors": [],
        "students": [_student(student) for student in record.students],
        "files": [{"role": file.role, "source_path": file.path, "checksum": file.sha256} for file in files],
    }


def _student(student: Student) -> Json:
    return {
        "essay_id": student.essay_id,
        "local_id": student.local_id,
        "file_name": PurePosixPath(student.local_id).name,
        "source_path": student.local_id,
        "checksum": student.raw_sha256,
        "text_sha256": student.text_sha256,
        "storage_id": student.storage_id,
        "bytes": student.size,
        "words": student.words,
    }


def anchors(record: RunRecord, judged: Judged) -> Json:
    """None where CJ was not asked for them."""
    if record.result(AnchorsVerified) is None:
        return None
    registered = registered_anchors(record)
    in_batch = {anchor: essay for essay in judged.counts if (anchor := anchor_of(essay, registered))}
    return [
        {
            "anchor_id": anchor.anchor_id,
            "label": anchor.label,
            "grade": anchor.grade,
            "storage_id": anchor.storage_id,
            "essay_id": in_batch.get(anchor),
            "local_id": None,
        }
        for anchor in registered.values()
    ]


def bt_summary(ranked: tuple[RankedEssay, ...]) -> Json:
    """CJ's own numbers alone: it publishes neither standard errors nor counts. Those made here are in `diagnostics`."""
    return [_bt_entry(essay) for essay in ranked]


def _bt_entry(essay: RankedEssay) -> Json:
    entry: dict[str, Json] = {
        "essay_id": essay.essay_id,
        "local_id": essay.local_id,
        "theta": essay.theta,
        "standard_error": None,
        "rank": essay.rank,
        "comparison_count": None,
        "is_anchor": essay.is_anchor,
    }
    if essay.anchor is not None:
        entry |= {"anchor_id": essay.anchor.anchor_id, "anchor_grade": essay.anchor.grade}
    if essay.grade is not None:
        entry["grade_projection"] = essay.grade
    return entry


def grade_projections(record: RunRecord, ranked: tuple[RankedEssay, ...]) -> Json:
    """Of the students. CJ publishes no probabilities."""
    return [
        {
            "essay_id": essay.essay_id,
            "local_id": essay.local_id,
            "grade_scale": record.grade_scale,
            "grade": essay.grade,
            "probabilities": None,
            "normalized_score": essay.normalized_score,
            "confidence_score": essay.confidence_score,
            "confidence_label": essay.confidence_label,
        }
        for essay in ranked
        if essay.grade is not None
    ]


def costs(judged: Judged) -> Json:
    return {"total_usd": judged.total_usd, "token_counts": [_spending(spent) for spent in judged.spending]}


def _spending(spent: Spending) -> Json:
    return {
        "provider": spent.provider,
        "model": spent.model,
        "prompt_tokens": spent.prompt_tokens,
        "completion_tokens": spent.completion_tokens,
        "usd": spent.usd,
        "comparisons": spent.comparisons,
        "failed_comparisons": spent.failed,
        "unpriced_comparisons": spent.unpriced,
    }


def comparisons(record: RunRecord, judged: Judged) -> Iterator[Json]:
    """One by one as they came; nothing of the judge's justification, which may quote an essay."""
    kept = own_comparisons(record, judged.job_id)
    return (_comparison(number, event, fact, record) for number, (event, fact) in enumerate(kept, start=1))


def _comparison(number: int, event: Comparison, fact: ComparisonFact, record: RunRecord) -> Json:
    data, tokens, (provider, model) = event.data, event.data.token_usage, judge_of(event.data)
    entry: dict[str, Json] = {
        "sequence": number,
        "request_id": data.request_id,
        "correlation_id": event.correlation_id,
        "essay_a_id": fact.essay_a,
        "essay_a_local_id": record.local_ids.get(fact.essay_a),
        "essay_b_id": fact.essay_b,
        "essay_b_local_id": record.local_ids.get(fact.essay_b),
        "winner_id": fact.winner,
        "loser_id": fact.loser,
        "confidence": data.confidence,
        "prompt_hash": data.request_metadata.prompt_sha256,
        "provider": provider,
        "model": model,
        "tokens_prompt": tokens.prompt_tokens if tokens else None,
        "tokens_completion": tokens.completion_tokens if tokens else None,
        "cost_usd": data.cost_estimate,
        "started_at": data.requested_at,
        "completed_at": data.completed_at,
        "response_time_ms": data.response_time_ms,
        "status": "succeeded" if fact.winner else "failed",
    }
    if fact.winner is None:
        entry["failure_reason"] = _failure_reason(event)
    return entry


def _failure_reason(event: Comparison) -> str:
    """The code alone: the message of a provider may quote what it was asked."""
    error = event.data.error_detail
    if error is None:
        return "the answer names no winner"
    return (error.error_code or "error without a code")[:CODE_LENGTH]
