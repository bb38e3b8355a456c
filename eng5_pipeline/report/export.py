"""A run's two tables as files that other programs open."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from types import NoneType
from typing import NamedTuple, get_args, get_type_hints

from eng5_pipeline.durable import make_folder, replace_file
from eng5_pipeline.errors import ToolMissing
from eng5_pipeline.report.account import Account
from eng5_pipeline.report.rows import ComparisonRow, EssayRow, comparison_rows, essay_rows
from eng5_pipeline.report.visible import visible

# What a spreadsheet takes for the beginning of a formula, in full width too.
_FORMULA = tuple(
    "=+-@\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}"
)

Row = type[EssayRow] | type[ComparisonRow]
Rows = Iterable[NamedTuple]
Write = Callable[[Path, Row, Rows], None]


def export(account: Account, folder: Path, ending: str, write: Write) -> list[Path]:
    """essays and comparisons, each a file with this ending in the folder, in place of earlier ones; their paths."""
    make_folder(folder)
    essays, comparisons = folder / f"essays.{ending}", folder / f"comparisons.{ending}"
    write(essays, EssayRow, essay_rows(account))
    write(comparisons, ComparisonRow, comparison_rows(account))
    return [essays, comparisons]


def write_csv(path: Path, kind: Row, rows: Rows) -> None:
    """UTF-8, comma-separated (RFC 4180). An absent value is an empty cell.

    Text is made harmless: a cell that a spreadsheet would take for a formula begins with an apostrophe, and control
    characters and marks of direction are readable escapes.
    """
    replace_file(path, _csv(kind._fields, rows))


def write_parquet(path: Path, kind: Row, rows: Rows) -> None:
    """Text as it is, amounts of money as floats. Raises ToolMissing without pyarrow."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ModuleNotFoundError as missing:
        raise ToolMissing(
            "parquet-missing",
            "writing Parquet needs the library pyarrow",
            hint='install it:  pip install "eng5-pipeline[parquet]"   or write --format csv',
        ) from missing
    types: Mapping[object, object] = {
        str: pyarrow.string(),
        int: pyarrow.int64(),
        float: pyarrow.float64(),
        Decimal: pyarrow.float64(),
    }
    by_column = list(zip(*(map(_stored, row) for row in rows), strict=True)) or [()] * len(kind._fields)
    arrays = [
        pyarrow.array(values, types[_held(hint)])
        for values, hint in zip(by_column, get_type_hints(kind).values(), strict=True)
    ]
    table = pyarrow.table(dict(zip(kind._fields, arrays, strict=True)))
    sink = io.BytesIO()
    pyarrow.parquet.write_table(table, sink)
    replace_file(path, [sink.getvalue()])


def _held(hint: object) -> object:
    """`str` of `str | None`."""
    return next((each for each in get_args(hint) if each is not NoneType), hint)


def _stored(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()  # a file name may hold bytes that are no character
    return float(value) if isinstance(value, Decimal) else value


def _csv(columns: tuple[str, ...], rows: Rows) -> Iterator[bytes]:
    yield _line(columns)
    yield from (_line(map(_cell, row)) for row in rows)


def _line(cells: Iterable[object]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(list(cells))
    return text.getvalue().encode()


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return "" if value is None else value
    shown = visible(value)
    return f"'{shown}" if shown.lstrip().startswith(_FORMULA) else shown
