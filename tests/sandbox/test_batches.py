"""CJ's rules for a batch: how many comparisons, of which pairs, and when it ends."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eng5_pipeline.sandbox.batch.batches import (
    Outset,
    Pair,
    Standing,
    Tally,
    comparison_limit,
    ending,
    outset,
    standing,
    waves,
)


def _ids(number: int) -> list[str]:
    return [f"essay-{n}" for n in range(number)]


def _pairs(essays: int, limit: int) -> list[Pair]:
    return [pair for wave in waves(_ids(essays), limit) for pair in wave.pairs]


@pytest.mark.parametrize(
    ("asked", "limit"),
    [
        (8, 8),
        (1, 1),
        (120, 120),
        (121, 120),
        (True, 1),
        (False, 120),
        (0, 120),
        (-5, 120),
        ("8", 120),
        (8.0, 120),
        (None, 120),
        ([8], 120),
    ],
)
def test_only_an_integer_above_zero_counts_as_a_limit(asked: object, limit: int) -> None:
    assert comparison_limit(asked) == limit


@pytest.mark.parametrize(
    ("essays", "limit", "sizes"),
    [
        (8, 8, [4, 4]),
        (8, 4, [4]),
        (3, 8, [1, 1, 1, 3, 2]),
        (8, 120, [4, 4, 4, 4, 4, 4, 4, 28]),
        (8, 40, [4, 4, 4, 4, 4, 4, 4, 12]),
        (4, 120, [2, 2, 2, 6]),
        (24, 60, [12, 12, 12, 12, 12]),
        (24, 120, [12] * 10),
    ],
)
def test_comparisons_are_sent_off_in_the_waves_that_were_seen(essays: int, limit: int, sizes: list[int]) -> None:
    assert [len(wave.pairs) for wave in waves(_ids(essays), limit)] == sizes


@given(essays=st.integers(4, 14))
def test_from_four_essays_on_each_pair_is_judged_once_in_each_order(essays: int) -> None:
    judged = Counter(_pairs(essays, 1000))
    assert set(judged.values()) == {1}
    assert len(judged) == essays * (essays - 1)


@given(essays=st.integers(2, 14))
def test_before_any_pair_is_judged_again_every_pair_was_judged(essays: int) -> None:
    every = essays * (essays - 1) // 2
    assert len({frozenset((pair.a, pair.b)) for pair in _pairs(essays, every)}) == every


@given(essays=st.integers(2, 14), data=st.data())
def test_in_a_wave_of_coverage_nobody_meets_twice(essays: int, data: st.DataObject) -> None:
    coverage = [wave for wave in waves(_ids(essays), 120) if wave.mode == "coverage"]
    wave = data.draw(st.sampled_from(coverage))
    assert len({essay for pair in wave.pairs for essay in (pair.a, pair.b)}) == 2 * len(wave.pairs)


@pytest.mark.parametrize("essays", [2, 3])
def test_two_or_three_essays_start_over_until_the_limit(essays: int) -> None:
    judged = Counter(_pairs(essays, 120))
    assert judged.total() == 120
    assert max(judged.values()) - min(judged.values()) <= 1


@pytest.mark.parametrize(
    ("students", "anchors", "becomes"),
    [
        (2, 0, Outset.COMPARED),
        (2, 5, Outset.COMPARED),
        (1, 0, Outset.SINGLE),
        (1, 5, Outset.SILENCE),
        (0, 5, Outset.SILENCE),
        (0, 0, Outset.SILENCE),
    ],
)
def test_what_becomes_of_a_batch_depends_on_who_is_left(students: int, anchors: int, becomes: Outset) -> None:
    assert outset(students, anchors) is becomes


@pytest.mark.parametrize(
    ("essays", "limit", "tally", "change", "stands"),
    [
        (8, 8, Tally(4, 4), 1.3, Standing.GOES_ON),
        (8, 8, Tally(8, 8), 1.3, Standing.FINISHED),
        (8, 40, Tally(40, 40), 0.3, Standing.FINISHED),
        (8, 120, Tally(56, 56), 0.3, Standing.STALLED),
        (4, 120, Tally(12, 12), 0.3, Standing.STALLED),
        (4, 12, Tally(12, 12), 0.3, Standing.FINISHED),
        (3, 120, Tally(12, 12), 0.3, Standing.GOES_ON),
        (8, 120, Tally(12, 12), 0.01, Standing.FINISHED),
        (8, 120, Tally(11, 11), 0.01, Standing.GOES_ON),
        (8, 4, Tally(4, 0, 4), None, Standing.FAILED),
        (8, 10, Tally(10, 8, 2), None, Standing.FINISHED),
        (8, 10, Tally(10, 7, 3), None, Standing.FAILED),
    ],
)
def test_a_batch_ends_at_its_limit_when_stable_or_when_the_pairs_run_out(
    essays: int, limit: int, tally: Tally, change: float | None, stands: Standing
) -> None:
    assert standing(essays, limit, tally, change, stable_change=0.05) is stands


def test_a_swept_batch_fails_when_too_few_comparisons_succeeded() -> None:
    assert ending(Tally(56, 56, 0)) is Standing.FINISHED
    assert ending(Tally(56, 40, 16)) is Standing.FAILED
