"""What theta and its standard error are where there is little to go on, and how often their intervals hold the truth.

They are held to choix and numpy in `test_known_batches`.
"""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eng5_pipeline.report.statistics.bradley_terry import chance, standard_errors, thetas
from eng5_pipeline.report.statistics.pairs import Met, Win, met_in
from eng5_pipeline.report.statistics.pseudo_inverse import LARGEST, LARGEST_WITH_NUMPY, diagonal_of_pseudo_inverse
from tests.support.judged_pairs import even_wins, true_thetas


def test_an_essay_that_met_nobody_has_no_standard_error() -> None:
    met = met_in([Win(0, 1), Win(1, 0)])
    assert thetas(3, met) == pytest.approx([0, 0, 0])
    errors = standard_errors([0, 0, 0], met)
    assert errors == [pytest.approx(0.5**0.5), pytest.approx(0.5**0.5), None]


def test_groups_that_never_met_have_errors_of_their_own() -> None:
    alone = standard_errors([0.5, -0.5], met_in([Win(0, 1)] * 3))
    beside = standard_errors([0.5, -0.5, 0.5, -0.5], met_in([Win(0, 1), Win(2, 3)] * 3))
    assert alone is not None
    assert beside == pytest.approx([*alone, *alone])


@pytest.mark.parametrize("essays", [LARGEST, LARGEST + 1])
def test_errors_of_many_essays_are_the_same_with_a_library_as_without(essays: int) -> None:
    ring = [(essay, (essay + 1) % essays, 0.25 + essay % 3) for essay in range(essays)]
    laplacian = np.zeros((essays, essays))
    for one, other, weight in ring:
        laplacian[[one, other], [one, other]] += weight
        laplacian[[one, other], [other, one]] -= weight
    theirs = np.diag(np.linalg.pinv(laplacian, hermitian=True))
    assert diagonal_of_pseudo_inverse(range(essays), ring) == pytest.approx(theirs)


def test_errors_of_very_many_essays_are_not_made_up() -> None:
    essays = LARGEST_WITH_NUMPY + 1
    assert standard_errors([0.0] * essays, [Met(essay - 1, essay, 2, 1) for essay in range(1, essays)]) is None


@settings(max_examples=60, deadline=None)
@given(
    st.integers(2, 12), st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11), st.integers(1, 400)), max_size=30)
)
def test_whatever_was_compared_thetas_are_finite_and_centred(essays: int, shown: list[tuple[int, int, int]]) -> None:
    wins = [Win(a % essays, b % essays) for a, b, times in shown for _ in range(times) if a % essays != b % essays]
    theta = thetas(essays, met_in(wins))
    assert sum(theta) == pytest.approx(0, abs=1e-9)
    assert max(map(abs, theta)) < 50


@pytest.mark.parametrize("batches", [200, pytest.param(500, marks=pytest.mark.soak)])
def test_intervals_hold_the_truth_as_often_as_they_say(batches: int) -> None:
    held = [share_held(Random(seed)) for seed in range(batches)]
    assert 0.93 <= sum(held) / len(held) <= 0.97


def share_held(random: Random) -> float:
    """30 essays, 20 appearances each."""
    truth = true_thetas(30, random)
    met = met_in(even_wins(truth, 20, random))
    theta = thetas(30, met)
    errors = standard_errors(theta, met)
    assert errors is not None
    held = [abs(t - true) <= 1.96 * (error or 0) for t, true, error in zip(theta, truth, errors, strict=True)]
    return sum(held) / len(held)


def test_a_chance_is_one_half_between_equals() -> None:
    assert chance(0.3, 0.3) == 0.5
    assert chance(1.0, 0.0) + chance(0.0, 1.0) == pytest.approx(1)
