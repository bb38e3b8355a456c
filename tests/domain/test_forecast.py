"""What a batch is likely to cost, from its texts or from earlier runs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eng5_pipeline.domain.comparisons import ComparisonCounts, apply_comparison_limit
from eng5_pipeline.domain.forecast import (
    Asked,
    Forecast,
    Material,
    Seen,
    forecast,
    percentile_90,
)
from eng5_pipeline.domain.prices import Price, PriceTable

TABLE = PriceTable(
    source="list prices as of", as_of=date(2026, 3, 21), models={"judge-1": Price(input=Decimal(3), output=Decimal(15))}
)
JUDGE = Asked(provider="anthropic", model="judge-1", reasoning_effort=None)
MATERIAL = Material(language="en", essay=2100, system_prompt=420, rubric=840)
COUNTS = apply_comparison_limit(12, 12, 60)


def foreseen(
    asked: Asked = JUDGE, material: Material = MATERIAL, counts: ComparisonCounts = COUNTS, seen: tuple[Seen, ...] = ()
) -> Forecast:
    return forecast(asked, material, counts, TABLE, seen)


def seen(run: str = "a", prompt: float = 0.5, answer: int = 100, seconds: float | None = 2.0) -> Seen:
    return Seen(run=run, prompt_ratios=(prompt,) * 10, answer_tokens=(answer,) * 10, judged=0.5, seconds=seconds)


def test_tokens_are_those_of_two_essays_prompts_and_answer_for_each_comparison() -> None:
    expected = foreseen().expected
    assert (expected.comparisons, expected.tokens.prompt, expected.tokens.answer) == (60, 60 * 1900, 60 * 150)


def test_cost_is_tokens_by_their_price() -> None:
    assert foreseen().expected.usd == Decimal("0.4770")  # 114,000 at 3 and 9,000 at 15 a million


def test_the_90th_percentile_is_more_in_every_respect() -> None:
    found = foreseen()
    assert found.high.tokens.prompt > found.expected.tokens.prompt
    assert found.high.tokens.answer > found.expected.tokens.answer
    assert found.high.usd is not None
    assert found.expected.usd is not None
    assert found.high.usd > found.expected.usd


def test_no_price_is_made_up_for_an_unknown_model() -> None:
    for asked in (JUDGE.model_copy(update={"model": name}) for name in ("judge-2", None)):
        found = foreseen(asked)
        assert (found.expected.usd, found.high.usd, found.prices) == (None, None, None)
        assert found.expected.tokens.prompt


def test_the_simulated_judge_is_free_whatever_its_model_is_called() -> None:
    found = foreseen(JUDGE.model_copy(update={"provider": "mock"}))
    assert found.high.usd == 0
    assert found.prices == "the simulated judge costs nothing"


def test_texts_that_nobody_here_sees_are_taken_into_account_and_named() -> None:
    found = foreseen(material=MATERIAL.model_copy(update={"rubric": None}))
    assert "500 tokens of CJ's own rubric" in found.assumed
    assert found.expected.tokens.prompt == 60 * (1900 - 200 + 500)


def test_thinking_is_paid_as_an_answer() -> None:
    found = foreseen(JUDGE.model_copy(update={"reasoning_effort": "medium"}))
    assert found.expected.tokens.answer == 60 * 1650


def test_swedish_takes_more_tokens_than_english() -> None:
    swedish = foreseen(material=MATERIAL.model_copy(update={"language": "sv"}))
    assert swedish.expected.tokens.prompt > foreseen().expected.tokens.prompt


class TestEarlierRuns:
    def test_take_the_place_of_the_rules(self) -> None:
        found = foreseen(seen=(seen("a"), seen("b")))
        assert (found.expected.comparisons, found.high.comparisons) == (30, 60)
        assert (found.expected.tokens.prompt, found.expected.tokens.answer) == (30 * 950, 30 * 100)
        assert (found.runs, found.assumed) == (("a", "b"), ("anchors are as long as the students' essays",))

    def test_tell_how_long_it_takes_by_the_mean_and_by_the_slowest(self) -> None:
        found = foreseen(seen=(seen(seconds=1.0), seen(seconds=2.0), seen(seconds=None)))
        assert (found.expected.seconds, found.high.seconds) == (45.0, 120.0)

    def test_time_is_not_guessed_without_them(self) -> None:
        assert foreseen().expected.seconds is None

    def test_the_90th_percentile_is_that_of_their_single_comparisons(self) -> None:
        spread = seen().model_copy(update={"answer_tokens": (*[100] * 8, 500, 900)})
        assert foreseen(seen=(spread,)).high.tokens.answer == 60 * 500


@pytest.mark.parametrize(("values", "expected"), [([7.0], 7.0), ([1.0, 2.0], 2.0), ([*map(float, range(1, 11))], 9.0)])
def test_a_90th_percentile_by_nearest_rank(values: list[float], expected: float) -> None:
    assert percentile_90(values) == expected


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_nine_of_ten_do_not_exceed_the_90th_percentile(values: list[float]) -> None:
    assert sum(value <= percentile_90(values) for value in values) >= 0.9 * len(values)
