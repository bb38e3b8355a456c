"""What a reader should know before trusting a batch, in sentences; empty where nothing stands out."""

from __future__ import annotations

from collections.abc import Iterator

from eng5_pipeline.domain.caution import Caution
from eng5_pipeline.report.diagnosis import Diagnosis
from eng5_pipeline.report.judged import Judged
from eng5_pipeline.report.statistics.reliability import SplitHalf
from eng5_pipeline.report.wording import count

FEWEST_APPEARANCES = 20  # Kinnear, Jones & Davies 2025
LOWEST_RELIABILITY = 0.8
NOTABLE_PULL = 0.25
NOTABLE_DISTANCE = 0.01


def cautions(judged: Judged, diagnosis: Diagnosis | None) -> tuple[Caution, ...]:
    """Nothing here names an essay."""
    if diagnosis is None:
        return (Caution(reference="nothing-decided", what="No comparison was decided: there is nothing to estimate."),)
    found = (
        *_scale(diagnosis),
        *_amount(judged, diagnosis),
        *_reliability(diagnosis),
        *_grades(diagnosis),
        *_anchors(diagnosis),
        *_judge(diagnosis),
    )
    return tuple(Caution(reference=reference, what=what) for reference, what in found)


Told = Iterator[tuple[str, str]]


def _scale(diagnosis: Diagnosis) -> Told:
    connected, far = diagnosis.connected, diagnosis.farthest_from_cj
    if len(connected.weak) > 1:
        yield (
            "disconnected",
            f"The essays fall into {len(connected.weak)} groups that never met: thetas, ranks and grades of different "
            "groups cannot be compared.",
        )
    elif len(connected.strong) > 1:
        never = f"{count(len(connected.never_won), 'essay')} never won, {len(connected.never_lost)} never lost"
        yield (
            "one-way",
            f"The wins do not connect all essays both ways ({len(connected.strong)} groups; {never}): their thetas are "
            "finite only through the regularisation.",
        )
    if far is not None and far > NOTABLE_DISTANCE:
        yield (
            "theta-differs",
            f"CJ's thetas do not follow from the comparisons that were kept: up to {far:.2f} apart. Some comparisons "
            "may be missing here, and the standard errors are those of the comparisons kept.",
        )
    if diagnosis.fitted.too_large:
        yield (
            "errors-missing",
            f"No standard errors: {diagnosis.pairs.size} essays are too many here; install eng5-pipeline[report].",
        )


def _amount(judged: Judged, diagnosis: Diagnosis) -> Told:
    coverage, appearances = diagnosis.coverage, diagnosis.coverage.appearances_per_essay
    if coverage.fewest == 0:
        yield "uncompared", "Some essays were never compared: they have neither theta nor standard error here."
    if appearances < FEWEST_APPEARANCES:
        yield (
            "few-comparisons",
            f"Each essay was compared {appearances:.1f} times on average; {FEWEST_APPEARANCES} or more are recommended "
            "(Kinnear, Jones & Davies 2025), 10 to 14 for a reliability of .70 (Verhavert 2018).",
        )
    if diagnosis.pull > NOTABLE_PULL * appearances / 4:
        yield (
            "regularisation-strong",
            f"CJ's regularisation grows with the batch: with {diagnosis.pairs.size} essays it pulls thetas together "
            "noticeably, in its own fit and in the one repeated here.",
        )
    if judged.failed:
        yield "failed-comparisons", f"{judged.failed} of {count(judged.comparisons, 'comparison')} without a winner."


def _reliability(diagnosis: Diagnosis) -> Told:
    separation, why_not = diagnosis.reliability.separation, diagnosis.reliability.why_not
    if separation is None:
        yield "no-reliability", f"No reliability: {why_not}."
    elif separation.reliability < LOWEST_RELIABILITY:
        yield (
            "low-reliability",
            f"The scale separation reliability is {separation.reliability:.2f}, below {LOWEST_RELIABILITY}, from "
            f"{count(diagnosis.pairs.decided, 'decided comparison')} by {count(len(diagnosis.pairs.judges), 'judge')}, "
            f"paired as CJ chose{_halves(diagnosis.reliability.by_comparison)}.",
        )
    if len(diagnosis.pairs.judges) == 1:
        yield (
            "one-judge",
            "One model judged everything: agreement within the batch is internal consistency, not consensus.",
        )


def _halves(split: SplitHalf | None) -> str:
    return f"; halves of the comparisons agree with r = {split.median:.2f}" if split else ""


def _grades(diagnosis: Diagnosis) -> Told:
    grading = diagnosis.grading
    open_ = sum(call.is_open for call in grading.calls.values())
    if open_:
        yield (
            "grades-open",
            f"{open_} of {count(len(grading.calls), 'projected grade')} too close to a boundary to call.",
        )
    if grading.bands is None:
        yield "no-boundaries", f"How close grades are to a boundary cannot be told: {grading.why_not}."


def _anchors(diagnosis: Diagnosis) -> Told:
    agreement = diagnosis.agreement
    inversions = len(agreement.pairs.inversions)
    if agreement.tau is None:
        yield "no-anchor-agreement", f"Agreement with the anchors' grades cannot be told: {agreement.why_not}."
    if inversions:
        yield (
            "anchors-inverted",
            f"{inversions} of {count(agreement.pairs.compared, 'compared pair')} of anchors went against the grades.",
        )
    if agreement.without_win:
        yield "anchors-without-win", f"{count(len(agreement.without_win), 'compared anchor')} never won."
    if agreement.anchors and agreement.uncompared:
        yield "anchors-uncompared", f"{count(len(agreement.uncompared), 'registered anchor')} not compared."
    if agreement.unknown:
        yield (
            "anchors-unknown",
            f"{count(len(agreement.unknown), 'anchor')} of the batch not among those registered when the run began: of "
            "unknown grade.",
        )


def _judge(diagnosis: Diagnosis) -> Told:
    share = diagnosis.position.overall
    if not share.low <= 0.5 <= share.high:
        yield (
            "position-bias",
            f"The essay shown first won {share.share:.1%} of the time (95 % interval {share.low:.1%} to "
            f"{share.high:.1%}): the judge prefers a place.",
        )
    if diagnosis.fit.flagged:
        yield "misfit", f"The comparisons of {count(len(diagnosis.fit.flagged), 'essay')} surprise the model."
