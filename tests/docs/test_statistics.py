"""docs/explanation/statistics.md quotes the conventions that the report prints, each of them."""

from __future__ import annotations

import re

import pytest

from eng5_pipeline.report.conventions import CONVENTIONS
from eng5_pipeline.report.statistics.pseudo_inverse import LARGEST, LARGEST_WITH_NUMPY
from eng5_pipeline.report.statistics.reliability import FEWEST_REPEATS, MOST_REPEATS, repeats_for
from tests.docs import markdown

PAGE = "explanation/statistics.md"


def quotes() -> list[str]:
    """Each quotation on one line."""
    quoted = re.findall(r"(?m)((?:^> .*\n)+)", markdown.read(PAGE))
    return [" ".join(line.removeprefix("> ") for line in quote.splitlines()) for quote in quoted]


def test_what_the_report_prints_is_quoted_and_nothing_else() -> None:
    assert sorted(quotes()) == sorted(CONVENTIONS.values())


@pytest.mark.parametrize(
    "said",
    [
        f"Up to {LARGEST} essays no library is needed; up to {LARGEST_WITH_NUMPY} numpy does it",
        f"{MOST_REPEATS} random halves; fewer where a batch has more than 600 comparisons, at least {FEWEST_REPEATS}",
    ],
)
def test_its_limits_are_those_of_the_program(said: str) -> None:
    assert said in markdown.read(PAGE)


def test_fewer_halves_are_drawn_from_where_it_says() -> None:
    assert (repeats_for(600), repeats_for(610)) == (MOST_REPEATS, 98)
