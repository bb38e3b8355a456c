"""What the stages rely on, of the fake, the embedded broker and Apache Kafka alike."""

from __future__ import annotations

import pytest

from eng5_pipeline.domain.positions import Gap, Offsets
from eng5_pipeline.errors import ServiceFailed
from tests.kafka.platforms import Platform, from_start, take, values

HEADERS = [("event_id", b"39fb07d4"), ("event_type", b"requested")]
FIVE_MIB = 5 * 1024 * 1024


def test_a_publish_is_acknowledged_with_the_place_where_the_very_bytes_are(place: Platform) -> None:
    topic = place.new_topic()
    receipt = place.bus.publish(topic, b"key", '{"Åsa": 1}'.encode(), HEADERS)
    with place.bus.reader(from_start(topic)) as reader:
        (record,) = take(reader, 1)
    assert (record.topic, record.partition, record.offset) == (receipt.topic, receipt.partition, receipt.offset)
    assert (record.key, record.value, record.headers) == (b"key", '{"Åsa": 1}'.encode(), tuple(HEADERS))


def test_the_ends_are_the_next_offsets_of_every_partition(place: Platform) -> None:
    full, empty = place.new_topic(), place.new_topic()
    for value in (b"1", b"2", b"3"):
        place.put(full, value, partition=1)
    assert place.bus.ends([full, empty]).next == {full: {0: 0, 1: 3}, empty: {0: 0, 1: 0}}


def test_a_cluster_and_its_topics_keep_their_identity(place: Platform) -> None:
    topic = place.new_topic()
    first, second = place.bus.cluster([topic]), place.bus.cluster([topic])
    assert first == second
    assert first.cluster_id


def test_a_reader_starts_where_it_is_told(place: Platform) -> None:
    topic = place.new_topic()
    for value in (b"1", b"2", b"3"):
        place.put(topic, value)
    with place.bus.reader(Offsets(next={topic: {0: 2, 1: 0}})) as reader:
        assert [(r.offset, r.value) for r in take(reader, 1)] == [(2, b"3")]


def test_partitions_that_are_not_named_are_read_from_their_beginning(place: Platform) -> None:
    topic = place.new_topic()
    place.put(topic, b"here", partition=1)
    with place.bus.reader(Offsets(next={topic: {}})) as reader:
        assert values(take(reader, 1)) == [b"here"]


def test_records_of_several_topics_and_partitions_all_come_each_partition_in_order(place: Platform) -> None:
    topics = [place.new_topic(), place.new_topic()]
    put = [(topic, partition, number) for number in range(5) for topic in topics for partition in range(2)]
    for topic, partition, number in put:
        place.put(topic, b"%d" % number, partition)
    with place.bus.reader(from_start(*topics)) as reader:
        found = take(reader, len(put))
    assert sorted((r.topic, r.partition, r.offset) for r in found) == sorted(put)
    for topic in topics:
        assert values([r for r in found if (r.topic, r.partition) == (topic, 1)]) == [b"0", b"1", b"2", b"3", b"4"]


def test_a_poll_is_empty_when_nothing_comes(place: Platform) -> None:
    with place.bus.reader(from_start(place.new_topic())) as reader:
        assert list(reader.poll(0.1)) == []


def test_a_record_that_comes_while_reading_is_read(place: Platform) -> None:
    topic = place.new_topic()
    with place.bus.reader(from_start(topic)) as reader:
        reader.poll(0.1)
        place.put(topic, b"late", partition=1)
        assert values(take(reader, 1)) == [b"late"]


def test_the_position_reaches_the_ends_only_when_all_has_been_read(place: Platform) -> None:
    topic = place.new_topic()
    place.put(topic, b"1", partition=0)
    place.put(topic, b"2", partition=1)
    with place.bus.reader(from_start(topic)) as reader:
        ends = reader.ends()
        assert ends is not None
        assert not reader.position().reaches(ends)
        take(reader, 2)
        assert reader.position().reaches(ends)
        assert reader.position().next == {topic: {0: 1, 1: 1}}


def test_the_ends_of_a_reader_move_on(place: Platform) -> None:
    topic = place.new_topic()
    with place.bus.reader(from_start(topic)) as reader:
        before = reader.ends()
        place.put(topic, b"1")
        after = reader.ends()
        assert before is not None
        assert after is not None
        assert not before.reaches(after)


def test_topics_that_are_there_can_be_used(place: Platform) -> None:
    place.bus.check(place.new_topic(), [place.new_topic()], 2_000)


@pytest.mark.parametrize("role", ["written", "read"])
def test_a_missing_topic_is_refused_by_name(place: Platform, role: str) -> None:
    there = place.new_topic()
    with pytest.raises(ServiceFailed, match="no-such-topic") as refused:
        place.bus.check(*(("no-such-topic", [there]) if role == "written" else (there, ["no-such-topic"])), 2_000)
    assert refused.value.reference == "kafka-topic-missing"


def test_a_message_that_is_too_large_is_refused_before_it_is_sent(place: Platform) -> None:
    topic = place.new_topic()
    with pytest.raises(ServiceFailed) as refused:
        place.bus.check(topic, [topic], FIVE_MIB)
    assert refused.value.reference == "request-too-large"


def test_retention_that_has_passed_the_start_is_a_gap_and_reading_goes_on(place: Platform) -> None:
    topic = place.new_topic()
    for value in (b"0", b"1", b"2"):
        place.put(topic, value)
    place.expire(topic, 0, before=2)
    with place.bus.reader(Offsets(next={topic: {0: 1, 1: 0}})) as reader:
        assert values(take(reader, 1)) == [b"2"]
        assert [places(gap) for gap in reader.take_gaps()] == [(topic, 0, 1, 2)]
        assert reader.take_gaps() == []


def test_retention_that_passes_a_reader_is_a_gap_and_reading_goes_on(place: Platform) -> None:
    topic = place.new_topic()
    with place.bus.reader(from_start(topic)) as reader:
        for value in (b"0", b"1"):
            place.put(topic, value)
        place.expire(topic, 0, before=1)
        assert values(take(reader, 1)) == [b"1"]
        assert [places(gap) for gap in reader.take_gaps()] == [(topic, 0, 0, 1)]


def test_a_start_beyond_the_end_is_a_gap_and_everything_there_is_read(place: Platform) -> None:
    topic = place.new_topic()
    place.put(topic, b"0")
    with place.bus.reader(Offsets(next={topic: {0: 9, 1: 0}})) as reader:
        assert values(take(reader, 1)) == [b"0"]
        assert [places(gap) for gap in reader.take_gaps()] == [(topic, 0, 9, 0)]


def places(gap: Gap) -> tuple[str, int, int, int]:
    return gap.topic, gap.partition, gap.expected, gap.resumed_at
