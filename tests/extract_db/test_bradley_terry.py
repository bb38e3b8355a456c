"""The fit, held against other implementations of it."""

from __future__ import annotations

from math import log
from random import Random
from typing import Any

import choix
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eng5_pipeline.extract_db.bradley_terry import ALPHA, standard_errors, thetas
from eng5_pipeline.extract_db.components import Win

ESSAYS = 6
wins_of_few = st.lists(
    st.tuples(st.integers(0, ESSAYS - 1), st.integers(0, ESSAYS - 1)).filter(lambda win: win[0] != win[1]),
    min_size=1,
    max_size=60,
)


def drawn(essays: int, comparisons: int, seed: int) -> list[Win]:
    """Judged by truth from N(0, 1), random pairs."""
    random = Random(seed)
    truth = [random.gauss(0, 1) for _ in range(essays)]
    wins = []
    for _ in range(comparisons):
        a, b = random.sample(range(essays), 2)
        first = random.random() < 1 / (1 + np.exp(truth[b] - truth[a]))
        wins.append((a, b) if first else (b, a))
    return wins


@pytest.mark.parametrize(("essays", "comparisons"), [(5, 12), (30, 300), (60, 150)])
def test_thetas_are_those_of_choix_at_the_same_regularisation(essays: int, comparisons: int) -> None:
    wins = drawn(essays, comparisons, seed=essays)
    expected = choix.ilsr_pairwise(essays, wins, alpha=ALPHA, max_iter=10_000, tol=1e-12)
    assert thetas(essays, wins) == pytest.approx(list(expected), abs=1e-6)


@given(wins=wins_of_few)
@settings(deadline=None)
def test_also_where_some_lost_everything_or_were_never_compared(wins: list[Win]) -> None:
    expected = choix.ilsr_pairwise(ESSAYS, wins, alpha=ALPHA, max_iter=100_000, tol=1e-12)
    assert thetas(ESSAYS, wins) == pytest.approx(list(expected), abs=1e-6)


@pytest.mark.parametrize(("essays", "comparisons"), [(5, 12), (30, 300), (40, 30)])
def test_errors_are_those_of_the_pseudo_inverse(essays: int, comparisons: int) -> None:
    wins = drawn(essays, comparisons, seed=essays)
    theta = thetas(essays, wins)
    variances = np.diag(np.linalg.pinv(information(theta, wins), hermitian=True))
    expected = {n: float(np.sqrt(variances[n])) for n in {essay for win in wins for essay in win}}
    found = {n: error for n, error in enumerate(standard_errors(theta, wins)) if error is not None}
    assert found == pytest.approx(expected, rel=1e-6)


def information(theta: list[float], wins: list[Win]) -> np.ndarray[Any, np.dtype[np.float64]]:
    matrix = np.zeros((len(theta), len(theta)))
    for winner, loser in wins:
        chance = 1 / (1 + np.exp(theta[loser] - theta[winner]))
        way = np.zeros(len(theta))
        way[winner], way[loser] = 1, -1
        matrix += chance * (1 - chance) * np.outer(way, way)
    return matrix


def test_an_essay_without_a_comparison_has_no_error() -> None:
    wins: list[Win] = [(0, 1), (1, 0)]
    assert standard_errors(thetas(3, wins), wins) == [pytest.approx(2**-0.5), pytest.approx(2**-0.5), None]


def test_without_comparisons_all_are_equal() -> None:
    assert thetas(3, []) == [0, 0, 0]
    assert thetas(0, []) == []


def test_two_essays_lie_close_to_the_log_of_the_odds() -> None:
    """30 wins of 40: log 3, a little less for the penalty."""
    first, second = thetas(2, [(0, 1)] * 30 + [(1, 0)] * 10)
    assert first == -second
    assert first - second == pytest.approx(log(3), abs=0.01)
    assert first - second < log(3)


def test_as_many_essays_as_cj_compares_take_no_time() -> None:
    """A chain of 121: the most that CJ's 120 comparisons can link."""
    wins = [(n, n + 1) for n in range(120)]
    theta = thetas(121, wins)
    assert theta == sorted(theta, reverse=True)
    assert None not in standard_errors(theta, wins)
