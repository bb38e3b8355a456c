from __future__ import annotations

import pytest

from eng5_pipeline.report.statistics.misfit import Limit, Misfit, limit, misfits
from tests.support.judged_pairs import pairs


def test_infit_and_outfit_follow_their_equations() -> None:
    """One win at p = 3/4 (residual 1/4) and one loss at p = 1/2 (residual 1/2) of essay a."""
    compared = pairs(("a", "b", "a"), ("a", "c", "c"))
    theta = {"a": 1.0986122886681098, "b": 0.0, "c": 1.0986122886681098}
    essays, _ = misfits(compared, [theta[name] for name in compared.essays])
    squares, spreads = (1 / 16, 1 / 4), (3 / 16, 1 / 4)
    assert essays[0].infit == pytest.approx(sum(squares) / sum(spreads))
    assert essays[0].outfit == pytest.approx((squares[0] / spreads[0] + squares[1] / spreads[1]) / 2)


def test_it_does_not_matter_who_was_shown_first() -> None:
    shown, turned = pairs(("a", "b", "a")), pairs(("b", "a", "a"))
    assert misfits(shown, [1.0, 0.0])[0] == pytest.approx(misfits(turned, [1.0, 0.0])[0])


def test_a_judge_against_all_expectation_misfits() -> None:
    _, [judge] = misfits(pairs(("a", "b", "b")), [3.0, 0.0])
    assert judge.outfit > 10


def test_what_lies_two_deviations_above_the_mean_is_flagged() -> None:
    fits = [Misfit(1.0, 1.0)] * 9 + [Misfit(2.0, 1.0)]
    found = limit(fits)
    assert found.infit == pytest.approx(1.1 + 2 * 0.31622776601683794)
    assert [found.exceeded(fit) for fit in fits] == [False] * 9 + [True]


def test_two_values_flag_nothing() -> None:
    assert limit([Misfit(1.0, 1.0), Misfit(9.0, 9.0)]) == Limit(None, None)


def test_equal_values_flag_nothing() -> None:
    fits = [Misfit(0.1 + 0.2, 0.3)] * 5
    assert not any(map(limit(fits).exceeded, fits))
