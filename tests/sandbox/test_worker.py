"""The worker between Kafka and the batches: what it begins, and what it does not."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from eng5_pipeline.contracts.topics import COMPLETED
from eng5_pipeline.sandbox.batch.batch_rows import BatchRows
from eng5_pipeline.sandbox.batch.feed_settings import BrokerFault, Cut, Moment, RoundTrip
from eng5_pipeline.sandbox.batch.intake import Request
from eng5_pipeline.sandbox.batch.records import Happening, Pause, Record
from eng5_pipeline.sandbox.batch.worker import Worker
from eng5_pipeline.sandbox.broker.faults import BrokerFaults
from eng5_pipeline.sandbox.kept.store import Store
from tests.support.batch_world import request_value
from tests.support.clock import FakeClock

VALUE = request_value({"one": "text-1", "two": "text-2"})
OTHER_EVENT = request_value({"one": "text-1", "two": "text-2"}, event="00000000-0000-0000-0000-00000000e002")
DONE = Record(COMPLETED, "key", b"{}")


@dataclass
class Desk:
    """A worker whose batches say one thing at once, and what came of them."""

    clock: FakeClock = field(default_factory=FakeClock)
    published: list[Record] = field(default_factory=list)
    noticed: Counter[Moment] = field(default_factory=Counter)
    stopping: threading.Event = field(default_factory=threading.Event)
    pause_s: float = 0.0

    def __post_init__(self) -> None:
        self.rows = BatchRows.open(Store.open(":memory:", self.clock.now))
        self.worker = Worker(self._play, self.rows.first_seen, self.published.append, self._notice, self.stopping)

    def take(self, value: bytes | None, headers: dict[str, bytes] | None = None) -> None:
        batch = self.worker.take(value, headers or {})
        if batch is not None:
            batch.join(10)

    def _play(self, _request: Request) -> Iterator[Happening]:
        yield Pause(self.pause_s)
        yield DONE

    def _notice(self, moment: Moment) -> None:
        self.noticed[moment] += 1


def test_a_request_is_played_and_published() -> None:
    desk = Desk()
    desk.take(VALUE)
    assert desk.published == [DONE]
    assert desk.noticed == {"request": 1, "completed": 1}


@pytest.mark.parametrize("value", [None, b"", b"no json", request_value({}, user_id=None)])
def test_what_cannot_be_read_begins_nothing(value: bytes | None) -> None:
    desk = Desk()
    desk.take(value)
    assert desk.published == []


def test_the_identical_envelope_is_skipped_for_a_day() -> None:
    desk = Desk()
    desk.take(VALUE)
    desk.clock.sleep(24 * 3600 - 60)
    desk.take(VALUE)
    assert len(desk.published) == 1
    desk.clock.sleep(120)
    desk.take(VALUE)
    assert len(desk.published) == 2


def test_another_event_id_for_the_same_batch_runs_again() -> None:
    desk = Desk()
    desk.take(VALUE)
    desk.take(OTHER_EVENT)
    assert len(desk.published) == 2


def test_with_headers_the_event_id_alone_tells() -> None:
    desk = Desk()
    headers = {"event_id": b"e-1", "event_type": b"requested"}
    desk.take(VALUE, headers)
    desk.take(OTHER_EVENT, headers)
    assert len(desk.published) == 1


def test_a_worker_that_stops_leaves_its_batches_at_their_next_pause() -> None:
    desk = Desk(pause_s=3600)
    desk.stopping.set()
    desk.take(VALUE)
    assert desk.published == []


def test_a_broker_fault_comes_with_the_nth_thing_of_its_kind() -> None:
    carried_out: list[object] = []
    faults = BrokerFaults(
        [BrokerFault(when="comparison", nth=3, do=Cut()), BrokerFault(do=RoundTrip(ms=40))],
        carried_out.append,
    )
    faults.notice("start")
    assert carried_out == [RoundTrip(ms=40)]
    faults.notice("comparison")
    faults.notice("comparison")
    assert carried_out == [RoundTrip(ms=40)]
    faults.notice("comparison")
    faults.notice("comparison")
    assert carried_out == [RoundTrip(ms=40), Cut()]
