from __future__ import annotations

from random import Random

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import binomtest

from eng5_pipeline.report.statistics.bradley_terry import ALPHA, thetas
from eng5_pipeline.report.statistics.pairs import Pairs
from eng5_pipeline.report.statistics.position import OrderEffect, first_slot, order_effect, wilson
from tests.support.judged_pairs import judged, pairs, pairs_from, true_thetas


def shown(essays: int, comparisons: int, effect: float, seed: int) -> Pairs:
    random = Random(seed)
    theta = true_thetas(essays, random)
    drawn = [random.sample(range(essays), 2) for _ in range(comparisons)]
    return pairs_from((a, b, judged(theta, random, a, b, effect).winner) for a, b in drawn)


def effect_of(found: Pairs) -> OrderEffect | None:
    return order_effect(found.size, found.rows, thetas(found.size, found.met()))


@pytest.mark.parametrize(("won", "times"), [(31, 60), (0, 5), (5, 5), (386, 1000)])
def test_the_interval_is_wilsons(won: int, times: int) -> None:
    theirs = binomtest(won, times).proportion_ci(method="wilson")
    found = wilson(won, times)
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_the_first_slot_is_counted_over_all_pairs() -> None:
    found = first_slot(pairs(("a", "b", "a"), ("b", "a", "b"), ("a", "c", "c"), ("a", "c", "nobody")).rows)
    assert found is not None
    assert (found.won, found.times) == (2, 3)


def test_what_being_first_adds_is_found() -> None:
    found = effect_of(shown(20, 3000, 0.8, 1))
    assert found is not None
    assert found.error == pytest.approx(0.045, abs=0.01)
    assert found.effect == pytest.approx(0.8, abs=3 * found.error)


def test_the_effect_is_at_the_maximum_that_scipy_finds() -> None:
    found, size = shown(8, 200, 0.5, 3), 8

    def loss(at: np.ndarray) -> float:
        theta, effect = at[:-1], at[-1]
        seen = sum(
            row.first_won * np.logaddexp(0, theta[row.second] - theta[row.first] - effect)
            + row.second_won * np.logaddexp(0, theta[row.first] + effect - theta[row.second])
            for row in found.rows
        )
        return float(seen + size * ALPHA * np.sum(np.exp(theta) - theta))

    best = minimize(loss, np.zeros(size + 1), method="BFGS", options={"gtol": 1e-7})
    ours = effect_of(found)
    assert ours is not None
    assert ours.effect == pytest.approx(best.x[-1], abs=1e-4)


def test_a_first_slot_that_always_wins_has_no_finite_effect() -> None:
    assert effect_of(pairs(("a", "b", "a"), ("b", "a", "b"), ("b", "c", "b"), ("c", "a", "c"))) is None


def test_an_order_by_essay_cannot_be_told_from_the_essays() -> None:
    assert effect_of(pairs(("a", "b", "a"), ("a", "b", "b"), ("a", "b", "a"))) is None
