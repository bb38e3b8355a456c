"""What stands first: which run it is, how it ended, what to know before trusting it, and where things are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from eng5_pipeline.report.endings import in_words
from eng5_pipeline.report.page.amounts import moment, usd
from eng5_pipeline.report.page.markup import Content, Markup, el, join, name
from eng5_pipeline.report.page.parts import Part, View, part
from eng5_pipeline.report.run_record import RunRecord
from eng5_pipeline.report.wording import count


def header(view: View) -> Markup:
    record = view.account.record
    return el(
        "header",
        el("p", "Comparative judgement of a batch of essays", class_="eyebrow"),
        el("h1", name(record.label)),
        el("p", el("strong", in_words(record.ending)), f" · begun {moment(record.opened_at)}"),
        el("p", el("code", str(record.batch_uuid))),
        el("p", view.names.note) if view.names.note else None,
    )


def banners(view: View) -> Iterator[Markup]:
    record = view.account.record
    if view.account.judged.simulated:
        yield _banner(
            "Simulated judge",
            "A program made up the comparisons (provider mock): ranking and grades say nothing about the essays.",
        )
    if record.ending is None or record.ending.status == "partial":
        yield _banner("Partial", *_partial(record))
    stopped = record.stopped
    if stopped is not None and stopped.what:
        told = (view.names.free(words) for words in (stopped.what, stopped.hint) if words)
        yield _banner(f"Stopped in stage {stopped.name}", *told, class_="banner bad")


def _partial(record: RunRecord) -> Iterator[str]:
    yield "Not everything that this batch should have yielded is here: numbers below are of what came."
    if record.ending is None:
        yield "The run has no recorded end: it was killed, or is still running."
    else:
        yield "Nothing more can come." if record.ending.final else "resume can go on waiting for the rest."


def _banner(title: str, *lines: str, class_: str = "banner") -> Markup:
    told = [el("p", name(line)) for line in lines]
    return el("div", el("p", el("strong", title)), *told, class_=class_, role="note")


def key_figures(view: View) -> Markup:
    record, judged = view.account.record, view.account.judged
    graded = sum(essay.grade not in (None, "U") for essay in view.account.ranked)
    figures = {
        "student essays": str(len(record.students)),
        "projected grades": str(graded),
        "comparisons": str(judged.comparisons),
        "of them failed": str(judged.failed),
        "cost": usd(judged.total_usd),
    }
    return el("div", *(_figure(value, what) for what, value in figures.items()), class_="figures")


def _figure(value: str, what: str) -> Markup:
    return el("div", join([el("strong", value), el("span", what)]))


def contents(parts: Sequence[Part]) -> Markup:
    links = (el("li", el("a", each.heading, href=f"#{each.key}")) for each in parts)
    return el("nav", el("ul", *links), aria_label="Contents")


def trust(view: View) -> Part:
    """Empty hands are said too."""
    cautions = view.account.cautions
    return part("trust", "How far to trust it", *_told(view, [caution.what for caution in cautions]))


def _told(view: View, cautions: Sequence[str]) -> Iterator[Content]:
    if cautions:
        yield el("p", f"{count(len(cautions), 'thing')} to know, each explained below:")
        yield el("ul", *(el("li", what) for what in cautions), class_="cautions")
    elif view.account.judged.comparisons:
        yield el("p", "Nothing stands out in the diagnostics below.")
    else:
        yield el("p", "Nothing was compared, so there is nothing to judge the judge by.")
