"""Every event of the batch is kept once, and a batch is whole only when it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from eng5_pipeline.contracts import topics
from eng5_pipeline.errors import BatchFailed, BatchPartial, Interrupted, MachineFailed
from eng5_pipeline.results import Awaited
from tests.support import wire
from tests.support.batch import BATCH, ESSAYS, Batch
from tests.support.fakes_kafka import FakeBus
from tests.support.observers import Remembering


def three_comparisons(bus: FakeBus) -> None:
    for number, (a, b) in enumerate([(0, 1), (1, 2), (2, 0)]):
        bus.put(topics.COMPARISON, wire.comparison(BATCH, ESSAYS[a], ESSAYS[b], number), partition=number % 2)


def whole(bus: FakeBus, value: bytes) -> None:
    three_comparisons(bus)
    bus.put(topics.COMPLETED, wire.completed(BATCH, ESSAYS))
    bus.put(topics.RESULT, wire.result(BATCH, ESSAYS), partition=1)


def fails_with(message: str) -> Callable[[FakeBus, bytes], None]:
    def fail(bus: FakeBus, value: bytes) -> None:
        bus.put(topics.FAILED, wire.failed(BATCH, message))

    return fail


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    return Batch(tmp_path)


def test_a_whole_batch_is_awaited_with_all_its_comparisons(batch: Batch) -> None:
    batch.bus.on_publish = whole
    awaited = batch.go().get(Awaited)
    assert (awaited.job_id, awaited.comparisons, awaited.failed_comparisons) == ("1", 3, 0)
    assert batch.kept_events == 5


def test_a_comparison_that_comes_within_the_grace_after_the_result_is_kept(batch: Batch) -> None:
    def late(bus: FakeBus, value: bytes) -> None:
        whole(bus, value)
        bus.put_after(1.5, topics.COMPARISON, wire.comparison(BATCH, ESSAYS[0], ESSAYS[2], 9))

    batch.bus.on_publish = late
    assert batch.go().get(Awaited).comparisons == 4


def another(a: int, b: int, number: int) -> bytes:
    return wire.comparison(BATCH, ESSAYS[a], ESSAYS[b], number)


def test_a_partition_that_lags_behind_the_result_is_read_to_its_end_before_the_grace_begins(batch: Batch) -> None:
    def lagging(bus: FakeBus, value: bytes) -> None:
        whole(bus, value)
        bus.withhold(3 * batch.grace, topics.COMPARISON, partition=1)

    batch.bus.on_publish = lagging
    assert batch.go().get(Awaited).comparisons == 3


def test_each_comparison_within_the_grace_begins_it_anew(batch: Batch) -> None:
    def trickling(bus: FakeBus, value: bytes) -> None:
        whole(bus, value)
        for number in range(1, 4):
            bus.put_after(number * 0.75 * batch.grace, topics.COMPARISON, another(0, 2, 10 + number))

    batch.bus.on_publish = trickling
    assert batch.go().get(Awaited).comparisons == 6


def test_a_whole_grace_follows_the_end_of_a_partition_that_lagged_with_nothing_of_ours(batch: Batch) -> None:
    def lagging(bus: FakeBus, value: bytes) -> None:
        whole(bus, value)
        bus.put(topics.FAILED, wire.failed(type(BATCH)(int=1), "not ours"), partition=1)
        bus.withhold(3 * batch.grace, topics.FAILED, partition=1)
        bus.put_after(3.5 * batch.grace, topics.COMPARISON, another(0, 2, 9))

    batch.bus.on_publish = lagging
    assert batch.go().get(Awaited).comparisons == 4


def test_a_comparison_between_completion_and_result_is_read_however_late_its_partition_comes(batch: Batch) -> None:
    def between(bus: FakeBus, value: bytes) -> None:
        bus.put(topics.COMPLETED, wire.completed(BATCH, ESSAYS))
        bus.put_after(0.25 * batch.grace, topics.COMPARISON, another(0, 1, 9), partition=1)
        bus.put_after(0.5 * batch.grace, topics.RESULT, wire.result(BATCH, ESSAYS))
        bus.withhold(5 * batch.grace, topics.COMPARISON, partition=1)

    batch.bus.on_publish = between
    assert batch.go().get(Awaited).comparisons == 1


def test_a_grace_that_began_before_the_timeout_is_not_cut_short_by_it(batch: Batch) -> None:
    def at_the_last_moment(bus: FakeBus, value: bytes) -> None:
        three_comparisons(bus)
        bus.put_after(batch.timeout - 0.5, topics.COMPLETED, wire.completed(BATCH, ESSAYS))
        bus.put_after(batch.timeout - 0.5, topics.RESULT, wire.result(BATCH, ESSAYS))
        bus.put_after(batch.timeout + 0.5, topics.COMPARISON, another(0, 2, 9))

    batch.bus.on_publish = at_the_last_moment
    assert batch.go().get(Awaited).comparisons == 4


def test_a_result_before_its_completion_is_as_good(batch: Batch) -> None:
    def reversed_order(bus: FakeBus, value: bytes) -> None:
        bus.put(topics.RESULT, wire.result(BATCH, ESSAYS))
        bus.put_after(3.0, topics.COMPLETED, wire.completed(BATCH, ESSAYS))
        three_comparisons(bus)

    batch.bus.on_publish = reversed_order
    assert batch.go().get(Awaited).comparisons == 3


def test_foreign_events_are_not_kept(batch: Batch) -> None:
    def crowded(bus: FakeBus, value: bytes) -> None:
        foreign = type(BATCH)(int=1)
        for number in range(50):
            bus.put(topics.COMPARISON, wire.comparison(foreign, "x", "y", number))
        mentions_us = wire.comparison(foreign, str(BATCH), "y", 99)
        bus.put(topics.COMPARISON, mentions_us)
        whole(bus, value)

    batch.bus.on_publish = crowded
    batch.go()
    assert batch.kept_events == 5


def test_a_redelivered_comparison_counts_once(batch: Batch) -> None:
    def twice(bus: FakeBus, value: bytes) -> None:
        three_comparisons(bus)
        whole(bus, value)

    batch.bus.on_publish = twice
    assert batch.go().get(Awaited).comparisons == 3
    assert batch.kept_events == 5


def test_an_unreadable_own_record_is_put_aside_and_stops_nothing(batch: Batch) -> None:
    def broken(bus: FakeBus, value: bytes) -> None:
        bus.put(topics.COMPARISON, wire.comparison(BATCH, ESSAYS[0], ESSAYS[1], 7)[:-40])
        bus.put(topics.COMPARISON, b"\xff\xfe not ours, not JSON")
        whole(bus, value)

    batch.bus.on_publish = broken
    batch.go()
    aside = (batch.folder / "quarantine.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(aside) == 1
    assert any(reference == "event-put-aside" for _, reference, _ in batch.observer.warnings)


def test_a_timeout_without_any_comparison_is_partial_and_resumable(batch: Batch) -> None:
    with pytest.raises(BatchPartial) as silent:
        batch.go()
    assert (silent.value.reference, silent.value.final) == ("batch-silent", False)
    assert f"eng5-pipeline resume {BATCH}" in silent.value.hint


@pytest.mark.parametrize("cause", ["joined its request topic before", "LLM Provider Service", "two essays"])
def test_silence_comes_with_every_cause_that_can_be_checked(batch: Batch, cause: str) -> None:
    with pytest.raises(BatchPartial) as silent:
        batch.go()
    assert cause in silent.value.hint


def test_a_timeout_after_some_comparisons_says_how_many_and_since_when_nothing_came(batch: Batch) -> None:
    batch.bus.on_publish = lambda bus, value: three_comparisons(bus)
    with pytest.raises(BatchPartial, match="comparisons so far: 3 of at most 8, nothing new for 60 s") as stopped:
        batch.go()
    assert not stopped.value.final


def test_resume_after_a_timeout_waits_on_and_counts_nothing_twice(batch: Batch) -> None:
    batch.bus.on_publish = lambda bus, value: three_comparisons(bus)
    with pytest.raises(BatchPartial):
        batch.go()
    batch.bus.put_after(5.0, topics.COMPLETED, wire.completed(BATCH, ESSAYS))
    batch.bus.put_after(5.1, topics.RESULT, wire.result(BATCH, ESSAYS))
    assert batch.go().get(Awaited).comparisons == 3
    assert len(batch.bus.sends) == 1


def test_on_resume_the_grace_starts_anew_for_a_result_that_is_late(batch: Batch) -> None:
    def unfinished(bus: FakeBus, value: bytes) -> None:
        three_comparisons(bus)
        bus.put(topics.COMPLETED, wire.completed(BATCH, ESSAYS))

    batch.bus.on_publish = unfinished
    with pytest.raises(BatchPartial) as partial:
        batch.go()
    assert partial.value.reference == "result-missing"
    batch.clock.sleep(100)
    batch.bus.put_after(batch.grace / 2, topics.RESULT, wire.result(BATCH, ESSAYS))
    assert batch.go().get(Awaited).comparisons == 3


def test_a_cost_above_the_limit_is_told_once_and_stops_nothing(batch: Batch) -> None:
    batch.max_cost = Decimal("0.000001")
    batch.bus.on_publish = whole
    assert batch.go().get(Awaited).comparisons == 3
    [told] = [what for _, reference, what in batch.observer.warnings if reference == "cost-above-limit"]
    assert "CJ cannot be stopped" in told


def test_a_failed_batch_is_failed_though_kafka_falls_silent_and_nothing_came_back(batch: Batch) -> None:
    def failed_and_silent(bus: FakeBus, value: bytes) -> None:
        bus.put(topics.FAILED, wire.failed(BATCH, "low_success_rate"))
        bus.silent = True

    batch.bus.on_publish = failed_and_silent
    with pytest.raises(BatchFailed):
        batch.go()


def test_a_failure_of_cj_ends_the_run_after_the_grace_with_its_reason(batch: Batch) -> None:
    batch.bus.on_publish = fails_with("Unknown assignment_id 'x'")
    with pytest.raises(BatchFailed, match="Unknown assignment_id"):
        batch.go()
    assert batch.clock.monotonic() < batch.timeout


def test_the_reason_of_a_failure_never_quotes_an_essay(batch: Batch) -> None:
    message = "value too long\n[SQL: INSERT] [parameters: ('x', 'Once upon a time')]"
    batch.bus.on_publish = fails_with(message)
    with pytest.raises(BatchFailed) as failed:
        batch.go()
    assert "Once upon" not in failed.value.what
    assert "Once upon" not in (batch.folder / "journal.jsonl").read_text(encoding="utf-8")


def test_a_completion_that_reports_failure_is_a_failure_even_with_a_result(batch: Batch) -> None:
    def critical(bus: FakeBus, value: bytes) -> None:
        bus.put(topics.COMPLETED, wire.completed(BATCH, ESSAYS, status="failed_critically"))
        bus.put(topics.RESULT, wire.result(BATCH, ESSAYS))

    batch.bus.on_publish = critical
    with pytest.raises(BatchFailed):
        batch.go()


@pytest.mark.parametrize(
    ("scale", "reference", "final"),
    [("eng5_np_legacy_9_step", "result-missing", False), ("eng5_np_national_9_step", "result-never-comes", True)],
)
def test_a_completion_without_result_is_partial(tmp_path: Path, scale: str, reference: str, final: bool) -> None:
    batch = Batch(tmp_path, scale=scale)

    def unfinished(bus: FakeBus, value: bytes) -> None:
        three_comparisons(bus)
        bus.put(topics.COMPLETED, wire.completed(BATCH, ESSAYS))

    batch.bus.on_publish = unfinished
    with pytest.raises(BatchPartial) as partial:
        batch.go()
    assert (partial.value.reference, partial.value.final) == (reference, final)


def test_an_essay_that_did_not_come_back_makes_the_result_partial_and_final(batch: Batch) -> None:
    def vanishing(bus: FakeBus, value: bytes) -> None:
        three_comparisons(bus)
        bus.put(topics.COMPLETED, wire.completed(BATCH, ESSAYS[:2]))
        bus.put(topics.RESULT, wire.result(BATCH, ESSAYS[:2]))

    batch.bus.on_publish = vanishing
    with pytest.raises(BatchPartial, match="1 of 3 essays") as partial:
        batch.go()
    assert partial.value.final


def test_events_of_another_job_of_the_same_batch_id_are_kept_and_not_counted(batch: Batch) -> None:
    def two_jobs(bus: FakeBus, value: bytes) -> None:
        whole(bus, value)
        for number in range(4):
            bus.put(topics.COMPARISON, wire.comparison(BATCH, "other-1", "other-2", number, job="2"))
        bus.put(topics.COMPLETED, wire.completed(BATCH, ["other-1", "other-2"], job="2"))

    batch.bus.on_publish = two_jobs
    awaited = batch.go().get(Awaited)
    assert (awaited.job_id, awaited.comparisons) == ("1", 3)
    assert batch.kept_events == 10
    assert any(reference == "other-jobs" for _, reference, _ in batch.observer.warnings)


def test_a_failed_comparison_is_counted_as_failed(batch: Batch) -> None:
    def one_failed(bus: FakeBus, value: bytes) -> None:
        bus.put(topics.COMPARISON, wire.comparison(BATCH, ESSAYS[0], ESSAYS[1], 50, winner=None))
        whole(bus, value)

    batch.bus.on_publish = one_failed
    awaited = batch.go().get(Awaited)
    assert (awaited.comparisons, awaited.failed_comparisons) == (4, 1)


def test_a_stop_request_interrupts_and_resume_completes(batch: Batch) -> None:
    batch.bus.on_publish = lambda bus, value: three_comparisons(bus)
    with pytest.raises(BatchPartial):
        batch.go()
    with pytest.raises(Interrupted):
        batch.go(stop=True)
    batch.bus.put(topics.COMPLETED, wire.completed(BATCH, ESSAYS))
    batch.bus.put(topics.RESULT, wire.result(BATCH, ESSAYS))
    assert batch.go().get(Awaited).comparisons == 3


def test_events_that_retention_took_are_a_gap_that_is_noted(batch: Batch) -> None:
    batch.bus.on_publish = lambda bus, value: three_comparisons(bus)
    with pytest.raises(BatchPartial):
        batch.go()
    batch.bus.put(topics.COMPARISON, wire.comparison(BATCH, ESSAYS[0], ESSAYS[2], 8))
    batch.bus.expire(topics.COMPARISON, 0)
    batch.bus.put(topics.COMPLETED, wire.completed(BATCH, ESSAYS))
    batch.bus.put(topics.RESULT, wire.result(BATCH, ESSAYS))
    batch.go()
    gap = batch.journal.last("note", stage="await", name="gap")
    assert gap is not None
    assert gap.data["topic"] == topics.COMPARISON


def test_a_topic_made_anew_is_a_gap_and_is_read_from_its_start(batch: Batch) -> None:
    batch.bus.on_publish = lambda bus, value: three_comparisons(bus)
    with pytest.raises(BatchPartial):
        batch.go()
    batch.bus.make_anew(topics.COMPARISON)
    for number in range(4):
        batch.bus.put(topics.COMPARISON, another(0, 2, 10 + number), partition=number % 2)
    batch.bus.put(topics.COMPLETED, wire.completed(BATCH, ESSAYS))
    batch.bus.put(topics.RESULT, wire.result(BATCH, ESSAYS))
    assert batch.go().get(Awaited).comparisons == 7
    gap = batch.journal.last("note", stage="await", name="gap")
    assert gap is not None
    assert (gap.data["topic"], gap.data["reason"]) == (topics.COMPARISON, "the topic was made anew")


def test_foreign_records_read_ten_seconds_before_a_kill_are_not_read_again(batch: Batch) -> None:
    """Retention may take them meanwhile, and nothing is missed."""
    foreign = wire.comparison(type(BATCH)(int=1), "x", "y", 1)

    class Dying(Remembering):
        def progressed(self, stage: str, done: int, total: int | None, facts: Mapping[str, object]) -> None:
            if batch.clock.monotonic() > 11:
                raise KeyboardInterrupt

    batch.bus.put_after(0.5, topics.COMPARISON, foreign)
    batch.observer = Dying()
    with pytest.raises(KeyboardInterrupt):
        batch.go()
    batch.bus.expire(topics.COMPARISON, 0)
    batch.observer = Remembering()
    whole(batch.bus, b"")
    assert batch.go().get(Awaited).comparisons == 3
    assert batch.observer.warnings == []


def test_a_gap_is_noted_before_a_position_behind_it_is_kept(batch: Batch) -> None:
    batch.bus.on_publish = lambda bus, value: three_comparisons(bus)
    with pytest.raises(BatchPartial):
        batch.go()
    kept = (batch.folder / "events.jsonl").read_bytes()

    class Witness(Remembering):
        def warned(self, stage: str, reference: str, what: str) -> None:
            assert reference == "events-gap"
            assert (batch.folder / "events.jsonl").read_bytes() == kept
            super().warned(stage, reference, what)

    batch.observer = Witness()
    batch.bus.put(topics.COMPARISON, wire.comparison(BATCH, ESSAYS[0], ESSAYS[2], 8))
    batch.bus.expire(topics.COMPARISON, 0)
    batch.bus.put(topics.COMPARISON, wire.comparison(BATCH, ESSAYS[0], ESSAYS[2], 9))
    with pytest.raises(BatchPartial):
        batch.go()
    assert len(batch.observer.warnings) == 1


def test_events_that_a_failing_disk_did_not_take_are_read_again(batch: Batch) -> None:
    quarantine = batch.folder / "quarantine.jsonl"

    class Obstacle(Remembering):
        def progressed(self, stage: str, done: int, total: int | None, facts: Mapping[str, object]) -> None:
            quarantine.mkdir(exist_ok=True)

    def broken_and_whole(bus: FakeBus, value: bytes) -> None:
        bus.put_after(1.0, topics.COMPARISON, wire.comparison(BATCH, ESSAYS[0], ESSAYS[1], 7)[:-40])
        bus.put_after(1.0, topics.COMPARISON, wire.comparison(BATCH, ESSAYS[0], ESSAYS[1], 8))

    batch.bus.on_publish = broken_and_whole
    batch.observer = Obstacle()
    with pytest.raises(MachineFailed):
        batch.go()
    quarantine.rmdir()
    batch.observer = Remembering()
    whole(batch.bus, b"")
    assert batch.go().get(Awaited).comparisons == 4


def test_a_torn_last_line_is_cut_and_its_event_read_again(batch: Batch) -> None:
    batch.bus.on_publish = lambda bus, value: three_comparisons(bus)
    with pytest.raises(BatchPartial):
        batch.go()
    events = batch.folder / "events.jsonl"
    lines = events.read_bytes().splitlines(keepends=True)
    events.write_bytes(b"".join(lines[:1]) + lines[1][:30])
    batch.bus.put(topics.COMPLETED, wire.completed(BATCH, ESSAYS))
    batch.bus.put(topics.RESULT, wire.result(BATCH, ESSAYS))
    assert batch.go().get(Awaited).comparisons == 3
    assert batch.kept_events == 5


def test_a_broker_that_goes_silent_at_the_end_is_never_taken_for_a_whole_result(batch: Batch) -> None:
    def and_then_silent(bus: FakeBus, value: bytes) -> None:
        whole(bus, value)
        bus.silent = True

    batch.bus.on_publish = and_then_silent
    with pytest.raises(BatchPartial) as unread:
        batch.go()
    assert (unread.value.reference, unread.value.final) == ("events-unread", False)


class Heard(Remembering):
    """Progress as it was told: comparisons so far, and the facts."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[tuple[int, Mapping[str, object]]] = []

    def progressed(self, stage: str, done: int, total: int | None, facts: Mapping[str, object]) -> None:
        self.heard.append((done, facts))


@pytest.fixture
def heard(batch: Batch) -> list[tuple[int, Mapping[str, object]]]:
    """What is told of a batch with a comparison each five seconds, 200 seconds long, and then nothing for 100."""

    def one_each_five_seconds(bus: FakeBus, value: bytes) -> None:
        for number in range(40):
            bus.put_after(5.0 * (number + 1), topics.COMPARISON, wire.comparison(BATCH, ESSAYS[0], ESSAYS[1], number))

    batch.bus.on_publish = one_each_five_seconds
    batch.observer, batch.timeout, batch.max_cost = Heard(), 300.0, Decimal(5)
    with pytest.raises(BatchPartial):
        batch.go()
    return batch.observer.heard


def test_progress_tells_the_comparisons_of_the_last_minute(heard: list[tuple[int, Mapping[str, object]]]) -> None:
    rates = [float(str(facts["comparisons_per_minute"])) for done, facts in heard if 15 < done < 40]
    assert all(11 <= rate <= 13 for rate in rates)
    assert 11.8 <= sum(rates) / len(rates) <= 12.2


def test_a_batch_that_has_stalled_has_no_rate_after_a_minute(heard: list[tuple[int, Mapping[str, object]]]) -> None:
    assert heard[-1][1]["comparisons_per_minute"] == 0


def test_progress_tells_the_cost_beside_its_limit(heard: list[tuple[int, Mapping[str, object]]]) -> None:
    done, facts = heard[-1]
    assert (done, facts["cost_usd"], facts["max_cost_usd"]) == (40, Decimal("0.0000160"), Decimal(5))


def test_comparisons_that_were_kept_before_a_resume_are_no_part_of_its_rate(batch: Batch) -> None:
    batch.bus.on_publish = lambda bus, value: three_comparisons(bus)
    with pytest.raises(BatchPartial):
        batch.go()
    batch.observer = Heard()
    with pytest.raises(BatchPartial):
        batch.go()
    assert {facts["comparisons_per_minute"] for _, facts in batch.observer.heard} == {None, 0}
