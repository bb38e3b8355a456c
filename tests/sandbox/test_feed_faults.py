"""What is done to the records of a batch on command."""

from __future__ import annotations

import json
from collections import Counter
from random import Random

import pytest
from pydantic import ValidationError

from eng5_pipeline.contracts.events import Comparison
from eng5_pipeline.contracts.topics import COMPARISON, COMPLETED, RESULT
from eng5_pipeline.sandbox.batch.feed_faults import MALFORMATIONS, distorted
from eng5_pipeline.sandbox.batch.feed_settings import FeedSettings
from tests.support.batch_world import Played, World, request_value

PARTITIONS = 3


def _batch() -> Played:
    world = World()
    return world.play(request_value(world.students(3), assignment=None, metadata={"max_comparisons": 8}))


def _distorted(settings: FeedSettings) -> Played:
    return Played(list(distorted(iter(_batch().happenings), settings, Random(1), PARTITIONS)))


def _topics(played: Played) -> list[str]:
    return [record.topic for record in played.records if record.topic in (COMPARISON, COMPLETED, RESULT)]


def test_without_settings_nothing_changes() -> None:
    assert _distorted(FeedSettings()).records == _batch().records


def test_a_silent_feed_takes_its_time_and_says_nothing() -> None:
    silent = _distorted(FeedSettings(silent=True))
    assert silent.records == []
    assert silent.seconds == pytest.approx(_batch().seconds)


def test_a_late_feed_waits_first_and_a_slow_one_all_along() -> None:
    assert _distorted(FeedSettings(late_s=5)).seconds == pytest.approx(_batch().seconds + 5)
    assert _distorted(FeedSettings(slow=3)).seconds == pytest.approx(_batch().seconds * 3)


def test_records_of_a_kind_can_be_left_out() -> None:
    assert _topics(_distorted(FeedSettings(without=frozenset({"result"})))) == [COMPARISON] * 8 + [COMPLETED]


def test_a_completion_can_report_failure() -> None:
    failing = _distorted(FeedSettings(failing_completion=True))
    assert failing.data(COMPLETED)["status"] == "failed_critically"
    assert len(failing.of(RESULT)) == 1


def test_the_result_can_come_first() -> None:
    assert _topics(_distorted(FeedSettings(result_first=True))) == [COMPARISON] * 8 + [RESULT, COMPLETED]


def test_the_last_comparisons_can_come_after_everything_else() -> None:
    held = _distorted(FeedSettings(comparisons_after_completion=3))
    assert _topics(held) == [COMPARISON] * 5 + [COMPLETED, RESULT] + [COMPARISON] * 3
    assert Counter(held.records) == Counter(_batch().records)


def test_duplicates_are_the_very_same_records() -> None:
    doubled = _distorted(FeedSettings(duplicates=1))
    assert Counter(doubled.records) == Counter(dict.fromkeys(_batch().records, 2))


def test_shuffled_records_change_places_and_partitions_and_none_is_lost() -> None:
    shuffled = _distorted(FeedSettings(shuffle=6))
    assert sorted(r.value or b"" for r in shuffled.records) == sorted(r.value or b"" for r in _batch().records)
    assert [r.value for r in shuffled.records] != [r.value for r in _batch().records]
    assert {record.partition for record in shuffled.records} == set(range(PARTITIONS))


@pytest.mark.parametrize("settings", [FeedSettings(truncated=1), FeedSettings(malformed=1)])
def test_a_broken_copy_follows_and_the_record_itself_stays(settings: FeedSettings) -> None:
    broken = _distorted(settings)
    assert len(broken.records) == 2 * len(_batch().records)
    assert [r.value for r in broken.records][::2] == [r.value for r in _batch().records]


def test_a_spoiled_record_is_cut_off_and_does_not_come_whole() -> None:
    for record in _distorted(FeedSettings(spoiled=1)).records:
        with pytest.raises(json.JSONDecodeError):
            json.loads(record.value or b"")


@pytest.mark.parametrize("number", range(len(MALFORMATIONS)))
def test_a_malformed_copy_is_no_event_of_the_contract(number: int) -> None:
    whole = _batch().records[0].value or b""
    with pytest.raises(ValidationError):
        Comparison.model_validate_json(MALFORMATIONS[number](whole) or b"")
