"""Grades beside uncertainty: how sure each projected grade is, and how the anchors' order goes with the experts'."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from eng5_pipeline.domain.assignment import Anchor
from eng5_pipeline.report.ranking import RankedEssay, anchor_of, is_anchor_id, registered_anchors
from eng5_pipeline.report.run_record import RunRecord
from eng5_pipeline.report.statistics.anchors import PairsOfAnchors, pairs_of_anchors, tau_b
from eng5_pipeline.report.statistics.grade_bands import ORDERS, Bands, bands
from eng5_pipeline.report.statistics.pairs import Met, Pairs
from eng5_pipeline.report.statistics.position import Z
from eng5_pipeline.results import AnchorsVerified

UNGRADED = "U"


@dataclass(frozen=True)
class Call:
    """A student's projected grade, the grades within 1.96 standard errors, and how likely its own grade is of them.

    `likely` takes the boundaries as certain and theta as normal.
    """

    essay_id: str
    grade: str
    within: tuple[str, ...]
    likely: float

    @property
    def is_open(self) -> bool:
        return len(self.within) > 1


@dataclass(frozen=True)
class Grading:
    """`bands` are None where they cannot be known; `why_not` says why.

    `calls` are of students with a theta of CJ and a standard error; `projected` is the band of every essay with a theta
    of CJ, anchors too.
    """

    bands: Bands | None
    why_not: str | None
    calls: Mapping[str, Call]
    projected: Mapping[str, str]


@dataclass(frozen=True)
class GradedAnchor:
    """An anchor that was compared, at its `place` among the essays that were; its theta as computed here.

    `step` is its grade's place on the scale from below, None for a grade without a known place. `band` is the grade
    that CJ would project for a student of the same theta, None where that cannot be known.
    """

    essay_id: str
    place: int
    anchor: Anchor
    theta: float
    step: int | None
    band: str | None


@dataclass(frozen=True)
class Agreement:
    """`tau` is tau-b of expert grade and theta; `why_not` says why there is none.

    `uncompared` are registered anchors of which no comparison was decided. `unknown` anchors were compared and are not
    among the registered. `without_order` were compared and have a grade without a known place.
    """

    anchors: tuple[GradedAnchor, ...]
    tau: float | None
    why_not: str | None
    pairs: PairsOfAnchors
    without_win: tuple[str, ...]
    uncompared: tuple[Anchor, ...]
    unknown: tuple[str, ...]

    @property
    def without_order(self) -> tuple[GradedAnchor, ...]:
        return tuple(anchor for anchor in self.anchors if anchor.step is None)


def grading(
    record: RunRecord, ranked: Sequence[RankedEssay], theta: Mapping[str, float], errors: Mapping[str, float]
) -> Grading:
    """`theta` is CJ's, for its boundaries are drawn on it; `errors` are ours."""
    scale = record.grade_scale
    order = ORDERS.get(scale or "")
    graded = [e for e in ranked if e.grade not in (None, UNGRADED) and e.essay_id in theta]
    if not graded:
        return Grading(None, "CJ projected no grade", {}, {})
    if order is None:
        return Grading(None, f"the order of the grades of {scale or 'the scale'} is not known here", {}, {})
    of_anchors = [(e.anchor.grade, theta[e.essay_id]) for e in ranked if e.anchor and e.essay_id in theta]
    found = bands(order, of_anchors)
    if found is None or any(found.grade(theta[e.essay_id]) != e.grade for e in graded):
        return Grading(None, "the grades that CJ projected do not follow from the rule that is known here", {}, {})
    calls = (_call(e, theta[e.essay_id], errors[e.essay_id], found) for e in graded if e.essay_id in errors)
    projected = {essay: found.grade(value) for essay, value in theta.items()}
    return Grading(found, None, {call.essay_id: call for call in calls}, projected)


def agreement(
    record: RunRecord,
    pairs: Pairs,
    met: Sequence[Met],
    theta: Mapping[str, float],
    projected: Mapping[str, str],
) -> Agreement:
    """`projected` is the band of every essay whose band is known."""
    registered = registered_anchors(record)
    order = ORDERS.get(record.grade_scale or "", ())
    compared = [
        GradedAnchor(essay, place, anchor, theta[essay], _step(anchor, order), projected.get(essay))
        for place, essay in enumerate(pairs.essays)
        if (anchor := anchor_of(essay, registered)) is not None
    ]
    tau, why_not = _tau(record, compared)
    winners = {one for one, _, _, won in met if won} | {other for _, other, times, won in met if won < times}
    there = {anchor.anchor.anchor_id for anchor in compared}
    return Agreement(
        anchors=tuple(sorted(compared, key=lambda anchor: -anchor.theta)),
        tau=tau,
        why_not=why_not,
        pairs=pairs_of_anchors({a.place: a.step for a in compared if a.step is not None}, met),
        without_win=tuple(anchor.essay_id for anchor in compared if anchor.place not in winners),
        uncompared=tuple(anchor for number, anchor in registered.items() if number not in there),
        unknown=tuple(e for e in pairs.essays if is_anchor_id(e) and anchor_of(e, registered) is None),
    )


def _step(anchor: Anchor, order: Sequence[str]) -> int | None:
    return order.index(anchor.grade) if anchor.grade in order else None


def _call(essay: RankedEssay, theta: float, error: float, found: Bands) -> Call:
    assert essay.grade is not None
    within = found.between(theta - Z * error, theta + Z * error)
    low, high = found.edges(essay.grade)
    likely = 1.0
    if error > 0:
        spread = NormalDist(theta, error)
        likely = spread.cdf(high) - spread.cdf(low)
    return Call(essay.essay_id, essay.grade, within, likely)


def _tau(record: RunRecord, compared: Sequence[GradedAnchor]) -> tuple[float | None, str | None]:
    if record.result(AnchorsVerified) is None:
        return None, "CJ was not asked for its anchors"
    if not compared:
        return None, "no anchor was compared"
    ordered = [anchor for anchor in compared if anchor.step is not None]
    if not ordered:
        return None, f"the order of the grades of {record.grade_scale or 'the scale'} is not known here"
    tau = tau_b([float(anchor.step or 0) for anchor in ordered], [anchor.theta for anchor in ordered])
    return tau, None if tau is not None else "the anchors that were compared do not differ in grade"
