"""What is written: the fields of the output, in its order.

`bt_score` and `bt_se` are CJ's own, as its tables hold them; `theta` and `standard_error` are fitted here. Times are in
UTC. What CJ does not hold is null. There is no text of an essay, a prompt or the judge's justification (which may quote
an essay) in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

VERSION = 1


def _in_utc(moment: datetime) -> datetime:
    """CJ's columns without a time zone are in UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


Moment = Annotated[datetime, AfterValidator(_in_utc)]

Scalar = bool | int | float | str | None


class Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Batch(Value):
    """One job of CJ. Several may have one batch_uuid. `expected_essays` counts anchors too."""

    job_id: int
    batch_uuid: str
    status: str
    assignment_id: str | None
    course_code: str
    language: str
    expected_essays: int
    user_id: str | None
    org_id: str | None
    correlation_id: str
    created_at: Moment
    updated_at: Moment
    completed_at: Moment | None


class State(Value):
    """How far CJ's own clockwork came."""

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
    last_score_change: float | None
    bt_se_summary: Mapping[str, Scalar] | None
    bt_quality_flags: Mapping[str, Scalar] | None


class Essay(Value):
    """`wins`, `losses` and `failed` are counted here, over this job's comparisons.

    `moved_to_job` is set where a later job took the essay over: what CJ's row says of it since is that job's.
    """

    essay_id: str
    is_anchor: bool
    storage_id: str | None
    bt_score: float | None
    bt_se: float | None
    comparison_count: int | None
    wins: int
    losses: int
    failed: int
    moved_to_job: int | None


class Anchor(Value):
    """An essay of known grade. `anchor_id` is its number in CJ's registry."""

    essay_id: str
    anchor_id: int | None
    label: str | None
    grade: str | None
    bt_score: float | None
    bt_se: float | None
    wins: int
    losses: int


class Projection(Value):
    """A student's grade as CJ projects it; the calibration is in thetas, below and above all at -1e10 and 1e10."""

    essay_id: str
    grade: str
    confidence: float
    confidence_label: str
    grade_scale: str
    bt_mean: float | None
    bt_se: float | None
    population_prior: float | None
    calibration_method: str | None
    grade_probabilities: Mapping[str, float] | None
    grade_centers: Mapping[str, float] | None
    grade_boundaries: Mapping[str, tuple[float, float]] | None
    created_at: Moment


class Comparison(Value):
    """`winner` as CJ keeps it: essay_a, essay_b, error, null while unanswered."""

    comparison_id: int
    essay_a: str
    essay_b: str
    winner: str | None
    winner_id: str | None
    loser_id: str | None
    confidence: float | None
    error_code: str | None
    provider: str | None
    model: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    total_tokens: int | None
    cost_usd: float | None
    response_ms: float | None
    pair_generation_mode: str | None
    request_id: str | None
    submitted_at: Moment | None
    completed_at: Moment | None


class Score(Value):
    """null where an essay was in no comparison that has a winner: then nothing is known of it."""

    essay_id: str
    theta: float | None
    standard_error: float | None
    wins: int
    losses: int


class BradleyTerry(Value):
    """`weak_components`: groups with no comparison between them; thetas of two groups cannot be compared.

    `strong_components`: 1 where each essay is linked to each other by wins; else there is no finite maximum without the
    penalty, and the distances rest on it. `largest_difference_from_cj` is that of thetas, null where CJ holds none.
    """

    method: str
    alpha: float
    standard_errors: str
    comparisons: int
    left_out: int
    weak_components: int
    strong_components: int
    largest_difference_from_cj: float | None
    scores: tuple[Score, ...]


class Extraction(Value):
    """Essays, anchors, projections and scores in the order of CJ's scores, the highest first."""

    version: int = VERSION
    batch: Batch
    state: State | None
    bradley_terry: BradleyTerry
    essays: tuple[Essay, ...]
    anchors: tuple[Anchor, ...]
    projections: tuple[Projection, ...]
    comparisons: tuple[Comparison, ...]
