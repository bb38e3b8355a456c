"""Held to choix, numpy and scipy on every batch that was observed and on simulated ones of known truth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import choix
import numpy as np
import pytest
from scipy.stats import kendalltau

from eng5_pipeline.report.statistics.anchors import Inversion, pairs_of_anchors, tau_b
from eng5_pipeline.report.statistics.bradley_terry import ALPHA, standard_errors, thetas
from eng5_pipeline.report.statistics.pairs import Win, met_in
from eng5_pipeline.report.statistics.reliability import separation
from tests.support.known_batches import SCALES, KnownBatch, known_batches

BATCHES = known_batches()
ANCHORED = {name: batch for name, batch in BATCHES.items() if batch.steps}
every_batch = pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
every_batch_with_anchors = pytest.mark.parametrize("batch", ANCHORED.values(), ids=ANCHORED)


def by_choix(batch: KnownBatch) -> Any:
    return choix.ilsr_pairwise(batch.size, batch.wins, alpha=ALPHA, max_iter=100_000, tol=1e-11)


def errors_by_numpy(theta: Sequence[float], wins: Sequence[Win]) -> Any:
    """Of the inverse Fisher information, which is summed comparison by comparison."""
    information = np.zeros((len(theta), len(theta)))
    for winner, loser in wins:
        p = 1 / (1 + np.exp(theta[loser] - theta[winner]))
        towards = np.zeros(len(theta))
        towards[winner], towards[loser] = 1, -1
        information += p * (1 - p) * np.outer(towards, towards)
    return np.sqrt(np.diag(np.linalg.pinv(information, hermitian=True)))


@every_batch
def test_thetas_are_those_of_choix_with_the_same_regularisation(batch: KnownBatch) -> None:
    assert thetas(batch.size, met_in(batch.wins)) == pytest.approx(by_choix(batch), abs=1e-6)


@every_batch
def test_thetas_are_those_that_cj_kept(batch: KnownBatch) -> None:
    ours = thetas(batch.size, met_in(batch.wins))
    assert {essay: ours[essay] for essay in batch.theta} == pytest.approx(batch.theta, abs=1e-6)


@every_batch
def test_standard_errors_are_those_of_the_whole_information_matrix(batch: KnownBatch) -> None:
    theta = by_choix(batch)
    ours = standard_errors(thetas(batch.size, met_in(batch.wins)), met_in(batch.wins))
    assert ours == pytest.approx(errors_by_numpy(theta, batch.wins), rel=0.01)


@every_batch
def test_the_reliability_is_that_of_numpy(batch: KnownBatch) -> None:
    met = met_in(batch.wins)
    theta = thetas(batch.size, met)
    found = separation(theta, [error or 0.0 for error in standard_errors(theta, met) or ()])
    theirs = by_choix(batch)
    spread, error = np.var(theirs, ddof=1), np.mean(errors_by_numpy(theirs, batch.wins) ** 2)
    assert found is not None
    assert found.reliability == pytest.approx((spread - error) / spread, abs=1e-5)


@every_batch_with_anchors
def test_tau_b_of_grades_and_thetas_is_that_of_scipy(batch: KnownBatch) -> None:
    theta = [round(value, 9) for value in thetas(batch.size, met_in(batch.wins))]  # ties are ties to both
    grades, found = list(batch.steps.values()), [theta[essay] for essay in batch.steps]
    assert tau_b(list(map(float, grades)), found) == pytest.approx(kendalltau(grades, found).statistic)


@every_batch_with_anchors
def test_inversions_are_those_counted_pair_by_pair(batch: KnownBatch) -> None:
    expected = set()
    for lower, step in batch.steps.items():
        for higher, other in batch.steps.items():
            won, lost = batch.wins.count(Win(lower, higher)), batch.wins.count(Win(higher, lower))
            if step < other and won > lost:
                expected.add(Inversion(lower, higher, won, won + lost, other - step))
    assert set(pairs_of_anchors(batch.steps, met_in(batch.wins)).inversions) == expected


BY_HAND = {
    # E- beat A, and D+ beat A; of the third pair of anchors C+ beat F+, as it should.
    "job 1": (3, [("E-", "A", 7), ("D+", "A", 4)]),
    # 3 beat 5, and 7 beat 9; 9 beat 1, as it should.
    "job 2": (3, [("3", "5", 2), ("7", "9", 2)]),
}


@pytest.mark.parametrize(("name", "by_hand"), BY_HAND.items(), ids=BY_HAND)
def test_inversions_of_an_observed_batch_are_those_found_by_hand(
    name: str, by_hand: tuple[int, list[tuple[str, str, int]]]
) -> None:
    batch = BATCHES[name]
    scale = next(scale for scale in SCALES if by_hand[1][0][0] in scale)
    found = pairs_of_anchors(batch.steps, met_in(batch.wins))
    told = [(scale[batch.steps[each.lower]], scale[batch.steps[each.higher]], each.steps) for each in found.inversions]
    assert (found.compared, told) == by_hand
