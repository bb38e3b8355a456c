"""report.html: what a run says to a person, in one file that opens from disk and needs nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from eng5_pipeline.durable import replace_file
from eng5_pipeline.report.account import Account, read_account
from eng5_pipeline.report.page import top
from eng5_pipeline.report.page.anchors import anchors
from eng5_pipeline.report.page.cost import cost
from eng5_pipeline.report.page.coverage import coverage
from eng5_pipeline.report.page.markup import Markup, el
from eng5_pipeline.report.page.names import Names, file_names
from eng5_pipeline.report.page.parts import Part, View, estimated
from eng5_pipeline.report.page.ranking import ranking
from eng5_pipeline.report.page.run import course, provenance
from eng5_pipeline.report.page.trust import connectedness, fit, position, reliability
from eng5_pipeline.report.run_record import RunRecord
from eng5_pipeline.run_folder import RunFolder

_STYLE = Path(__file__).with_name("style.css")
# Nothing is fetched and nothing is run, whatever a name in the page may try.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def write_page(folder: RunFolder, names: Callable[[RunRecord], Names] = file_names) -> Path:
    """Put the page in place of an earlier one; its path. The same folder gives the same bytes.

    Raises MachineFailed where a file of the folder is damaged or the disk is full.
    """
    return put_page(read_account(folder), names)


def put_page(account: Account, names: Callable[[RunRecord], Names] = file_names) -> Path:
    view = View(account, names(account.record))
    html = _page(view, _STYLE.read_text(encoding="utf-8"))
    replace_file(account.record.folder.report, [html.encode()])
    return account.record.folder.report


def _page(view: View, style: str) -> str:
    parts = _parts(view)
    main = el(
        "main",
        *top.banners(view),
        top.key_figures(view),
        *(each.html for each in parts),
    )
    body = el("body", top.header(view), top.contents(parts), main)
    return f'<!DOCTYPE html>\n<html lang="en">{_head(view.account.record, style)}\n{body}</html>\n'


def _parts(view: View) -> list[Part]:
    return [
        ranking(view),
        top.trust(view),
        anchors(view),
        estimated("reliability", "Reliability", view, reliability),
        estimated("fit", "Fit", view, fit),
        estimated("position", "Position", view, position),
        coverage(view),
        estimated("connectedness", "Connectedness", view, connectedness),
        cost(view),
        course(view),
        provenance(view),
    ]


def _head(record: RunRecord, style: str) -> Markup:
    return el(
        "head",
        Markup('<meta charset="utf-8">'),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        el("title", f"{record.label} · {record.batch_uuid}"),
        el("style", Markup(style)),
    )
