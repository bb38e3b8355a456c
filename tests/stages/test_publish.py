"""A request is sent once, whatever happens around the send."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eng5_pipeline.contracts import topics
from eng5_pipeline.errors import Differs, OutcomeUnknown, UsageError
from eng5_pipeline.results import Published
from tests.support import wire
from tests.support.batch import BATCH, ESSAYS, Batch
from tests.support.fakes_kafka import FakeBus


def answers(bus: FakeBus, value: bytes) -> None:
    """The platform completes the batch as soon as it sees the request."""
    for number, (a, b) in enumerate([(0, 1), (1, 2), (2, 0)]):
        bus.put(topics.COMPARISON, wire.comparison(BATCH, ESSAYS[a], ESSAYS[b], number), partition=number % 2)
    bus.put(topics.COMPLETED, wire.completed(BATCH, ESSAYS))
    bus.put(topics.RESULT, wire.result(BATCH, ESSAYS), partition=1)


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    made = Batch(tmp_path)
    made.bus.on_publish = answers
    return made


def requests_on_topic(batch: Batch) -> int:
    return sum(len(batch.bus.records[topics.REQUEST, partition]) for partition in range(2))


def test_the_bytes_on_the_topic_are_those_of_the_request_file(batch: Batch) -> None:
    batch.go()
    on_topic = batch.bus.records[topics.REQUEST, 0][0]
    assert on_topic.value == (batch.folder / f"request.{BATCH}.json").read_bytes()
    assert on_topic.key == str(BATCH).encode()


def test_the_headers_name_the_event_and_its_type(batch: Batch) -> None:
    batch.go()
    on_topic = batch.bus.records[topics.REQUEST, 0][0]
    event_id = json.loads(on_topic.value or b"")["event_id"]
    assert on_topic.headers == (("event_id", event_id.encode()), ("event_type", topics.REQUEST.encode()))


def test_intent_and_topic_ends_are_on_disk_before_the_send(batch: Batch) -> None:
    seen: list[list[str]] = []
    batch.bus.on_publish = lambda bus, value: seen.append([entry.kind for entry in batch.journal.entries])
    batch.timeout = 1
    with pytest.raises(Exception, match="no comparison"):
        batch.go()
    assert seen[0][-2:] == ["note", "committed"]


def test_an_unacknowledged_send_is_not_repeated_in_the_same_process(batch: Batch) -> None:
    batch.bus.loses_acknowledgement = True
    with pytest.raises(OutcomeUnknown) as unknown:
        batch.go()
    assert f"eng5-pipeline resume {BATCH}" in unknown.value.hint
    assert len(batch.bus.sends) == 1


def test_resume_finds_a_request_whose_acknowledgement_was_lost(batch: Batch) -> None:
    batch.bus.loses_acknowledgement = True
    with pytest.raises(OutcomeUnknown):
        batch.go()
    batch.bus.loses_acknowledgement = False
    ctx = batch.go()
    assert ctx.get(Published).how == "found"
    assert requests_on_topic(batch) == 1


def test_resume_sends_the_same_bytes_when_the_request_never_arrived(batch: Batch) -> None:
    batch.bus.loses_record = True
    with pytest.raises(OutcomeUnknown):
        batch.go()
    batch.bus.loses_record = False
    batch.clock.sleep(3600)  # a request that is composed now would tell another time
    ctx = batch.go()
    assert ctx.get(Published).how == "acknowledged"
    assert requests_on_topic(batch) == 1
    assert batch.bus.sends[0] == batch.bus.sends[1]


def test_bytes_that_land_after_the_first_look_are_found_by_the_second(batch: Batch) -> None:
    batch.bus.loses_record = True
    with pytest.raises(OutcomeUnknown):
        batch.go()
    batch.bus.loses_record = False
    batch.bus.put_after(2.0, topics.REQUEST, batch.bus.sends[0], partition=1)
    batch.bus.put_after(6.0, topics.FAILED, wire.failed(BATCH, "over"))
    with pytest.raises(Exception, match="failed"):
        batch.go()
    assert requests_on_topic(batch) == 1
    assert len(batch.bus.sends) == 1


def test_where_nobody_can_know_resume_stops_and_names_both_choices(batch: Batch) -> None:
    batch.bus.loses_record = True
    with pytest.raises(OutcomeUnknown):
        batch.go()
    batch.bus.put(topics.REQUEST, b"{}")
    batch.bus.expire(topics.REQUEST, 0)
    batch.bus.loses_record = False
    with pytest.raises(OutcomeUnknown) as unknowable:
        batch.go()
    assert unknowable.value.reference == "publish-unknowable"
    assert "--assume-published" in unknowable.value.hint
    assert "--publish-again" in unknowable.value.hint
    assert len(batch.bus.sends) == 1


def test_a_request_topic_made_anew_is_unknowable_too(batch: Batch) -> None:
    batch.bus.loses_record = True
    with pytest.raises(OutcomeUnknown):
        batch.go()
    batch.bus.loses_record = False
    batch.bus.topic_ids[topics.REQUEST] = "another"
    with pytest.raises(OutcomeUnknown, match="nobody can tell"):
        batch.go()


@pytest.mark.parametrize(
    ("choice", "how", "sends"), [("publish-again", "acknowledged", 2), ("assume-published", "assumed", 1)]
)
def test_the_users_word_settles_what_cannot_be_known(batch: Batch, choice: str, how: str, sends: int) -> None:
    batch.bus.loses_record = True
    with pytest.raises(OutcomeUnknown):
        batch.go()
    batch.bus.loses_record = False
    batch.bus.put(topics.REQUEST, b"{}")
    batch.bus.expire(topics.REQUEST, 0)
    if choice == "assume-published":
        answers(batch.bus, b"")
    ctx = batch.go(choice="publish-again" if choice == "publish-again" else "assume-published")
    assert ctx.get(Published).how == how
    assert len(batch.bus.sends) == sends


def test_a_word_that_is_not_needed_is_refused_and_sends_nothing(batch: Batch) -> None:
    batch.bus.loses_record = True
    with pytest.raises(OutcomeUnknown):
        batch.go()
    with pytest.raises(UsageError, match="can be known"):
        batch.go(choice="publish-again")
    assert len(batch.bus.sends) == 1


def test_another_kafka_cluster_is_refused_before_anything_is_looked_for(batch: Batch) -> None:
    batch.bus.loses_record = True
    with pytest.raises(OutcomeUnknown):
        batch.go()
    batch.bus.loses_record = False
    batch.bus.cluster_id = "cluster-2"
    with pytest.raises(Differs, match="cluster-2"):
        batch.go()
    assert len(batch.bus.sends) == 1


def test_the_event_id_is_derived_from_the_batch(batch: Batch, tmp_path: Path) -> None:
    batch.go()
    other = Batch(tmp_path / "again")
    other.folder.mkdir()
    other.bus.on_publish = answers
    other.go()
    first, second = (json.loads(made.bus.sends[0])["event_id"] for made in (batch, other))
    assert first == second
