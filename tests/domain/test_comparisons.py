"""How many comparisons are possible, and how many a limit leaves."""

from __future__ import annotations

import re

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


@pytest.mark.parametrize("nodes", range(2, 20))
def test_without_a_limit_four_to_eleven_essays_stall(nodes: int) -> None:
    """Seen with n=8 and n=4; never for n >= 12, since 12 x 11 is above CJ's own cap."""
    found = {warning.reference for warning in count_warnings(apply_comparison_limit(nodes - 2, 2, None))}
    assert ("limit-stalls" in found) == (4 <= nodes <= 11)


@given(counts, counts, limits)
def test_following_the_guidance_of_a_warning_silences_it(anchors: int, students: int, limit: int | None) -> None:
    for warning in count_warnings(apply_comparison_limit(anchors, students, limit)):
        advised = re.search(r"set limits\.max_comparisons to at (?:most|least) (\d+)$", warning.what)
        if advised is not None:
            again = count_warnings(apply_comparison_limit(anchors, students, int(advised[1])))
            assert warning.reference not in {each.reference for each in again}


@pytest.mark.parametrize(("limit", "uncompared"), [(3, True), (4, False)])
def test_seven_essays_take_four_comparisons_to_be_touched(limit: int, uncompared: bool) -> None:
    warnings = count_warnings(apply_comparison_limit(5, 2, limit))
    assert ("essays-uncompared" in {warning.reference for warning in warnings}) == uncompared


def test_more_essays_than_cj_can_touch_are_split_and_not_limited() -> None:
    (warning,) = count_warnings(apply_comparison_limit(12, 300, None))
    assert warning.what.endswith("split the essays over several run specs")


def test_the_bundled_example_is_not_warned_of() -> None:
    assert count_warnings(apply_comparison_limit(12, 12, 60)) == []


def test_three_essays_are_judged_over_again_up_to_the_limit() -> None:
    assert apply_comparison_limit(0, 3, 8).allowed == 8
