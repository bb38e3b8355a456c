"""Bradley-Terry scores, beyond what the captured batches show."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eng5_pipeline.sandbox.batch.bradley_terry import ALPHA, CAP, Win, standard_errors, thetas

ESSAYS = 6
wins = st.lists(
    st.tuples(st.integers(0, ESSAYS - 1), st.integers(0, ESSAYS - 1)).filter(lambda win: win[0] != win[1]),
    max_size=60,
)


def test_without_comparisons_all_are_equal_and_nothing_is_known() -> None:
    assert thetas(3, []) == [0, 0, 0]
    assert standard_errors([0, 0, 0], [], reference=2) == [CAP, CAP, 0]


def test_two_essays_follow_the_closed_form() -> None:
    """(wins - n P) = 2 ALPHA (w - 1), solved by hand for three wins of the first in four."""
    first, second = thetas(2, [(0, 1), (0, 1), (0, 1), (1, 0)])
    assert first == -second
    total = 2.718281828459045**first + 2.718281828459045**second
    weight = 2 * 2.718281828459045**first / total
    assert 3 - 4 * weight / 2 == pytest.approx(2 * ALPHA * (weight - 1), abs=1e-9)


@given(wins=wins)
def test_scores_are_centred_and_finite_whatever_the_comparisons(wins: list[Win]) -> None:
    fitted = thetas(ESSAYS, wins)
    assert sum(fitted) == pytest.approx(0, abs=1e-9)
    assert max(map(abs, fitted)) < 20


@given(wins=wins, pair=st.sampled_from([(0, 1), (2, 5), (4, 3)]))
def test_another_win_raises_the_winner_above_the_loser(wins: list[Win], pair: Win) -> None:
    winner, loser = pair
    before, after = thetas(ESSAYS, wins), thetas(ESSAYS, [*wins, pair])
    assert after[winner] - after[loser] > before[winner] - before[loser]


@given(wins=wins)
def test_errors_lie_between_zero_and_the_cap(wins: list[Win]) -> None:
    errors = standard_errors(thetas(ESSAYS, wins), wins, reference=0)
    assert errors[0] == 0
    assert all(0 <= error <= CAP for error in errors)


def test_more_comparisons_make_an_error_smaller() -> None:
    once: list[Win] = [(0, 1), (1, 0)]
    few, many = (standard_errors([0.0, 0.0], once * times, reference=1)[0] for times in (2, 20))
    assert many < few
