"""Names, amounts and times as a person sees them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from eng5_pipeline.cli.wording import count, cut, label, near, seconds, table, usd, visible


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("abc\u202edocx.exe", "abc\\u202edocx.exe"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("line\u2028end", "line\\u2028end"),
        ("bytes\udcff", "bytes\\udcff"),
        ("\x9b31m", "\\x9b31m"),
    ],
)
def test_what_a_terminal_would_obey_or_hide_is_made_visible(hostile: str, shown: str) -> None:
    assert visible(hostile) == shown


def test_letters_of_every_script_stay_as_they_are() -> None:
    assert visible("Åke Öberg, 中文, emoji 😀, e\u0301") == "Åke Öberg, 中文, emoji 😀, e\u0301"


def test_a_label_is_cut_where_it_is_shown() -> None:
    assert label("x" * 500) == "x" * 39 + "…"
    assert label("x" * 40) == "x" * 40


def test_a_name_is_made_visible_before_it_is_cut() -> None:
    assert cut("\x1b" * 20, 10) == "\\x1b\\x1b\\…"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (200, "3 min 20 s"),
        (7500, "2 h 5 min"),
    ],
)
def test_a_time_is_told_in_units_of_its_size(value: float, told: str) -> None:
    assert seconds(value) == told


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        ("0", "$0.00"),
        ("12.5", "$12.50"),
        ("0.0000004", "$0.0000004"),
        ("100", "$100.00"),
        ("1E+2", "$100.00"),
    ],
)
def test_a_cost_is_never_rounded_to_nothing(amount: str, told: str) -> None:
    assert usd(Decimal(amount)) == told


def test_one_thing_is_not_told_as_many() -> None:
    assert (count(1, "retry", "retries"), count(2, "retry", "retries")) == ("1 retry", "2 retries")


def test_a_path_is_told_as_one_would_type_it() -> None:
    assert near(Path("/home/ada/runs/x"), Path("/home/ada")) == "runs/x"
    assert near(Path("/mnt/x"), Path("/home/ada")) == "/mnt/x"


def test_numbers_of_a_table_stand_to_the_right() -> None:
    assert table(("name", "n"), [("Åsa", "7"), ("Bo", "12"), ("Cy", "-")]) == [
        "name   n",
        "Åsa    7",
        "Bo    12",
        "Cy     -",
    ]


def test_a_cell_cannot_break_out_of_its_row() -> None:
    assert table(("name",), [("a\nb",)]) == ["name", "a\\nb"]
