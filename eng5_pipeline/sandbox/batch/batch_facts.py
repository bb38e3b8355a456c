"""What CJ notes of a batch beside its rows: the JSON of its `processing_metadata` columns, as observed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eng5_pipeline.sandbox.batch.batch_records import Place
from eng5_pipeline.sandbox.batch.batches import Tally, pairs_in_all
from eng5_pipeline.sandbox.batch.bradley_terry import CAP
from eng5_pipeline.sandbox.batch.grades import Calibration
from eng5_pipeline.sandbox.batch.intake import Request
from eng5_pipeline.sandbox.batch.judge import MODEL, PROVIDER, Answer
from eng5_pipeline.sandbox.batch.records import Json

INFLATED_FROM = 0.5


@dataclass(frozen=True)
class AnchorFacts:
    registry_id: int
    grade: str
    label: str


@dataclass(frozen=True)
class Essay:
    """An essay of a batch with its text; `anchor` where the registry knows it."""

    id: str
    storage_id: str
    text: str
    is_anchor: bool
    anchor: AnchorFacts | None = None


@dataclass(frozen=True)
class Score:
    """Theta, its standard error, and in how many answered comparisons the essay stood."""

    theta: float
    error: float
    comparisons: int


@dataclass(frozen=True)
class Scoring:
    """The scores after one wave; `change` is the greatest move of a theta, None after the first."""

    iteration: int
    limit: int
    tally: Tally
    scores: Mapping[str, Score]
    change: float | None

    @property
    def unique_pairs(self) -> int:
        return min(self.tally.completed, pairs_in_all(len(self.scores)))


def request_facts(request: Request, limit: int) -> Json:
    hint = request.metadata.llm_batching_mode_hint if request.metadata else None
    overrides = request.overrides.model_dump(exclude_none=True)
    facts: Json = {
        "assignment_id": request.data.assignment_id,
        "language": request.data.language,
        "course_code": request.data.course_code,
        "cj_source": "els",
        "cj_request_type": "cj_comparison",
        "llm_config_overrides": overrides or None,
        "batch_config_overrides": {"llm_batching_mode_override": hint} if hint else None,
        "max_comparisons_override": limit,
        "user_id": request.data.user_id,
    }
    return {name: fact for name, fact in facts.items() if fact is not None}


def essay_facts(essay: Essay) -> Json:
    if essay.anchor is None:
        return {"is_anchor": essay.is_anchor}
    return {
        "is_anchor": True,
        "known_grade": essay.anchor.grade,
        "anchor_ref_id": str(essay.anchor.registry_id),
        "text_storage_id": essay.storage_id,
        "anchor_label": essay.anchor.label,
    }


def answer_facts(answer: Answer) -> Json:
    return {
        "provider": PROVIDER,
        "model": MODEL,
        "response_time_ms": 0,
        "token_usage": {
            "prompt_tokens": answer.prompt_tokens,
            "completion_tokens": answer.answer_tokens,
            "total_tokens": answer.prompt_tokens + answer.answer_tokens,
        },
        "cost_estimate": answer.cost_usd,
    }


def scoring_facts(request: Request, scoring: Scoring) -> Json:
    return {
        "original_request": request_facts(request, scoring.limit),
        "comparison_budget": {"max_pairs_requested": scoring.limit, "source": "runner_override"},
        "bt_scores": {i: score.theta for i, score in sorted(scoring.scores.items())},
        "last_scored_iteration": scoring.iteration,
        "last_score_change": scoring.change,
        "bt_se_summary": _error_summary(scoring),
        "bt_quality_flags": _quality_flags(scoring),
        "max_possible_pairs": pairs_in_all(len(scoring.scores)),
        "successful_pairs_count": scoring.unique_pairs,
        "unique_coverage_complete": scoring.unique_pairs == pairs_in_all(len(scoring.scores)),
        "resampling_pass_count": _resampling_passes(scoring),
    }


def projection_facts(place: Place, score: Score, calibration: Calibration, scale: str) -> Json:
    grades = calibration.grades
    return {
        "bt_mean": score.theta,
        "bt_se": score.error,
        "grade_probabilities": {grade: float(grade == place.grade) for grade in grades},
        "grade_centers": dict(zip(grades, calibration.centres, strict=True)),
        "grade_boundaries": {grade: calibration.interval(grade) for grade in grades},
        "context_source": "assignment",
        "calibration_method": "gaussian_mixture",
        "primary_anchor_grade": place.grade,
        "grade_scale": scale,
    }


def _error_summary(scoring: Scoring) -> Json:
    errors = [score.error for score in scoring.scores.values()]
    counts = [score.comparisons for score in scoring.scores.values()]
    return {
        "mean_se": sum(errors) / len(errors),
        "max_se": max(errors),
        "min_se": min(errors),
        "item_count": len(errors),
        "comparison_count": scoring.tally.completed,
        "items_at_cap": sum(error >= CAP for error in errors),
        "isolated_items": counts.count(0),
        "mean_comparisons_per_item": sum(counts) / len(counts),
        "min_comparisons_per_item": min(counts),
        "max_comparisons_per_item": max(counts),
    }


def _quality_flags(scoring: Scoring) -> Json:
    counts = [score.comparisons for score in scoring.scores.values()]
    errors = [score.error for score in scoring.scores.values()]
    return {
        "bt_se_inflated": sum(errors) / len(errors) > INFLATED_FROM,
        "comparison_coverage_sparse": sum(counts) < len(counts),
        "has_isolated_items": 0 in counts,
    }


def _resampling_passes(scoring: Scoring) -> int:
    """How many times pairs were sent off beyond the first round of all of them."""
    every = pairs_in_all(len(scoring.scores))
    return -(-max(0, scoring.tally.submitted - every) // every)
