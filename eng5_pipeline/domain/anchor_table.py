"""Which grade and label an anchor file has: from a table, or from its name where the spec says so.

Whether a grade exists is CJ's to say; here is only how it is written.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import PurePosixPath
from typing import NamedTuple

from eng5_pipeline.errors import Refused

FROM_NAMES = "from-names"
LONGEST_GRADE = 4  # characters, CJ's column
LONGEST_LABEL = 255
_GRADE_IN_NAME = re.compile(r"(?P<letter>[A-Za-z])(?P<sign>[+-]?)\d*")
_HEAD = "file,grade,label"


class Graded(NamedTuple):
    grade: str
    label: str


class Row(NamedTuple):
    """A row of a table: its 1-based line, and what stands in the columns, without blanks around it."""

    line: int
    file: str
    grade: str
    label: str


def grades_from_names(names: Sequence[str]) -> dict[str, Graded]:
    """`A1`, `F+2`, `c-` mean A, F+, C-; the label is the file's stem."""
    return {name: _from_name(name) for name in names}


def grades_from_table(text: str, table: str, names: Sequence[str]) -> dict[str, Graded]:
    """Columns file, grade and, if wanted, label; files are named relative to the table's folder.

    Every file needs a row, every row a file. `names` are in composed Unicode (NFC), the table may be in any.
    """
    return _Table(table).graded(text, names)


def refuse_equal_labels(graded: Iterable[Graded]) -> None:
    """CJ keeps one anchor for each label and would overwrite the first with the second."""
    twice = [label for label, count in Counter(one.label for one in graded).items() if count > 1]
    if twice:
        raise Refused(
            "anchor-labels-equal",
            f"{', '.join(twice[:5])}: a label of several anchors, and CJ would keep the last of them",
            hint="give each anchor a label of its own, in the column label of a table (essays.anchors.grades)",
        )


@dataclass(frozen=True)
class _Table:
    """`name` is its path as the spec writes it."""

    name: str

    def graded(self, text: str, names: Sequence[str]) -> dict[str, Graded]:
        found: dict[str, Graded] = {}
        for row in self._rows(unicodedata.normalize("NFC", text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}"))):
            name = str(PurePosixPath(self.name).parent / row.file)
            if name in found:
                raise Refused(
                    "anchor-table-twice", f"{self.name}:{row.line} names {row.file} again", hint="remove one row"
                )
            graded = Graded(row.grade, row.label or PurePosixPath(name).stem)
            found[name] = _checked(graded, f"{self.name}:{row.line}")
        self._must_match(found, names)
        return found

    def _rows(self, text: str) -> Iterator[Row]:
        reader = csv.DictReader(StringIO(text, newline=None), skipinitialspace=True)
        try:
            self._check_head([head.strip() for head in reader.fieldnames or ()])
            for cells in reader:
                values = {(head or "").strip(): _cell(value) for head, value in cells.items()}
                yield self._row(reader.line_num, values)
        except csv.Error as error:
            raise self._not_a_table(str(error)) from None

    def _row(self, line: int, values: Mapping[str, str]) -> Row:
        if "" in values:
            raise Refused(
                "anchor-table-row",
                f"{self.name}:{line} has more cells than the table has columns",
                hint='put a cell that holds a comma in quotes, such as "A1, second"',
            )
        return Row(line, values["file"], values["grade"], values.get("label", ""))

    def _check_head(self, heads: Sequence[str]) -> None:
        if not {"file", "grade"} <= set(heads):
            separated = ";" in "".join(heads) or "\t" in "".join(heads)
            raise self._not_a_table("its cells are not separated by commas" if separated else f"it begins {heads}")

    def _not_a_table(self, why: str) -> Refused:
        return Refused(
            "anchor-table-columns",
            f"{self.name} is no table with the columns file and grade: {why}",
            hint=f"save it as comma-separated text whose first line is:  {_HEAD}",
        )

    def _must_match(self, graded: Mapping[str, Graded], names: Sequence[str]) -> None:
        without_row = [name for name in names if name not in graded]
        without_file = sorted(set(graded) - set(names))
        if without_row:
            raise Refused(
                "anchor-without-grade", f"{without_row[0]} has no row in {self.name}", hint="add its row, or exclude it"
            )
        if without_file:
            raise Refused(
                "anchor-without-file",
                f"{self.name} names {without_file[0]}, which essays.anchors.files does not find",
                hint="remove the row, or write the file's path relative to the table's folder",
            )


def _cell(value: str | list[str] | None) -> str:
    return value.strip() if isinstance(value, str) else ""


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


def _checked(graded: Graded, where: str) -> Graded:
    if not 0 < len(graded.grade) <= LONGEST_GRADE:
        raise Refused(
            "anchor-grade-length",
            f"{where}: a grade has 1 to {LONGEST_GRADE} characters, not {len(graded.grade)}",
            hint="correct it in the column grade",
        )
    if len(graded.label) > LONGEST_LABEL or not (graded.grade + graded.label).isprintable():
        raise Refused(
            "anchor-label-invalid",
            f"{where}: a label has 1 to {LONGEST_LABEL} characters and no control characters",
            hint="correct it in the column label",
        )
    return graded
