from __future__ import annotations

from decimal import Decimal

import pytest

from eng5_pipeline.report.page.amounts import decimals, percent, seconds, usd, usd_about
from eng5_pipeline.report.page.markup import Number, el, name, table
from eng5_pipeline.report.page.parts import long_table
from eng5_pipeline.report.page.plots.svg import Axis, axis, cut


def test_whatever_is_not_markup_is_escaped() -> None:
    assert el("b", "1 < 2 & 3", title='"') == '<b title="&quot;">1 &lt; 2 &amp; 3</b>'
    assert "<td>&lt;i&gt;</td>" in table(["a"], [["<i>"]], "")


def test_a_name_keeps_its_direction_to_itself() -> None:
    assert name("\u202eabc") == "<bdi>\\u202eabc</bdi>"


def test_a_long_table_says_what_it_leaves_out() -> None:
    made = long_table([Number("n")], range(5), lambda n: [Number(n)], "Numbers.", longest=3)
    assert "Numbers. The first 3 of 5; all are in the artefact." in made
    assert made.count("<tr>") == 4


@pytest.mark.parametrize(("value", "said"), [(None, ""), (0.25, "0.2 s"), (75.4, "1 min 15 s"), (3600, "60 min 0 s")])
def test_times_are_short(value: float | None, said: str) -> None:
    assert seconds(value) == said


def test_amounts_are_whole() -> None:
    assert [usd(Decimal(text)) for text in ("0", "4E-7", "12.5000", "1E+2")] == [
        "$0.00",
        "$0.0000004",
        "$12.50",
        "$100.00",
    ]


def test_shares_of_amounts_are_rounded_to_what_counts() -> None:
    assert [usd_about(amount) for amount in (0, 0.0021818, 1234.5)] == ["$0.00", "$0.00218", "$1230.00"]


def test_a_minus_is_one() -> None:
    assert decimals(-0.5) == "\N{MINUS SIGN}0.50"
    assert (percent(0.118), percent(None)) == ("12 %", "")


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.0, 1.0, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (-5.2, 3.1, [-4.0, -2.0, 0.0, 2.0]),
        (0.0, 119.0, [0, 20, 40, 60, 80, 100]),
    ],
)
def test_ticks_stand_at_round_values(low: float, high: float, ticks: list[float]) -> None:
    assert Axis(low, high, 0, 100).ticks(6) == pytest.approx(ticks)


def test_counts_have_no_halves() -> None:
    assert Axis(0, 2.2, 0, 100, finest=1).ticks() == [0, 1, 2]


def test_an_axis_of_one_value_has_room_around_it() -> None:
    assert axis([2.0, 2.0], 0, 100).at(2.0) == 50


def test_a_name_is_cut_to_the_room_it_has() -> None:
    assert cut("a long name.docx", 76) == "a long na…"
    assert cut("short", 76) == "short"
