"""Identifiers are derived from the batch and say nothing about a student."""

from __future__ import annotations

from pathlib import PurePosixPath
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eng5_pipeline.domain.essays import correlation_id, essay_id, event_id, local_id

FIRST, SECOND = UUID(int=1), UUID(int=2)


@given(st.text(min_size=1), st.text(min_size=1))
def test_different_essays_of_a_batch_have_different_ids(one: str, other: str) -> None:
    assert (essay_id(FIRST, one) == essay_id(FIRST, other)) == (one == other)


def test_the_same_essay_has_another_id_in_another_batch() -> None:
    assert essay_id(FIRST, "a.txt") != essay_id(SECOND, "a.txt")


@given(st.text())
def test_an_essay_id_fits_the_column_of_cj(name: str) -> None:
    assert len(str(essay_id(FIRST, name))) <= 36  # varchar(36)


def test_names_that_were_once_folded_into_one_stay_apart() -> None:
    names = ["Åke.txt", "Öke.txt", "Anna-Lee.txt", "ANNA LEE.txt", "Lars.docx", "Lars.pdf", "anna lee.txt", "Ake.txt"]
    assert len({essay_id(FIRST, local_id(PurePosixPath(name))) for name in names}) == 8


def test_an_accent_written_in_two_ways_is_one_name() -> None:
    assert local_id(PurePosixPath("A\u030ake.txt")) == local_id(PurePosixPath("\u00c5ke.txt"))


@pytest.mark.parametrize(
    ("derived", "expected"),
    [
        (essay_id(FIRST, "students/a.txt"), "86ca8136-a782-5322-9ee0-235e59cb3cbe"),
        (event_id(FIRST), "db847c90-9360-535d-b697-22cde240c16c"),
        (correlation_id(FIRST), "c178bb9b-ca94-5ff1-82e4-72019b6681cf"),
    ],
)
def test_a_run_that_an_older_version_began_goes_on_under_the_same_ids(derived: UUID, expected: str) -> None:
    assert str(derived) == expected


def test_the_event_id_belongs_to_the_batch() -> None:
    assert event_id(FIRST) == event_id(FIRST) != event_id(SECOND)
