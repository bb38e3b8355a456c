"""How many comparisons are possible, and how many a limit leaves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eng5_pipeline.domain.comparisons import SERVICE_CAP, apply_comparison_limit, count_warnings

counts = st.integers(0, 60)
limits = st.none() | st.integers(2, 500)


@given(counts, counts, limits)
def test_a_limit_never_leaves_more_than_it_says(anchors: int, students: int, limit: int | None) -> None:
    found = apply_comparison_limit(anchors, students, limit)
    assert 0 <= found.allowed <= min(limit or SERVICE_CAP, SERVICE_CAP)


@given(counts, counts, limits)
def test_pairs_are_counted_once_and_in_both_orders(anchors: int, students: int, limit: int | None) -> None:
    found = apply_comparison_limit(anchors, students, limit)
    assert found.possible_ordered == 2 * found.possible_pairs
    assert found.possible_cross <= found.possible_pairs or found.nodes < 2


@given(counts, counts, st.integers(2, 500))
def test_a_larger_limit_never_leaves_less(anchors: int, students: int, limit: int) -> None:
    assert (
        apply_comparison_limit(anchors, students, limit).allowed
        <= apply_comparison_limit(anchors, students, limit + 1).allowed
    )


def test_the_bundled_example_has_276_pairs() -> None:
    found = apply_comparison_limit(12, 12, 60)
    assert (found.possible_cross, found.possible_pairs, found.possible_ordered, found.allowed) == (144, 276, 552, 60)


@pytest.mark.parametrize(
    ("anchors", "students", "limit", "reference"),
    [
        (5, 3, None, "limit-stalls"),  # captured: eight essays stalled at 56 of 120
        (1, 3, 120, "limit-stalls"),
        (12, 12, 200, "limit-above-cap"),
        (5, 3, 40, "pairs-judged-twice"),  # captured: 28 pairs, finished at 40
        (12, 12, 8, "essays-uncompared"),
    ],
)
def test_what_a_reviewer_should_know_is_warned_of(
    anchors: int, students: int, limit: int | None, reference: str
) -> None:
    warnings = count_warnings(apply_comparison_limit(anchors, students, limit))
    assert reference in {warning.reference for warning in warnings}


def test_the_bundled_example_is_not_warned_of() -> None:
    assert count_warnings(apply_comparison_limit(12, 12, 60)) == []


def test_three_essays_are_judged_over_again_up_to_the_limit() -> None:
    assert apply_comparison_limit(0, 3, 8).allowed == 8
