"""docs/reference/errors.md names every reference that the program can tell, and none that it cannot."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from eng5_pipeline import errors
from tests.support.references import WARNING, Source

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "errors.md"
ROW = re.compile(r"\| `(?P<reference>[a-z0-9-]+)` \| (?P<exit>[^|]+) \| (?P<cause>[^|]+) \| (?P<remedy>[^|]+) \|")


class Row(NamedTuple):
    reference: str
    exit: str
    cause: str
    remedy: str


@cache
def rows() -> tuple[Row, ...]:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    return tuple(Row(*map(str.strip, match.groups())) for match in map(ROW.fullmatch, lines) if match)


@cache
def told() -> dict[str, set[str | None]]:
    return Source().found()


def test_every_reference_has_its_row() -> None:
    assert sorted(told().keys() - {row.reference for row in rows()}) == []


def test_no_row_is_of_a_reference_that_is_gone() -> None:
    assert sorted({row.reference for row in rows()} - told().keys()) == []


def test_a_reference_stands_once() -> None:
    named = [row.reference for row in rows()]
    assert [name for name in named if named.count(name) > 1] == []


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.reference)
def test_a_row_has_cause_and_remedy_and_the_exit_code_of_its_error(row: Row) -> None:
    kinds = told().get(row.reference, set())
    codes = {str(getattr(errors, kind).before_effects) for kind in kinds if kind not in (None, WARNING)}
    shown = set(row.exit.split(", "))
    assert len(row.cause) > 10
    assert row.remedy
    assert shown - {WARNING} == codes or None in kinds
    assert WARNING in shown or WARNING not in kinds


def test_every_exit_code_is_explained() -> None:
    explained = set(re.findall(r"(?m)^\| (\d+) \| ", PAGE.read_text(encoding="utf-8")))
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.Eng5Error)]
    assert explained == {"0", *(str(code) for kind in kinds for code in (kind.before_effects, kind.after_effects))}


def test_the_source_is_really_read() -> None:
    """One of each way in which a reference comes about."""
    assert {
        "anchors-missing",  # the field of a value
        "assignment-unknown",  # an error
        "batch-silent",  # chosen between two
        "bug",  # named in a text
        "cj-token-malformed",  # a prefix and an ending
        "content-tls",  # the key of a service and the ending of a cause
        "essay-encrypted",  # a value that becomes a refusal
        "files-passed-over",  # a warning
        "input-changed",  # a line of the journal
    } <= told().keys()
