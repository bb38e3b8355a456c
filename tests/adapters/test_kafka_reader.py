"""What a broker does seldom, played by a consumer of our own making."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kafka import OffsetAndMetadata, TopicPartition
from kafka.errors import KafkaConnectionError, KafkaError, LogTruncationError

from eng5_pipeline.adapters.kafka.reader import KafkaReader, Topic
from eng5_pipeline.domain.positions import Gap, Offsets

TOPIC = "results"
HERE = TopicPartition(TOPIC, 0)
TRUNCATED = LogTruncationError({HERE: OffsetAndMetadata(4, "", 1)})


class Consumer:
    """One partition of ten records; raises what it is given, each once, from `poll` or from `position`."""

    def __init__(self, *, poll: Sequence[KafkaError] = (), position: Sequence[KafkaError] = ()) -> None:
        self.offsets: dict[TopicPartition, int] = {}
        self._poll, self._position = list(poll), list(position)

    def assign(self, partitions: Iterable[TopicPartition]) -> None:
        self.offsets = dict.fromkeys(partitions, 0)

    def assignment(self) -> set[TopicPartition]:
        return set(self.offsets)

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self.offsets[partition] = offset

    def position(self, partition: TopicPartition, timeout_ms: int) -> int:
        if self._position:
            raise self._position.pop()
        return self.offsets[partition]

    def poll(self, timeout_ms: int) -> dict[TopicPartition, list[object]]:
        if self._poll:
            raise self._poll.pop()
        return {}

    def beginning_offsets(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, 0)

    def end_offsets(self, partitions: Iterable[TopicPartition], timeout_ms: int = 0) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, 10)


class OneTopic:
    def now(self) -> dict[str, Topic]:
        return {TOPIC: Topic(None, frozenset({0}))}


def reading(consumer: Consumer, at: int = 7) -> KafkaReader:
    reader = KafkaReader(consumer, OneTopic())
    reader.start(Offsets(next={TOPIC: {0: at}}))
    return reader


def lost_from(at: int) -> list[Gap]:
    reason = "the broker lost its last records"
    return [Gap(topic=TOPIC, partition=0, expected=at, resumed_at=4, reason=reason)]


def test_records_that_the_broker_lost_are_a_gap_and_what_came_in_their_place_is_read() -> None:
    consumer = Consumer(poll=[TRUNCATED])
    reader = reading(consumer)
    assert [*reader.poll(0), *reader.poll(0)] == []
    assert reader.take_gaps() == lost_from(7)
    assert consumer.offsets[HERE] == 4


def test_a_loss_that_is_told_while_the_position_is_asked_for_is_not_forgotten() -> None:
    consumer = Consumer(position=[TRUNCATED])
    reader = reading(consumer)
    assert reader.position().at(TOPIC, 0) == 7
    reader.poll(0)
    assert reader.take_gaps() == lost_from(7)
    assert consumer.offsets[HERE] == 4


def test_a_broker_that_is_away_reads_as_nothing_new() -> None:
    reader = reading(Consumer(poll=[KafkaConnectionError()]))
    assert list(reader.poll(0)) == []
    assert reader.position().at(TOPIC, 0) == 7
