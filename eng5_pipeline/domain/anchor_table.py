"""Which grade and label an anchor file has: from a table, or from its name where the spec says so.

Whether a grade exists is CJ's to say; here is only how it is written.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from pathlib import PurePosixPath
from typing import NamedTuple

from eng5_pipeline.errors import Refused

FROM_NAMES = "from-names"
LONGEST_GRADE = 4  # characters, CJ's column
LONGEST_LABEL = 255
_GRADE_IN_NAME = re.compile(r"(?P<letter>[A-Za-z])(?P<sign>[+-]?)\d*")


class Graded(NamedTuple):
    grade: str
    label: str


def grades_from_names(names: Sequence[str]) -> dict[str, Graded]:
    """`A1`, `F+2`, `c-` mean A, F+, C-; the label is the file's stem."""
    return {name: _from_name(name) for name in names}


def grades_from_table(text: str, table: str, names: Sequence[str]) -> dict[str, Graded]:
    """Columns file, grade and, if wanted, label; files are named relative to the table's folder.

    Every file needs a row, every row a file.
    """
    rows = list(csv.DictReader(StringIO(text)))
    columns = set(rows[0]) if rows else set()
    if not {"file", "grade"} <= columns:
        raise Refused(
            "anchor-table-columns",
            f"{table} has no columns file and grade",
            hint="begin it with:  file,grade,label",
        )
    folder = PurePosixPath(table).parent
    graded: dict[str, Graded] = {}
    for number, row in enumerate(rows, start=2):
        name = str(folder / (row["file"] or ""))
        if name in graded:
            raise Refused("anchor-table-twice", f"{table}:{number} names {row['file']} again", hint="remove one row")
        graded[name] = _checked(Graded(row["grade"] or "", row.get("label") or PurePosixPath(name).stem), name)
    _must_match(graded, names, table)
    return graded


def refuse_equal_labels(graded: Iterable[Graded]) -> None:
    """CJ keeps one anchor for each label and would overwrite the first with the second."""
    twice = [label for label, count in Counter(one.label for one in graded).items() if count > 1]
    if twice:
        raise Refused(
            "anchor-labels-equal",
            f"{len(twice)} label is used for several anchors: {twice[0]}",
            hint="give each anchor a label of its own in the table",
        )


def _from_name(name: str) -> Graded:
    stem = PurePosixPath(name).stem
    match = _GRADE_IN_NAME.fullmatch(stem)
    if match is None:
        raise Refused(
            "anchor-name-without-grade",
            f"{name} does not name a grade",
            hint="name it like A1.docx or F+2.docx, or give a table in essays.anchors.grades",
        )
    return Graded(match["letter"].upper() + match["sign"], stem)


def _checked(graded: Graded, name: str) -> Graded:
    if not 0 < len(graded.grade) <= LONGEST_GRADE or not 0 < len(graded.label) <= LONGEST_LABEL:
        raise Refused(
            "anchor-grade-length",
            f"{name}: a grade has 1 to {LONGEST_GRADE} characters, a label 1 to {LONGEST_LABEL}",
            hint="correct its row in the table",
        )
    return graded


def _must_match(graded: Mapping[str, Graded], names: Sequence[str], table: str) -> None:
    without_row = [name for name in names if name not in graded]
    without_file = sorted(set(graded) - set(names))
    if without_row:
        raise Refused("anchor-without-grade", f"{without_row[0]} has no row in {table}", hint="add its row")
    if without_file:
        raise Refused("anchor-without-file", f"{table} names {without_file[0]}, which is not there", hint="remove it")
