from __future__ import annotations

from eng5_pipeline.report.statistics.coverage import coverage
from eng5_pipeline.report.statistics.pairs import Met, Win, met_in, pairs_of
from tests.support.judged_pairs import pairs


def test_what_nobody_won_does_not_count() -> None:
    found = pairs(("a", "b", "a"), ("c", "d", "nobody"))
    assert (found.essays, found.decided) == (("a", "b"), 1)


def test_numbers_do_not_depend_on_the_order_in_which_comparisons_came() -> None:
    counted = [("b", "a", "m", 1, 0), ("a", "c", "m", 0, 2), ("a", "b", "k", 1, 1)]
    assert pairs_of(counted) == pairs_of(counted[::-1])


def test_essays_meet_in_either_order_and_before_any_judge() -> None:
    counted = [("a", "b", "one", 2, 1), ("b", "a", "other", 1, 0)]
    assert pairs_of(counted).met() == [Met(one=0, other=1, times=4, won=2)]


def test_single_wins_meet_the_same() -> None:
    found = pairs(("a", "b", "b"), ("b", "c", "b"), ("c", "b", "b"), ("a", "b", "a"))
    assert sorted(met_in(found.wins())) == found.met()


def test_an_essay_beside_itself_met_nobody() -> None:
    assert pairs(("a", "a", "a"), ("a", "b", "a")).met() == [Met(0, 1, 1, 1)]


def test_wins_are_kept_by_judge() -> None:
    counted = [("a", "b", "one", 2, 0), ("a", "b", "other", 0, 1)]
    assert pairs_of(counted).wins_by_judge() == [[Win(0, 1), Win(0, 1)], [Win(1, 0)]]


def test_both_figures_that_are_called_comparisons_per_essay() -> None:
    found = coverage([5, 5, 5, 5], comparisons=10)
    assert found is not None
    assert (found.appearances_per_essay, found.comparisons_per_essay) == (5.0, 2.5)


def test_an_essay_that_was_never_compared_is_among_them() -> None:
    found = coverage([4, 0, 2, 2], comparisons=4)
    assert found is not None
    assert (found.fewest, found.median, found.most) == (0, 2.0, 4)
