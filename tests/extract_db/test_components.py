"""Groups of essays."""

from __future__ import annotations

from eng5_pipeline.extract_db.components import strong_components, weak_components

CHAIN = [(0, 1), (1, 2)]
CIRCLE = [(0, 1), (1, 2), (2, 0)]


def test_comparisons_link_whoever_won() -> None:
    assert weak_components(4, CHAIN) == [(0, 1, 2), (3,)]


def test_wins_link_only_where_they_lead_back() -> None:
    assert strong_components(3, CHAIN) == [(0,), (1,), (2,)]
    assert strong_components(4, [*CIRCLE, (0, 3)]) == [(0, 1, 2), (3,)]


def test_two_groups_that_never_met_are_two() -> None:
    assert weak_components(4, [(0, 2), (1, 3)]) == [(0, 2), (1, 3)]


def test_a_long_chain_is_no_deep_recursion() -> None:
    assert len(weak_components(3000, [(n, n + 1) for n in range(2999)])) == 1
