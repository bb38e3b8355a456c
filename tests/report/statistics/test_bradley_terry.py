"""Held to choix and numpy, on the batches that were observed and on simulated ones of known truth."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import choix
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eng5_pipeline.report.statistics.bradley_terry import ALPHA, chance, standard_errors, thetas
from eng5_pipeline.report.statistics.pairs import Met, Win, met_in
from eng5_pipeline.report.statistics.pseudo_inverse import LARGEST, LARGEST_WITH_NUMPY, diagonal_of_pseudo_inverse
from tests.support.feed_wins import feed_wins
from tests.support.judged_pairs import even_wins, random_wins, true_thetas

CAPTURES = Path(__file__).parents[2] / "contracts" / "captures"
Batch = tuple[int, list[Win]]


def observed() -> list[Batch]:
    """The six batches of CJ's own database."""
    batches: list[Any] = json.loads((CAPTURES / "scores.json").read_text(encoding="utf-8"))
    return [(len(batch["essays"]), _wins(batch)) for batch in batches]


def _wins(batch: Any) -> list[Win]:
    place = {essay: number for number, essay in enumerate(batch["essays"])}
    decided = [row for row in batch["comparisons"] if row[2] in ("essay_a", "essay_b")]
    return [Win(place[a], place[b]) if w == "essay_a" else Win(place[b], place[a]) for a, b, w in decided]


def simulated() -> list[Batch]:
    sizes = ((12, 60), (24, 120), (40, 400))
    return [(n, random_wins(true_thetas(n, Random(n)), m, Random(m))) for n, m in sizes]


BATCHES = {
    **{f"observed {number}": batch for number, batch in enumerate(observed(), start=1) if batch[1]},
    **{f"feed {name}": feed_wins(name) for name in ("01", "02", "03", "07", "15a")},
    **{f"simulated, {batch[0]} essays": batch for batch in simulated()},
}
every_batch = pytest.mark.parametrize(("essays", "wins"), BATCHES.values(), ids=BATCHES)


@every_batch
def test_thetas_are_those_of_choix_with_the_same_regularisation(essays: int, wins: list[Win]) -> None:
    theirs = choix.ilsr_pairwise(essays, wins, alpha=ALPHA, max_iter=100_000, tol=1e-11)
    assert thetas(essays, met_in(wins)) == pytest.approx(theirs, abs=1e-6)


@every_batch
def test_standard_errors_are_those_of_the_whole_information_matrix(essays: int, wins: list[Win]) -> None:
    theta = thetas(essays, met_in(wins))
    ours = standard_errors(theta, met_in(wins))
    assert ours is not None
    theirs = np.sqrt(np.diag(np.linalg.pinv(information(theta, wins), hermitian=True)))
    compared = sorted({essay for win in wins for essay in win})
    assert [ours[essay] for essay in compared] == pytest.approx(theirs[compared], rel=0.01)


def information(theta: Sequence[float], wins: Sequence[Win]) -> Any:
    """Summed comparison by comparison."""
    matrix = np.zeros((len(theta), len(theta)))
    for winner, loser in wins:
        p = 1 / (1 + np.exp(theta[loser] - theta[winner]))
        towards = np.zeros(len(theta))
        towards[winner], towards[loser] = 1, -1
        matrix += p * (1 - p) * np.outer(towards, towards)
    return matrix


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


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    held = [share_held(Random(seed)) for seed in range(500)]
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
