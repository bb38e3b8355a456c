"""Grades and labels of anchor files: from a table, or from their names."""

from __future__ import annotations

import re

import pytest

from eng5_pipeline.domain.anchor_table import Graded, grades_from_names, grades_from_table, refuse_equal_labels
from eng5_pipeline.errors import Refused

TABLE = "essays/anchors.csv"
FIRST, SECOND = "essays/anchors/first.docx", "essays/anchors/second.docx"
BOTH = "file,grade,label\nanchors/first.docx,A,Top\nanchors/second.docx,E-,\n"
DECOMPOSED, COMPOSED = "O\u0308ke", "\u00d6ke"
BYTE_ORDER_MARK = "\ufeff"


def table(text: str, *names: str) -> dict[str, Graded]:
    return grades_from_table(text, TABLE, names or (FIRST, SECOND))


def refusal(text: str, *names: str) -> Refused:
    with pytest.raises(Refused) as refused:
        table(text, *names)
    return refused.value


def test_a_table_gives_grade_and_label_and_a_missing_label_is_the_files_stem() -> None:
    assert table(BOTH) == {FIRST: Graded("A", "Top"), SECOND: Graded("E-", "second")}


@pytest.mark.parametrize(
    "text",
    [
        BYTE_ORDER_MARK + BOTH,
        BOTH.replace("\n", "\r\n"),
        BOTH.replace("\n", "\r"),
        BOTH.replace(",", " , "),
        BOTH.replace("anchors/first.docx", '"anchors/first.docx"'),
        BOTH.replace("anchors/", "./anchors/"),
        BOTH + "\n\n",
    ],
    ids=["byte-order mark", "Windows lines", "old Mac lines", "blanks", "quotes", "dots", "empty lines"],
)
def test_how_a_table_is_saved_makes_no_difference(text: str) -> None:
    assert table(text) == table(BOTH)


def test_columns_may_stand_in_any_order_and_others_beside_them() -> None:
    assert table("note,grade,file\nold,A,anchors/first.docx\n", FIRST) == {FIRST: Graded("A", "first")}


@pytest.mark.parametrize("written", [DECOMPOSED, COMPOSED])
def test_a_name_is_found_however_its_accents_are_encoded(written: str) -> None:
    found = table(f"file,grade\nanchors/{written}.docx,B\n", f"essays/anchors/{COMPOSED}.docx")
    assert found == {f"essays/anchors/{COMPOSED}.docx": Graded("B", COMPOSED)}


def test_a_cell_with_a_comma_stands_in_quotes() -> None:
    assert table('file,grade,label\nanchors/first.docx,A,"A, first"\n', FIRST)[FIRST].label == "A, first"


REFUSALS = {
    "no columns": ("first.docx,A\n", "anchor-table-columns", "file,grade,label"),
    "semicolons": ("file;grade;label\nanchors/first.docx;A;Top\n", "anchor-table-columns", "comma-separated"),
    "nothing": ("", "anchor-table-columns", "file,grade,label"),
    "a row too long": ("file,grade\nanchors/first.docx,A,Top\n", "anchor-table-row", "in quotes"),
    "a file twice": (BOTH + "anchors/first.docx,B,Other\n", "anchor-table-twice", "remove one row"),
    "no grade": ("file,grade\nanchors/first.docx,\n", "anchor-grade-length", "column grade"),
    "a long grade": ("file,grade\nanchors/first.docx,ABCDE\n", "anchor-grade-length", "column grade"),
    "a long label": (f"file,grade,label\nanchors/first.docx,A,{'x' * 256}\n", "anchor-label-invalid", "column label"),
    "a control character": ("file,grade,label\nanchors/first.docx,A,a\x07\n", "anchor-label-invalid", "column label"),
    "a file without a row": ("file,grade\nanchors/first.docx,A\n", "anchor-without-grade", "add its row"),
    "a row without a file": (BOTH + "anchors/third.docx,B,\n", "anchor-without-file", "remove the row"),
    "another's folder": ("file,grade\nfirst.docx,A\n", "anchor-without-grade", "add its row"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_table_that_does_not_fit_is_refused_with_what_to_do(case: str) -> None:
    text, reference, hint = REFUSALS[case]
    refused = refusal(text)
    assert (refused.reference, hint in refused.hint) == (reference, True)
    assert TABLE in refused.what


def test_a_field_without_end_is_no_table() -> None:
    assert refusal("file,grade\n" + '"' + "x" * 200_000 + "\n").reference == "anchor-table-columns"


@pytest.mark.parametrize(("name", "grade"), [("A1", "A"), ("F+2", "F+"), ("c-", "C-"), ("E12", "E")])
def test_a_name_may_say_the_grade(name: str, grade: str) -> None:
    path = f"anchors/{name}.docx"
    assert grades_from_names([path]) == {path: Graded(grade, name)}


@pytest.mark.parametrize("name", ["123", "AA1", "A1b", "anchor", "+1"])
def test_a_name_without_a_grade_is_refused_by_name(name: str) -> None:
    with pytest.raises(Refused, match=re.escape(f"anchors/{name}.docx")) as refused:
        grades_from_names([f"anchors/{name}.docx"])
    assert refused.value.reference == "anchor-name-without-grade"


def test_equal_labels_are_refused_for_cj_would_keep_the_last() -> None:
    with pytest.raises(Refused, match="A1: a label of several anchors") as refused:
        refuse_equal_labels([Graded("A", "A1"), Graded("B", "A1"), Graded("B", "B1")])
    assert refused.value.reference == "anchor-labels-equal"


def test_the_same_grade_under_several_labels_is_no_trouble() -> None:
    refuse_equal_labels([Graded("A", "A1"), Graded("A", "A2")])
