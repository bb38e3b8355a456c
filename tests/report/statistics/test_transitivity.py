from __future__ import annotations

from itertools import combinations
from random import Random

import pytest

from eng5_pipeline.report.statistics.pairs import Win, met_in
from eng5_pipeline.report.statistics.transitivity import Transitivity, transitivity
from tests.support.judged_pairs import random_wins


def test_a_circle_of_three_is_circular() -> None:
    assert transitivity(3, met_in([Win(0, 1), Win(1, 2), Win(2, 0)])) == Transitivity(complete=1, circular=1)


def test_an_order_of_three_is_not() -> None:
    found = transitivity(3, met_in([Win(0, 1), Win(1, 2), Win(0, 2)]))
    assert (found.complete, found.circular, found.share) == (1, 0, 0.0)


def test_a_pair_without_a_majority_completes_no_triad() -> None:
    found = transitivity(3, met_in([Win(0, 1), Win(1, 0), Win(1, 2), Win(2, 0)]))
    assert (found.complete, found.share) == (0, None)


@pytest.mark.parametrize("seed", range(10))
def test_triads_are_counted_as_one_would_one_by_one(seed: int) -> None:
    wins = random_wins([0.0] * 9, 40, Random(seed))
    beat = {(a, b) for a in range(9) for b in range(9) if wins.count(Win(a, b)) > wins.count(Win(b, a))}
    complete = circular = 0
    for triad in combinations(range(9), 3):
        beaten = [sum((a, b) in beat for b in triad) for a in triad]
        complete += sum(beaten) == 3
        circular += beaten == [1, 1, 1]
    assert transitivity(9, met_in(wins)) == Transitivity(complete, circular)
