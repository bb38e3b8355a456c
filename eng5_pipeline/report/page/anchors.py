"""How the judge's order goes with the experts' grades of the anchors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from eng5_pipeline.domain.assignment import Anchor
from eng5_pipeline.report.diagnosis import Diagnosis
from eng5_pipeline.report.grading import Agreement, GradedAnchor
from eng5_pipeline.report.page.amounts import decimals, theta
from eng5_pipeline.report.page.markup import Content, Markup, Number, definitions, el, name, table
from eng5_pipeline.report.page.parts import Part, View, conventions, figure, long_table, part
from eng5_pipeline.report.page.plots.grid import grade_grid
from eng5_pipeline.report.ranking import RankedEssay
from eng5_pipeline.report.wording import count
from eng5_pipeline.results import AnchorsVerified

_HEADING = "Anchors"


def anchors(view: View) -> Part:
    verified = view.account.record.result(AnchorsVerified)
    if verified is None:
        return part("anchors", _HEADING, el("p", "CJ was not asked for its anchors."))
    diagnosis = view.account.diagnosis
    caption = f"Registered with CJ on scale {verified.summary.grade_scale} when the run began."
    return part(
        "anchors",
        _HEADING,
        *(_agreement(view, diagnosis) if diagnosis else ()),
        _registered(view, verified.summary.anchors, caption),
    )


def _registered(view: View, registered: tuple[Anchor, ...], caption: str) -> Markup:
    places = {essay.anchor: essay for essay in view.account.ranked if essay.anchor}
    bands = _bands(view.account.diagnosis)
    headings = ["Label", "Expert grade", "Band of its theta", Number("Rank"), Number("Theta"), Number("Registry id")]
    return long_table(
        headings,
        registered,
        lambda anchor: _anchor(view, anchor, places.get(anchor), bands.get(anchor.anchor_id)),
        caption,
    )


def _bands(diagnosis: Diagnosis | None) -> dict[int, str | None]:
    found = diagnosis.agreement.anchors if diagnosis else ()
    return {each.anchor.anchor_id: each.band for each in found}


def _anchor(view: View, anchor: Anchor, place: RankedEssay | None, band: str | None) -> list[Content]:
    return [
        name(view.names.anchor(anchor)),
        anchor.grade,
        band,
        Number(place.rank or "") if place else None,
        Number(theta(place.theta)) if place else None,
        Number(anchor.anchor_id),
    ]


def _agreement(view: View, diagnosis: Diagnosis) -> Iterator[Content]:
    found = diagnosis.agreement
    yield definitions(
        [
            ("Kendall's tau-b", decimals(found.tau) if found.tau is not None else f"not known: {found.why_not}"),
            ("Anchors compared", f"{len(found.anchors)} of {len(found.anchors) + len(found.uncompared)}"),
            ("Pairs of different grades compared", f"{found.pairs.compared}, {found.pairs.even} of them even"),
            ("Inversions", str(len(found.pairs.inversions))),
            ("Never won", view.essays(found.without_win) if found.without_win else "none"),
            ("Grades without a known place", _listed(found.without_order)),
            ("Not registered, grade unknown", view.essays(found.unknown) if found.unknown else None),
        ]
    )
    if found.pairs.inversions:
        yield _inversions(view, found)
    if diagnosis.grading.bands and found.anchors:
        yield _grid(diagnosis, found)
    yield conventions("anchors")


def _listed(anchors: tuple[GradedAnchor, ...]) -> str | None:
    return ", ".join(dict.fromkeys(anchor.anchor.grade for anchor in anchors)) or None


def _inversions(view: View, found: Agreement) -> Markup:
    by_place = {anchor.place: anchor for anchor in found.anchors}
    return long_table(
        ["Lower grade", "Higher grade", Number("Lower won"), Number("Of"), Number("Steps apart")],
        found.pairs.inversions,
        lambda pair: [
            _graded(view, by_place[pair.lower]),
            _graded(view, by_place[pair.higher]),
            Number(pair.lower_won),
            Number(pair.times),
            Number(pair.steps),
        ],
        "Inversions: the anchor of the lower grade won by majority.",
    )


def _graded(view: View, anchor: GradedAnchor) -> Markup:
    return el("span", anchor.anchor.grade, " ", name(view.names.anchor(anchor.anchor)))


def _grid(diagnosis: Diagnosis, found: Agreement) -> Markup:
    assert diagnosis.grading.bands is not None
    grades = diagnosis.grading.bands.grades
    counts = Counter((a.anchor.grade, a.band) for a in found.anchors if a.band and a.anchor.grade in grades)
    known = {(expert, band): number for (expert, band), number in counts.items() if band}
    agree = sum(number for (expert, band), number in known.items() if expert == band)
    order = sorted(known, key=lambda pair: (-grades.index(pair[0]), -grades.index(pair[1])))
    rows = [[expert, band, Number(known[expert, band])] for expert, band in order]
    said = (
        f"Of {count(sum(known.values()), 'anchor')} {agree} lie in the band of their expert grade. CJ draws the bands "
        "from these very anchors."
    )
    beside = table(["Expert grade", "Band of its theta", Number("Anchors")], rows, "Expert grade against band.")
    return figure(grade_grid(grades, known), said, beside)
