"""The parts of the page that tell what was judged, as CJ says it and as the comparisons count."""

from __future__ import annotations

from collections.abc import Iterator

from eng5_pipeline.domain.assignment import Anchor
from eng5_pipeline.report.figures import theta, usd
from eng5_pipeline.report.judged import EssayCount, Judged
from eng5_pipeline.report.markup import Markup, Number, el, join, name, table
from eng5_pipeline.report.ranking import RankedEssay, anchor_of, registered_anchors
from eng5_pipeline.report.run_record import RunRecord
from eng5_pipeline.results import AnchorsVerified

_SPENT = ("Comparisons", "Failed", "Prompt tokens", "Answer tokens", "Cost")
_COUNTS = ("Won", "Lost", "Undecided", "All")


def ranked_essays(ranked: tuple[RankedEssay, ...]) -> Markup:
    if not ranked:
        return _section("Ranking", el("p", "There is no result of CJ here, so there is neither a ranking nor a grade."))
    rows = [
        [
            Number(essay.rank or ""),
            name(essay.name),
            "anchor" if essay.is_anchor else "student",
            essay.grade,
            essay.anchor.grade if essay.anchor else None,
            Number(theta(essay.theta)),
            Number(essay.count.decided),
            Number(essay.count.wins),
        ]
        for essay in ranked
    ]
    named = ["Essay", "Kind", "Projected grade", "True grade"]
    headings = [Number("Rank"), *named, Number("Theta"), Number("Decided"), Number("Won")]
    caption = (
        "Rank, theta (Bradley-Terry) and projected grade are CJ's own; U means that CJ projected no grade. "
        "The true grade of an anchor is the one in CJ's registry. Decided comparisons are those that someone won."
    )
    return _section("Ranking", table(headings, rows, caption))


def anchors(record: RunRecord, ranked: tuple[RankedEssay, ...]) -> Markup:
    verified = record.result(AnchorsVerified)
    if verified is None:
        return _section("Anchors", el("p", "CJ was not asked for its anchors."))
    places = {essay.anchor: essay for essay in ranked if essay.anchor}
    rows = [_anchor(anchor, places.get(anchor)) for anchor in verified.summary.anchors]
    headings = [Number("Registry id"), "Label", "True grade", Number("Rank"), Number("Theta")]
    caption = f"Registered with CJ on scale {verified.summary.grade_scale} when the run began."
    return _section("Anchors", table(headings, rows, caption))


def _anchor(anchor: Anchor, place: RankedEssay | None) -> list[str | None]:
    return [
        Number(anchor.anchor_id),
        name(anchor.label) if anchor.label else None,
        anchor.grade,
        Number(place.rank or "") if place else None,
        Number(theta(place.theta)) if place else None,
    ]


def counts(record: RunRecord, judged: Judged) -> Markup:
    if not judged.counts:
        return _section("Comparisons per essay", el("p", "No comparison was kept."))
    known = registered_anchors(record)
    named = {essay: _name(essay, record, anchor_of(essay, known)) for essay in judged.counts}
    rows = [_count(named[essay], judged.counts[essay]) for essay in sorted(named, key=lambda essay: named[essay])]
    caption = "Counted here from the comparisons that were kept. Nobody won an undecided one: the judge failed or tied."
    return _section("Comparisons per essay", table(["Essay", *map(Number, _COUNTS)], rows, caption))


def _name(essay_id: str, record: RunRecord, anchor: Anchor | None) -> str:
    label = anchor.label if anchor else None
    return record.local_ids.get(essay_id) or label or essay_id


def _count(essay: str, count: EssayCount) -> list[str]:
    columns = (count.wins, count.losses, count.undecided, count.appearances)
    return [name(essay), *map(Number, columns)]


def cost(judged: Judged) -> Markup:
    if not judged.spending:
        return _section("Cost", el("p", "Nothing was compared, so nothing was charged for comparisons."))
    rows = [
        [
            " ".join(filter(None, (spent.provider, spent.model))) or "not named",
            Number(spent.comparisons),
            Number(spent.failed),
            Number(spent.prompt_tokens),
            Number(spent.completion_tokens),
            Number(usd(spent.usd)),
        ]
        for spent in judged.spending
    ]
    headings = ["Judge", *map(Number, _SPENT)]
    caption = f"As the comparisons state it: {usd(judged.total_usd)} in all."
    return _section("Cost", join([table(headings, rows, caption), *_unpriced(judged)]))


def _unpriced(judged: Judged) -> Iterator[Markup]:
    unpriced = sum(spent.unpriced for spent in judged.spending)
    if unpriced:
        yield el("p", f"Comparisons that state no cost: {unpriced}; they are not in the sum.")


def _section(heading: str, content: Markup) -> Markup:
    return el("section", el("h2", heading), content)
