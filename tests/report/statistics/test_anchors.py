from __future__ import annotations

from random import Random

import pytest
from scipy.stats import kendalltau

from eng5_pipeline.report.statistics.anchors import Inversion, pairs_of_anchors, tau_b
from eng5_pipeline.report.statistics.pairs import Win, met_in


@pytest.mark.parametrize(
    ("left", "right", "tau"),
    [
        ([1, 2, 3, 4, 5], [1, 2, 3, 4, 5], 1.0),
        ([1, 2, 3, 4, 5], [5, 4, 3, 2, 1], -1.0),
        ([1, 2, 3, 4, 5], [2, 1, 3, 4, 5], 0.8),
        ([1, 2, 3, 4, 5], [2, 1, 4, 3, 5], 0.6),
    ],
)
def test_tau_counts_swaps(left: list[float], right: list[float], tau: float) -> None:
    assert tau_b(left, right) == pytest.approx(tau)


@pytest.mark.parametrize("seed", range(20))
def test_tau_b_is_that_of_scipy_with_ties_too(seed: int) -> None:
    random = Random(seed)
    grades = [float(random.randint(1, 5)) for _ in range(12)]
    thetas = [round(random.gauss(0, 1), 1) for _ in range(12)]
    assert tau_b(grades, thetas) == pytest.approx(kendalltau(grades, thetas).statistic)


def test_tau_b_does_not_depend_on_the_order_of_the_rows() -> None:
    rows = [(1.0, 0.3), (1.0, -0.2), (2.0, 0.3), (3.0, 0.1)]
    turned = rows[::-1]
    assert tau_b(*map(list, zip(*rows, strict=True))) == tau_b(*map(list, zip(*turned, strict=True)))


def test_grades_that_do_not_differ_have_no_tau() -> None:
    assert tau_b([2.0, 2.0, 2.0], [0.1, 0.2, 0.3]) is None


def test_a_lower_grade_that_wins_by_majority_is_an_inversion() -> None:
    """Anchors 0 (F+), 1 (B), 2 (A), 3 (A): 0 beats 2 twice of three, 1 beats 3 once, 0 loses to 1."""
    met = met_in([Win(0, 2), Win(2, 0), Win(0, 2), Win(1, 3), Win(1, 0)])
    found = pairs_of_anchors({0: 0, 1: 7, 2: 8, 3: 8}, met)
    assert found.inversions == (
        Inversion(lower=0, higher=2, lower_won=2, times=3, steps=8),
        Inversion(lower=1, higher=3, lower_won=1, times=1, steps=1),
    )
    assert (found.compared, found.even) == (3, 0)


def test_half_of_the_comparisons_is_no_majority() -> None:
    found = pairs_of_anchors({0: 0, 1: 8}, met_in([Win(0, 1), Win(1, 0)]))
    assert (found.compared, found.even, found.inversions) == (1, 1, ())


def test_equal_grades_and_essays_without_a_grade_are_no_pair_of_grades() -> None:
    assert pairs_of_anchors({0: 4, 1: 4}, met_in([Win(0, 1), Win(1, 2), Win(2, 0)])).compared == 0
