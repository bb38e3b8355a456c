"""From what CJ holds of a job to what is written of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from eng5_pipeline.extract_db.bradley_terry import ALPHA, standard_errors, thetas
from eng5_pipeline.extract_db.components import Win, strong_components, weak_components
from eng5_pipeline.extract_db.rows import AnswerFacts, Calibration, ComparisonRow, Job, ScoringFacts, Tokens
from eng5_pipeline.extract_db.values import (
    Anchor,
    BradleyTerry,
    Comparison,
    Essay,
    Extraction,
    Projection,
    Score,
    State,
)

METHOD = (
    "P(i beats j) = 1/(1 + exp(theta_j - theta_i)); maximum of log-likelihood - n alpha sum(exp(theta) - theta) "
    "over n essays, as CJ fits it; mean of theta 0"
)
ERRORS = (
    "square root of the diagonal of the pseudo-inverse of the Fisher information at theta, without the penalty; "
    "no essay held fixed, not capped"
)


@dataclass(frozen=True)
class Judged:
    """Comparisons counted by essay id; those that failed count for both essays."""

    wins: Counter[str]
    losses: Counter[str]
    failed: Counter[str]


def compose(job: Job) -> Extraction:
    comparisons = tuple(map(_comparison, job.comparisons))
    essays = _in_order(_essays(job, _judged(comparisons)))
    place = {essay.essay_id: number for number, essay in enumerate(essays)}
    return Extraction(
        batch=job.batch,
        state=_state(job),
        bradley_terry=_bradley_terry(essays, comparisons),
        essays=tuple(essays),
        anchors=tuple(sorted(_anchors(job, essays), key=lambda anchor: place[anchor.essay_id])),
        projections=tuple(sorted(_projections(job), key=lambda projection: place[projection.essay_id])),
        comparisons=comparisons,
    )


def _in_order(essays: Iterable[Essay]) -> list[Essay]:
    """By CJ's score, the highest first; those without one last, by id."""
    return sorted(essays, key=lambda e: (e.bt_score is None, -(e.bt_score or 0.0), e.essay_id))


def _state(job: Job) -> State | None:
    if job.state is None:
        return None
    facts = job.state.facts or ScoringFacts()
    return State.model_validate({**dict(job.state), **dict(facts)})


def _comparison(row: ComparisonRow) -> Comparison:
    facts = row.facts or AnswerFacts()
    tokens = facts.token_usage or Tokens()
    ids = {"essay_a": (row.essay_a, row.essay_b), "essay_b": (row.essay_b, row.essay_a)}
    winner, loser = ids.get(row.winner or "", (None, None))
    return Comparison(
        comparison_id=row.comparison_id,
        essay_a=row.essay_a,
        essay_b=row.essay_b,
        winner=row.winner,
        winner_id=winner,
        loser_id=loser,
        confidence=row.confidence,
        error_code=row.error_code,
        provider=facts.provider,
        model=facts.model,
        prompt_tokens=tokens.prompt_tokens,
        completion_tokens=tokens.completion_tokens,
        total_tokens=tokens.total_tokens,
        cost_usd=facts.cost_estimate,
        response_ms=facts.response_time_ms,
        pair_generation_mode=row.pair_generation_mode,
        request_id=row.request_id,
        submitted_at=row.submitted_at,
        completed_at=row.completed_at,
    )


def _judged(comparisons: Sequence[Comparison]) -> Judged:
    failed = [each for each in comparisons if each.winner == "error"]
    return Judged(
        wins=Counter(each.winner_id for each in comparisons if each.winner_id),
        losses=Counter(each.loser_id for each in comparisons if each.loser_id),
        failed=Counter(essay for each in failed for essay in (each.essay_a, each.essay_b)),
    )


def _essays(job: Job, judged: Judged) -> Iterable[Essay]:
    """Those of a later job too: their scores in this one are kept beside its state."""
    then = _scores_of(job)
    rows = {row.essay_id: row for row in job.essays}
    moved = {row.essay_id: row for row in job.moved}
    for essay_id in (*rows, *moved):
        row = rows.get(essay_id)
        yield Essay(
            essay_id=essay_id,
            is_anchor=(rows | moved)[essay_id].is_anchor,
            storage_id=row.storage_id if row else None,
            bt_score=row.bt_score if row else then.get(essay_id),
            bt_se=row.bt_se if row else None,
            comparison_count=row.comparison_count if row else None,
            wins=judged.wins[essay_id],
            losses=judged.losses[essay_id],
            failed=judged.failed[essay_id],
            moved_to_job=None if row else moved[essay_id].moved_to_job,
        )


def _scores_of(job: Job) -> Mapping[str, float]:
    facts = job.state.facts if job.state else None
    return (facts.bt_scores if facts else None) or {}


def _anchors(job: Job, essays: Sequence[Essay]) -> Iterable[Anchor]:
    known = {row.essay_id: row.facts for row in job.essays}
    for essay in essays:
        if essay.is_anchor:
            facts = known.get(essay.essay_id)
            yield Anchor(
                essay_id=essay.essay_id,
                anchor_id=facts.anchor_ref_id if facts else None,
                label=facts.anchor_label if facts else None,
                grade=facts.known_grade if facts else None,
                bt_score=essay.bt_score,
                bt_se=essay.bt_se,
                wins=essay.wins,
                losses=essay.losses,
            )


def _projections(job: Job) -> Iterable[Projection]:
    for row in job.projections:
        facts: Calibration = row.facts
        yield Projection.model_validate({**dict(row), **dict(facts)})


def _bradley_terry(essays: Sequence[Essay], comparisons: Sequence[Comparison]) -> BradleyTerry:
    place = {essay.essay_id: number for number, essay in enumerate(essays)}
    wins: list[Win] = [(place[c.winner_id], place[c.loser_id]) for c in comparisons if c.winner_id and c.loser_id]
    fitted = thetas(len(essays), wins)
    errors = standard_errors(fitted, wins)
    scores = [
        Score(
            essay_id=essay.essay_id,
            theta=None if error is None else theta,
            standard_error=error,
            wins=essay.wins,
            losses=essay.losses,
        )
        for essay, theta, error in zip(essays, fitted, errors, strict=True)
    ]
    away = [abs(t - e.bt_score) for e, t in zip(essays, fitted, strict=True) if e.bt_score is not None]
    return BradleyTerry(
        method=METHOD,
        alpha=ALPHA,
        standard_errors=ERRORS,
        comparisons=len(wins),
        left_out=len(comparisons) - len(wins),
        weak_components=len(weak_components(len(essays), wins)),
        strong_components=len(strong_components(len(essays), wins)),
        largest_difference_from_cj=max(away, default=None),
        scores=tuple(scores),
    )
