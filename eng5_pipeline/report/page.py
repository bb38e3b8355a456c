"""report.html: what a run says to a person, in one file that opens from disk and needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from eng5_pipeline.durable import replace_file
from eng5_pipeline.report import page_results, page_run
from eng5_pipeline.report.endings import in_words
from eng5_pipeline.report.figures import usd
from eng5_pipeline.report.judged import Judged, read_judged
from eng5_pipeline.report.markup import Markup, el, join, name
from eng5_pipeline.report.ranking import ranking
from eng5_pipeline.report.run_record import RunRecord, read_run
from eng5_pipeline.run_folder import RunFolder

_STYLE = Path(__file__).with_name("page.css")
# Nothing is fetched and nothing is run, whatever a name in the page may try.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def write_page(folder: RunFolder) -> Path:
    """Put the page in place of an earlier one; its path. The same folder gives the same bytes.

    Raises MachineFailed where a file of the folder is damaged or the disk is full.
    """
    record = read_run(folder)
    html = page(record, read_judged(record), _STYLE.read_text(encoding="utf-8"))
    replace_file(folder.report, [html.encode()])
    return folder.report


def page(record: RunRecord, judged: Judged, style: str) -> str:
    ranked = ranking(record, judged)
    main = el(
        "main",
        _header(record),
        *_banners(record, judged),
        _key_figures(record, judged),
        page_results.ranked_essays(ranked),
        page_results.anchors(record, ranked),
        page_results.counts(record, judged),
        page_results.cost(judged),
        page_run.course(record, judged),
        page_run.provenance(record, judged),
    )
    return f'<!DOCTYPE html>\n<html lang="en">{_head(record, style)}\n{el("body", main)}</html>\n'


def _head(record: RunRecord, style: str) -> Markup:
    return el(
        "head",
        Markup('<meta charset="utf-8">'),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        el("title", f"{record.label} · {record.batch_uuid}"),
        el("style", Markup(style)),
    )


def _header(record: RunRecord) -> Markup:
    return el(
        "header",
        el("p", "Comparative judgement of a batch of essays", class_="eyebrow"),
        el("h1", name(record.label)),
        el("p", el("code", str(record.batch_uuid))),
        el("p", el("strong", in_words(record.ending))),
    )


def _banners(record: RunRecord, judged: Judged) -> Iterator[Markup]:
    if judged.simulated:
        yield _banner(
            "Simulated judge",
            "A program made up the comparisons (provider mock): ranking and grades say nothing about the essays.",
        )
    stopped = record.stopped
    if stopped is not None and stopped.what:
        yield _banner(f"Stopped in stage {stopped.name}", stopped.what, stopped.hint, class_="banner bad")


def _banner(title: str, *lines: str | None, class_: str = "banner") -> Markup:
    told = [el("p", name(line)) for line in lines if line]
    return el("div", el("p", el("strong", title)), *told, class_=class_, role="note")


def _key_figures(record: RunRecord, judged: Judged) -> Markup:
    figures = {
        "student essays": str(len(record.students)),
        "comparisons": str(judged.comparisons),
        "of them failed": str(judged.failed),
        "cost": usd(judged.total_usd),
    }
    return el("div", *(_figure(value, what) for what, value in figures.items()), class_="figures")


def _figure(value: str, what: str) -> Markup:
    return el("div", join([el("strong", value), el("span", what)]))
