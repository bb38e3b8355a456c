from __future__ import annotations

from random import Random

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from eng5_pipeline.report.statistics.connectedness import connectedness
from eng5_pipeline.report.statistics.pairs import Win, met_in
from tests.support.judged_pairs import random_wins


def test_a_circle_is_one_strong_group() -> None:
    found = connectedness(3, met_in([Win(0, 1), Win(1, 2), Win(2, 0)]))
    assert found.strong == found.weak == ((0, 1, 2),)
    assert (found.never_won, found.never_lost) == ((), ())


def test_a_chain_of_wins_is_connected_one_way_only() -> None:
    found = connectedness(3, met_in([Win(0, 1), Win(1, 2)]))
    assert found.weak == ((0, 1, 2),)
    assert found.strong == ((0,), (1,), (2,))
    assert (found.never_won, found.never_lost) == ((2,), (0,))


def test_essays_that_never_met_are_groups_of_their_own_the_largest_first() -> None:
    found = connectedness(5, met_in([Win(3, 4), Win(0, 1), Win(1, 2)]))
    assert found.weak == ((0, 1, 2), (3, 4))


def test_a_pair_that_each_won_connects_both_ways() -> None:
    assert connectedness(2, met_in([Win(0, 1), Win(1, 0)])).strong == ((0, 1),)


@pytest.mark.parametrize("seed", range(20))
def test_groups_are_those_of_scipy(seed: int) -> None:
    random, essays = Random(seed), 30
    wins = random_wins([random.gauss(0, 2) for _ in range(essays)], random.randint(10, 60), random)
    graph = np.zeros((essays, essays))
    for winner, loser in wins:
        graph[winner, loser] = 1
    found = connectedness(essays, met_in(wins))
    for kind, ours in (("weak", found.weak), ("strong", found.strong)):
        _, labels = connected_components(csr_array(graph), directed=True, connection=kind)
        theirs = {tuple(np.flatnonzero(labels == label).tolist()) for label in set(labels)}
        assert set(ours) == theirs
