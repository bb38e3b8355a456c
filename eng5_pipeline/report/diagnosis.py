"""What the comparisons of a batch say about themselves: computed here, never CJ's word.

CJ's scores and grades are the result and stay as they are. CJ publishes no standard errors, so its Bradley-Terry fit is
repeated from the comparisons; everything else follows from that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from eng5_pipeline.report.grading import Agreement, Grading, agreement, grading
from eng5_pipeline.report.judged import Judged
from eng5_pipeline.report.ranking import RankedEssay
from eng5_pipeline.report.run_record import RunRecord
from eng5_pipeline.report.statistics import bradley_terry, misfit, position, reliability
from eng5_pipeline.report.statistics.connectedness import Connectedness, connectedness
from eng5_pipeline.report.statistics.coverage import Coverage, coverage
from eng5_pipeline.report.statistics.misfit import Limit, Misfit
from eng5_pipeline.report.statistics.pairs import Met, Pairs
from eng5_pipeline.report.statistics.position import OrderEffect, Share
from eng5_pipeline.report.statistics.reliability import Separation, SplitHalf
from eng5_pipeline.report.statistics.transitivity import Transitivity, transitivity

FEWEST_ESSAYS = 3  # for a spread, and for a correlation


@dataclass(frozen=True)
class Fitted:
    """Theta and standard error by essay id. `errors` lacks what cannot be known; `too_large` is why it lacks all."""

    theta: dict[str, float]
    errors: dict[str, float]
    too_large: bool


@dataclass(frozen=True)
class Reliability:
    """`why_not` says why there is no separation."""

    separation: Separation | None
    why_not: str | None
    by_comparison: SplitHalf | None
    by_judge: SplitHalf | None


@dataclass(frozen=True)
class Fit:
    essays: dict[str, Misfit]
    judges: dict[str, Misfit]
    limit: Limit
    judge_limit: Limit

    @property
    def flagged(self) -> tuple[str, ...]:
        return tuple(essay for essay, fit in self.essays.items() if self.limit.exceeded(fit))


@dataclass(frozen=True)
class Position:
    """`effect` is None where it cannot be told."""

    overall: Share
    by_judge: dict[str, Share]
    effect: OrderEffect | None


@dataclass(frozen=True)
class Diagnosis:
    """Essays of `pairs` were compared and somebody won; all places are into them. `pull` is n alpha of the fit."""

    pairs: Pairs
    met: tuple[Met, ...]
    fitted: Fitted
    farthest_from_cj: float | None
    reliability: Reliability
    fit: Fit
    connected: Connectedness
    position: Position
    transitivity: Transitivity
    coverage: Coverage
    grading: Grading
    agreement: Agreement

    @cached_property
    def judged_again(self) -> int:
        """Pairs that were judged more than once."""
        return sum(pair.times > 1 for pair in self.met)

    @property
    def pull(self) -> float:
        return self.pairs.size * bradley_terry.ALPHA

    def names(self, places: Sequence[int]) -> tuple[str, ...]:
        return tuple(self.pairs.essays[place] for place in places)


def diagnose(record: RunRecord, judged: Judged, ranked: Sequence[RankedEssay]) -> Diagnosis | None:
    """None where no comparison was decided."""
    pairs = judged.pairs
    if not pairs.rows:
        return None
    met = pairs.met()
    theta = bradley_terry.thetas(pairs.size, met)
    errors = bradley_terry.standard_errors(theta, met)
    fitted = _fitted(pairs, theta, errors)
    connected = connectedness(pairs.size, met)
    shown = {essay.essay_id: essay.theta for essay in ranked if essay.theta is not None}
    grades = grading(record, ranked, shown, fitted.errors)
    return Diagnosis(
        pairs=pairs,
        met=tuple(met),
        fitted=fitted,
        farthest_from_cj=_farthest(fitted.theta, shown),
        reliability=_reliability(pairs, theta, errors, connected),
        fit=_fit(pairs, theta),
        connected=connected,
        position=_position(pairs, theta),
        transitivity=transitivity(pairs.size, met),
        coverage=_coverage(record, judged, ranked),
        grading=grades,
        agreement=agreement(record, pairs, met, fitted.theta, grades.projected),
    )


def _fitted(pairs: Pairs, theta: Sequence[float], errors: Sequence[float | None] | None) -> Fitted:
    known = zip(pairs.essays, errors or (), strict=False)
    return Fitted(
        theta=dict(zip(pairs.essays, theta, strict=True)),
        errors={essay: error for essay, error in known if error is not None},
        too_large=errors is None,
    )


def _farthest(here: dict[str, float], cj: dict[str, float]) -> float | None:
    """The largest difference of a theta from CJ's, both centred over the essays that have both."""
    both = sorted(here.keys() & cj.keys())
    if not both:
        return None
    ours, theirs = (bradley_terry.centred([thetas[essay] for essay in both]) for thetas in (here, cj))
    return max(abs(a - b) for a, b in zip(ours, theirs, strict=True))


def _reliability(
    pairs: Pairs, theta: list[float], errors: Sequence[float | None] | None, connected: Connectedness
) -> Reliability:
    if pairs.size < FEWEST_ESSAYS:
        return Reliability(None, f"fewer than {FEWEST_ESSAYS} essays were compared", None, None)
    split = reliability.split_by_comparison(pairs.size, pairs.wins(), theta)
    by_judge = reliability.split_by_judge(pairs.size, pairs.wins_by_judge(), theta)
    if len(connected.weak) > 1:
        why = f"the essays fall into {len(connected.weak)} groups that never met: their thetas share no scale"
        return Reliability(None, why, split, by_judge)
    if errors is None:
        return Reliability(None, "the standard errors are missing", split, by_judge)
    separation = reliability.separation(theta, [error for error in errors if error is not None])
    return Reliability(separation, None if separation else "all thetas are equal", split, by_judge)


def _fit(pairs: Pairs, theta: Sequence[float]) -> Fit:
    essays, judges = misfit.misfits(pairs, theta)
    return Fit(
        essays=dict(zip(pairs.essays, essays, strict=True)),
        judges=dict(zip(pairs.judges, judges, strict=True)),
        limit=misfit.limit(essays),
        judge_limit=misfit.limit(judges),
    )


def _position(pairs: Pairs, theta: list[float]) -> Position:
    overall = position.first_slot(pairs.rows)
    assert overall is not None
    by_judge = {
        name: position.first_slot(row for row in pairs.rows if row.judge == judge)
        for judge, name in enumerate(pairs.judges)
    }
    effect = position.order_effect(pairs.size, pairs.rows, theta)
    return Position(overall, {name: share for name, share in by_judge.items() if share}, effect)


def _coverage(record: RunRecord, judged: Judged, ranked: Sequence[RankedEssay]) -> Coverage:
    """Of every essay that was sent, reported or compared."""
    essays = record.sent | judged.counts.keys() | {essay.essay_id for essay in ranked}
    appearances = (judged.counts[essay].appearances if essay in judged.counts else 0 for essay in essays)
    found = coverage(appearances, judged.comparisons)
    assert found is not None
    return found
