"""What CJ's tables hold of one job, and the queries for it; the same SQL for PostgreSQL and SQLite.

JSON, enumerations and UUIDs are read as text. No column with a text of an essay or a prompt is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pydantic import Json, ValidationError

from eng5_pipeline.extract_db.failures import NoSuchBatch, SeveralJobs, Unreadable
from eng5_pipeline.extract_db.values import Batch, Moment, Scalar, Value

V = TypeVar("V", bound=Value)
LARGEST_JOB = 2**31 - 1  # CJ's job ids are 32-bit integers


class Snapshot(Protocol):
    """CJ's tables as they were at one moment; `:name` in the SQL stands for a value."""

    def rows(self, sql: str, /, **values: str | int) -> list[dict[str, object]]: ...


class AnchorFacts(Value):
    known_grade: str | None = None
    anchor_label: str | None = None
    anchor_ref_id: int | None = None


class EssayRow(Value):
    essay_id: str
    is_anchor: bool
    storage_id: str
    bt_score: float | None
    bt_se: float | None
    comparison_count: int
    facts: Json[AnchorFacts] | None


class MovedRow(Value):
    essay_id: str
    is_anchor: bool
    moved_to_job: int


class Tokens(Value):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None


class AnswerFacts(Value):
    provider: str | None = None
    model: str | None = None
    response_time_ms: float | None = None
    token_usage: Tokens | None = None
    cost_estimate: float | None = None


class ComparisonRow(Value):
    comparison_id: int
    essay_a: str
    essay_b: str
    winner: str | None
    confidence: float | None
    error_code: str | None
    pair_generation_mode: str | None
    request_id: str | None
    submitted_at: Moment | None
    completed_at: Moment | None
    facts: Json[AnswerFacts] | None


class Calibration(Value):
    bt_mean: float | None = None
    bt_se: float | None = None
    calibration_method: str | None = None
    grade_probabilities: Mapping[str, float] | None = None
    grade_centers: Mapping[str, float] | None = None
    grade_boundaries: Mapping[str, tuple[float, float]] | None = None


class ProjectionRow(Value):
    essay_id: str
    grade: str
    confidence: float
    confidence_label: str
    grade_scale: str
    population_prior: float | None
    created_at: Moment
    facts: Json[Calibration]


class ScoringFacts(Value):
    bt_scores: Mapping[str, float] | None = None
    last_score_change: float | None = None
    bt_se_summary: Mapping[str, Scalar] | None = None
    bt_quality_flags: Mapping[str, Scalar] | None = None


class StateRow(Value):
    state: str
    total_budget: int | None
    total_comparisons: int
    submitted_comparisons: int
    completed_comparisons: int
    failed_comparisons: int
    current_iteration: int
    completion_threshold_pct: int
    partial_scoring_triggered: bool
    last_activity_at: Moment
    facts: Json[ScoringFacts] | None


class JobOfBatch(Value):
    job_id: int
    status: str
    created_at: Moment


@dataclass(frozen=True)
class Job:
    """Everything that CJ holds of one job; `moved` are essays of its comparisons that belong to another job now."""

    batch: Batch
    state: StateRow | None
    essays: tuple[EssayRow, ...]
    moved: tuple[MovedRow, ...]
    comparisons: tuple[ComparisonRow, ...]
    projections: tuple[ProjectionRow, ...]


JOBS_OF_BATCH = """
SELECT id AS job_id, CAST(status AS TEXT) AS status, created_at
FROM cj_batch_uploads WHERE bos_batch_id = :batch_uuid ORDER BY id"""

BATCH = """
SELECT id AS job_id, bos_batch_id AS batch_uuid, CAST(status AS TEXT) AS status, assignment_id, course_code, language,
    expected_essay_count AS expected_essays, user_id, org_id, event_correlation_id AS correlation_id, created_at,
    updated_at, completed_at
FROM cj_batch_uploads WHERE id = :job"""

STATE = """
SELECT CAST(state AS TEXT) AS state, total_budget, total_comparisons, submitted_comparisons, completed_comparisons,
    failed_comparisons, current_iteration, completion_threshold_pct, partial_scoring_triggered, last_activity_at,
    CAST(processing_metadata AS TEXT) AS facts
FROM cj_batch_states WHERE batch_id = :job"""

ESSAYS = """
SELECT els_essay_id AS essay_id, is_anchor, text_storage_id AS storage_id, current_bt_score AS bt_score,
    current_bt_se AS bt_se, comparison_count, CAST(processing_metadata AS TEXT) AS facts
FROM cj_processed_essays WHERE cj_batch_id = :job ORDER BY els_essay_id"""

MOVED = """
SELECT els_essay_id AS essay_id, is_anchor, cj_batch_id AS moved_to_job
FROM cj_processed_essays
WHERE cj_batch_id <> :job AND els_essay_id IN (
    SELECT essay_a_els_id FROM cj_comparison_pairs WHERE cj_batch_id = :job
    UNION SELECT essay_b_els_id FROM cj_comparison_pairs WHERE cj_batch_id = :job
    UNION SELECT els_essay_id FROM grade_projections WHERE cj_batch_id = :job)
ORDER BY els_essay_id"""

COMPARISONS = """
SELECT id AS comparison_id, essay_a_els_id AS essay_a, essay_b_els_id AS essay_b, winner, confidence, error_code,
    pair_generation_mode, CAST(request_correlation_id AS TEXT) AS request_id, submitted_at, completed_at,
    CAST(processing_metadata AS TEXT) AS facts
FROM cj_comparison_pairs WHERE cj_batch_id = :job ORDER BY id"""

PROJECTIONS = """
SELECT els_essay_id AS essay_id, primary_grade AS grade, confidence_score AS confidence, confidence_label, grade_scale,
    population_prior, created_at, CAST(calculation_metadata AS TEXT) AS facts
FROM grade_projections WHERE cj_batch_id = :job ORDER BY els_essay_id"""


def read_job(tables: Snapshot, name: str) -> Job:
    """`name` is a job id, all digits, or a batch_uuid that names one job alone."""
    batch = _batch(tables, name)
    job = batch.job_id
    states = _read(tables, StateRow, STATE, job=job)
    return Job(
        batch=batch,
        state=states[0] if states else None,
        essays=_read(tables, EssayRow, ESSAYS, job=job),
        moved=_read(tables, MovedRow, MOVED, job=job),
        comparisons=_read(tables, ComparisonRow, COMPARISONS, job=job),
        projections=_read(tables, ProjectionRow, PROJECTIONS, job=job),
    )


def _batch(tables: Snapshot, name: str) -> Batch:
    job = int(name) if name.isascii() and name.isdecimal() and len(name) < 20 else _only_job(tables, name)
    found = _read(tables, Batch, BATCH, job=job) if job <= LARGEST_JOB else ()
    if not found:
        raise NoSuchBatch("batch-unknown", f"CJ has no job {job}", hint="job ids are in CJ's events and artefacts")
    return found[0]


def _only_job(tables: Snapshot, batch_uuid: str) -> int:
    jobs = _read(tables, JobOfBatch, JOBS_OF_BATCH, batch_uuid=batch_uuid)
    if not jobs:
        raise NoSuchBatch("batch-unknown", f"CJ has no batch {batch_uuid}", hint="is this the database it ran against?")
    if len(jobs) > 1:
        listed = ", ".join(f"{job.job_id} ({job.status}, begun {job.created_at:%Y-%m-%d %H:%M:%S} UTC)" for job in jobs)
        raise SeveralJobs(
            "batch-ambiguous",
            f"batch {batch_uuid} names {len(jobs)} jobs: {listed}",
            hint=f"name one of them:  eng5-extract-db {jobs[-1].job_id}",
        )
    return jobs[0].job_id


def _read(tables: Snapshot, kind: type[V], sql: str, **values: str | int) -> tuple[V, ...]:
    try:
        return tuple(kind.model_validate(row) for row in tables.rows(sql, **values))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise Unreadable(
            "row-not-understood",
            f"CJ holds a {kind.__name__} that cannot be read: {where}: {first['msg']}",
            hint="this version knows CJ's tables as of February 2026",
        ) from error
