"""How many a minute, over the last minute."""

from __future__ import annotations

from eng5_pipeline.domain.recent_rate import RecentRate


def test_in_the_first_second_there_is_none() -> None:
    assert RecentRate(100.0, 0).per_minute(100.5, 50) is None


def test_until_a_minute_is_over_it_is_of_the_time_so_far() -> None:
    assert RecentRate(100.0, 0).per_minute(110.0, 5) == 30


def test_what_was_there_at_the_beginning_does_not_count() -> None:
    assert RecentRate(100.0, 40).per_minute(160.0, 43) == 3


def test_what_is_older_than_a_minute_does_not_count() -> None:
    rate = RecentRate(0.0, 0)
    told = [rate.per_minute(float(second), min(second, 60)) for second in range(1, 121)]
    assert (told[59], told[89], told[119]) == (60, 30, 0)


def test_a_count_that_turns_out_lower_is_no_negative_rate() -> None:
    """As when an earlier job of the same batch is heard of late."""
    assert RecentRate(0.0, 9).per_minute(30.0, 4) == 0
