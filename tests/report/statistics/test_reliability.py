from __future__ import annotations

from random import Random
from statistics import median

import choix
import numpy as np
import pytest

from eng5_pipeline.report.statistics.bradley_terry import ALPHA, standard_errors, thetas
from eng5_pipeline.report.statistics.pairs import Win, met_in
from eng5_pipeline.report.statistics.reliability import (
    MOST_REPEATS,
    SEED,
    SplitHalf,
    pearson,
    repeats_for,
    separation,
    split_by_comparison,
    split_by_judge,
)
from tests.support.judged_pairs import even_wins, random_wins, true_thetas


def split(essays: int, wins: list[Win]) -> SplitHalf:
    found = split_by_comparison(essays, wins, thetas(essays, met_in(wins)))
    assert found is not None
    return found


def test_separation_follows_its_equation() -> None:
    found = separation([-1.0, 0.0, 1.0], [0.5, 0.5, 0.5])
    assert found is not None
    assert (found.deviation, found.error) == (1.0, 0.25)
    assert found.reliability == 0.75  # (1 - 0.25) / 1, and not 1 / (1 + 0.25)


def test_separation_of_a_fitted_batch_is_that_of_numpy() -> None:
    met = met_in(even_wins(true_thetas(30, Random(3)), 20, Random(4)))
    theta = thetas(30, met)
    errors = [error or 0.0 for error in standard_errors(theta, met) or ()]
    variance, error = np.var(theta, ddof=1), np.mean(np.square(errors))
    found = separation(theta, errors)
    assert found is not None
    assert found.reliability == pytest.approx((variance - error) / variance)


def test_more_error_than_spread_is_a_negative_reliability() -> None:
    found = separation([-1.0, 0.0, 1.0], [2.0, 2.0, 2.0])
    assert found is not None
    assert found.reliability == -3


def test_two_essays_and_equal_thetas_have_no_separation() -> None:
    assert separation([-1.0, 1.0], [1.0, 1.0]) is None
    assert separation([0.0, 0.0, 0.0], [1.0, 1.0, 1.0]) is None


def test_halves_of_a_consistent_judge_agree() -> None:
    found = split(20, even_wins([4.0 * n for n in range(20)], 40, Random(5)))
    assert found.median > 0.9
    assert found.stepped_up == pytest.approx(2 * found.median / (1 + found.median))


def test_halves_of_a_judge_who_throws_coins_do_not() -> None:
    assert abs(split(20, even_wins([0.0] * 20, 40, Random(6))).median) < 0.25


def test_halves_agree_as_far_as_choix_says() -> None:
    wins = random_wins(true_thetas(12, Random(7)), 120, Random(8))
    assert split(12, wins).median == pytest.approx(median(by_choix(12, wins)), abs=1e-3)


def by_choix(essays: int, wins: list[Win]) -> list[float]:
    """The same halves, fitted and correlated by others."""
    random, found = Random(SEED), []
    for _ in range(repeats_for(len(wins))):
        drawn = random.sample(wins, len(wins))
        halves = drawn[: len(wins) // 2], drawn[len(wins) // 2 :]
        both = sorted(set.intersection(*({essay for win in half for essay in win} for half in halves)))
        one, other = (choix.ilsr_pairwise(essays, half, alpha=ALPHA, max_iter=10_000)[both] for half in halves)
        found.append(float(np.corrcoef(one, other)[0, 1]))
    return found


def test_the_same_comparisons_give_the_same_split() -> None:
    wins = random_wins(true_thetas(10, Random(9)), 60, Random(10))
    assert split(10, wins) == split(10, wins)


def test_judges_who_disagree_have_halves_that_disagree() -> None:
    theta = [float(n) for n in range(10)]
    one, other = even_wins(theta, 30, Random(11)), even_wins(theta[::-1], 30, Random(12))
    found = split_by_judge(10, [one, other], [0.0] * 10)
    assert found is not None
    assert found.median < -0.8


def test_one_judge_has_no_other_half() -> None:
    assert split_by_judge(10, [random_wins([0.0] * 10, 30, Random(13))], [0.0] * 10) is None


def test_too_few_comparisons_have_no_split() -> None:
    assert split_by_comparison(2, [Win(0, 1), Win(1, 0)], [0.0, 0.0]) is None


def test_a_huge_batch_is_split_less_often() -> None:
    assert repeats_for(120) == MOST_REPEATS
    assert repeats_for(100_000) == 3


def test_pearsons_r_is_that_of_numpy() -> None:
    left, right = [1.0, 2.0, 4.0, 3.5], [0.5, 2.5, 3.0, 5.0]
    assert pearson(left, right) == pytest.approx(np.corrcoef(left, right)[0, 1])
    assert pearson(left, [1.0] * 4) is None
