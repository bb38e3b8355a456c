"""The ranking: CJ's own word, with the uncertainty that is computed here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from eng5_pipeline.report.diagnosis import Diagnosis
from eng5_pipeline.report.grading import Call
from eng5_pipeline.report.page.amounts import decimals, percent, theta
from eng5_pipeline.report.page.markup import Content, Markup, Number, el
from eng5_pipeline.report.page.parts import Part, View, conventions, figure, long_table, part
from eng5_pipeline.report.page.plots.theta import Placed, theta_plot
from eng5_pipeline.report.ranking import RankedEssay, is_anchor_id
from eng5_pipeline.report.wording import count

LONGEST = 2000


def ranking(view: View) -> Part:
    diagnosis = view.account.diagnosis
    return part(
        "ranking",
        "Ranking",
        _ranked(view) if view.account.ranked else el("p", _NO_RESULT),
        *(_with_uncertainty(view, diagnosis) if diagnosis else ()),
    )


_NO_RESULT = "There is no result of CJ here, so there is neither a ranking nor a grade."


def _ranked(view: View) -> Markup:
    diagnosis = view.account.diagnosis
    errors = diagnosis.fitted.errors if diagnosis else {}

    def row(essay: RankedEssay) -> list[Content]:
        return [
            Number(essay.rank or ""),
            view.essay(essay.essay_id),
            essay.grade,
            essay.anchor.grade if essay.anchor else None,
            Number(theta(essay.theta)),
            Number(decimals(errors.get(essay.essay_id))),
            Number(essay.count.decided),
            Number(essay.count.wins),
            "anchor" if essay.is_anchor else "student",
        ]

    named, counted = ["Essay", "Projected grade", "Expert grade"], map(Number, ("Theta", "SE", "Decided", "Won"))
    headings = [Number("Rank"), *named, *counted, "Kind"]
    caption = (
        "Rank, theta (Bradley-Terry) and projected grade are CJ's own; U means that CJ projected no grade. An anchor's "
        "expert grade is the one in CJ's registry. SE, the standard error of theta, is computed here. Decided "
        "comparisons are those that someone won."
    )
    return long_table(headings, view.account.ranked, row, caption, LONGEST)


def _with_uncertainty(view: View, diagnosis: Diagnosis) -> Iterator[Content]:
    placed = list(_placed(view, diagnosis))
    by_here = "" if view.account.ranked else " Theta and order are computed here."
    said = "Theta with 1.96 standard errors, in rank order; anchors are diamonds with their expert grade." + by_here
    yield el("h3", "How certain the places are")
    yield figure(theta_plot(placed, diagnosis.grading.bands), said, *_boundaries(diagnosis))
    yield from _calls(view, diagnosis)
    yield conventions("theta", "standard_error", "grades")


def _placed(view: View, diagnosis: Diagnosis) -> Iterator[Placed]:
    """CJ's thetas in CJ's order where there are any, else those computed here."""
    ranked = [(essay.essay_id, essay.theta) for essay in view.account.ranked if essay.theta is not None]
    here = sorted(diagnosis.fitted.theta.items(), key=lambda item: -item[1])
    grades = {essay.essay_id: essay.anchor.grade if essay.anchor else essay.grade for essay in view.account.ranked}
    for essay, value in ranked or here:
        error = diagnosis.fitted.errors.get(essay)
        yield Placed(view.names.short(essay), value, error, is_anchor_id(essay), grades.get(essay) or "")


def _boundaries(diagnosis: Diagnosis) -> Iterator[Content]:
    found = diagnosis.grading.bands
    if found is None:
        yield el("p", f"No grade bands: {diagnosis.grading.why_not}.")
        return
    rows = [(grade, *found.edges(grade)) for grade in reversed(found.grades)]
    yield long_table(
        ["Grade", Number("From theta"), Number("To theta")],
        rows,
        lambda row: [row[0], Number(_edge(row[1])), Number(_edge(row[2]))],
        "Boundaries of the projected grades.",
    )


def _edge(value: float) -> str:
    return "" if abs(value) == float("inf") else theta(value)


def _calls(view: View, diagnosis: Diagnosis) -> Iterator[Content]:
    calls = list(diagnosis.grading.calls.values())
    if not calls:
        return
    open_ = [call for call in calls if call.is_open]
    clear = len(calls) - len(open_)
    yield el("h3", "Too close to a boundary to call")
    if open_:
        yield _open_calls(view, open_)
    yield el("p", f"{count(clear, 'projected grade is', 'projected grades are')} clear of every boundary.")


def _open_calls(view: View, calls: Sequence[Call]) -> Markup:
    return long_table(
        ["Essay", "Projected grade", "Grades within 1.96 SE", Number("How likely its own")],
        sorted(calls, key=lambda call: call.likely),
        lambda call: [
            view.essay(call.essay_id),
            call.grade,
            f"{call.within[0]} to {call.within[-1]}",
            Number(percent(call.likely)),
        ],
        "The least certain first. How likely the projected grade is, if its boundaries are taken as certain.",
    )
