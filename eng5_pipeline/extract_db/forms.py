"""The forms in which an extraction is written: JSON, CSV, and text for a person."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence

from eng5_pipeline.extract_db.values import Extraction, Value

Cell = str | int | float | bool | None

# Cells that begin so, after blanks, are taken for a formula by a spreadsheet, in full width too.
_FORMULA = tuple(
    "=+-@\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}"
)
# In a terminal these hide text, turn its direction or are obeyed.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def as_json(extraction: Extraction) -> str:
    return extraction.model_dump_json(indent=2) + "\n"


def as_csv(extraction: Extraction) -> str:
    """One table: `section` names the object or list that a row is of, and columns of other sections are empty.

    What has parts of its own stands in its cell as JSON. Text that a spreadsheet would take for a formula has an
    apostrophe before it, and what a terminal would obey or hide is written as an escape.
    """
    rows = [{"section": name, **_flat(value)} for name, value in _sections(extraction)]
    columns = dict.fromkeys(column for row in rows for column in row)
    out = io.StringIO()
    table = csv.DictWriter(out, columns, restval="")
    table.writeheader()
    table.writerows(rows)
    return out.getvalue()


def _sections(extraction: Extraction) -> Iterator[tuple[str, Value]]:
    yield "batch", extraction.batch
    if extraction.state is not None:
        yield "state", extraction.state
    yield "bradley_terry", extraction.bradley_terry
    yield from (("bradley_terry.scores", score) for score in extraction.bradley_terry.scores)
    yield from (("essays", essay) for essay in extraction.essays)
    yield from (("anchors", anchor) for anchor in extraction.anchors)
    yield from (("projections", projection) for projection in extraction.projections)
    yield from (("comparisons", comparison) for comparison in extraction.comparisons)


def _flat(value: Value) -> dict[str, Cell]:
    plain: dict[str, Cell | list[Cell] | dict[str, Cell]] = value.model_dump(mode="json", exclude={"scores"})
    return {key: _cell(cell) for key, cell in plain.items()}


def _cell(value: Cell | list[Cell] | dict[str, Cell]) -> Cell:
    if isinstance(value, list | dict):
        return json.dumps(value)
    if not isinstance(value, str):
        return value
    shown = visible(value)
    return f"'{shown}" if shown.lstrip().startswith(_FORMULA) else shown


def as_text(extraction: Extraction) -> str:
    """Tables in columns. What a terminal would obey or hide is written as an escape."""
    fit = extraction.bradley_terry
    lines = [
        *_heading(extraction),
        "",
        *_ranking(extraction),
        "",
        *_anchors(extraction),
        "",
        *_comparisons(extraction),
        "",
        f"theta: {fit.method}; alpha {fit.alpha}",
        f"its error: {fit.standard_errors}",
        *_cautions(extraction),
    ]
    return "\n".join(map(visible, lines)) + "\n"


def _heading(extraction: Extraction) -> Iterator[str]:
    batch, state, fit = extraction.batch, extraction.state, extraction.bradley_terry
    yield f"job {batch.job_id} of batch {batch.batch_uuid}: {batch.status}"
    yield f"assignment {batch.assignment_id or '-'}, {batch.course_code}, {batch.language}"
    yield f"begun {_time(batch.created_at)}, completed {_time(batch.completed_at)}"
    if state is not None:
        counted = f"{state.completed_comparisons} of {state.submitted_comparisons} comparisons completed"
        yield f"state {state.state}: {counted}, {state.failed_comparisons} failed, at most {state.total_budget or '-'}"
    yield f"{len(extraction.essays)} essays, {fit.comparisons} comparisons with a winner, {fit.left_out} without"


def _ranking(extraction: Extraction) -> Iterator[str]:
    grades = {each.essay_id: each for each in extraction.projections}
    scores = {each.essay_id: each for each in extraction.bradley_terry.scores}
    known = {each.essay_id: each.grade for each in extraction.anchors}
    head = ("essay", "grade", "confidence", "CJ's score", "its error", "theta", "its error", "won", "lost")
    rows = []
    for essay in extraction.essays:
        grade, score = grades.get(essay.essay_id), scores[essay.essay_id]
        shown = grade.grade if grade else known.get(essay.essay_id)
        trust = "anchor" if essay.is_anchor else grade.confidence_label if grade else None
        figures = (essay.bt_score, essay.bt_se, score.theta, score.standard_error)
        counts = (str(essay.wins), str(essay.losses))
        rows.append((essay.essay_id, shown or "-", trust or "-", *map(_figure, figures), *counts))
    return _table(head, rows)


def _anchors(extraction: Extraction) -> Iterator[str]:
    rows = [(a.label or "-", a.grade or "-", _figure(a.bt_score), str(a.anchor_id or "-")) for a in extraction.anchors]
    return _table(("anchor", "grade", "CJ's score", "registry id"), rows)


def _comparisons(extraction: Extraction) -> Iterator[str]:
    rows = [
        (
            str(c.comparison_id),
            c.essay_a,
            c.essay_b,
            c.winner or "-",
            _figure(c.confidence),
            c.model or c.error_code or "-",
        )
        for c in extraction.comparisons
    ]
    return _table(("comparison", "essay A", "essay B", "winner", "confidence", "model"), rows)


def _cautions(extraction: Extraction) -> Iterator[str]:
    fit = extraction.bradley_terry
    if fit.weak_components > 1:
        yield f"{fit.weak_components} groups without a comparison between them: their thetas cannot be compared"
    if fit.strong_components > 1:
        yield "some essays are not linked both ways by wins: how far apart they are rests on the penalty"
    moved = sorted({essay.moved_to_job for essay in extraction.essays if essay.moved_to_job is not None})
    if moved:
        yield f"essays of this job belong to job {', '.join(map(str, moved))} now, and their rows with them"


def _time(moment: object) -> str:
    return "-" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    shown = [tuple(map(visible, row)) for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    for row in shown:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def visible(text: str) -> str:
    """On one line, with whatever a terminal would obey or hide written as an escape."""
    return "".join(_escaped(char) if unicodedata.category(char) in _INVISIBLE else char for char in text)


def _escaped(char: str) -> str:
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")


FORMS: Mapping[str, Callable[[Extraction], str]] = {"json": as_json, "csv": as_csv, "text": as_text}
