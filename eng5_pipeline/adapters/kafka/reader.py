"""Read topics from given offsets without a group, losing nothing in silence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple, Protocol
from uuid import UUID

from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import LogTruncationError, OffsetOutOfRangeError, RetriableError, UnknownTopicOrPartitionError

from eng5_pipeline.domain.positions import Gap, Offsets, Record

ANSWER_SECONDS = 5
ASKED_TIMES = 3


class Topic(NamedTuple):
    """What the consumer knows of a topic; `id` is None where the broker gives none, no partitions where it is gone."""

    id: UUID | None
    partitions: frozenset[int]


class KnowsTopics(Protocol):
    def now(self) -> dict[str, Topic]:
        """At once, whatever the broker does."""


class KnownTopics:
    """The consumer's own memory of its topics, which a thread of it keeps fresh.

    Its public methods ask the broker, and wait without end for one that is away.
    """

    def __init__(self, consumer: KafkaConsumer, topics: Sequence[str]) -> None:
        self._manager, self._cluster = consumer._manager, consumer._cluster
        self._topics = tuple(topics)

    def learn(self) -> None:
        """Ask, until all are there or the broker has said three times that they are not. Raises KafkaError.

        The first answer may be to a question of the consumer's own, asked before it was told the topics.
        """
        told = self._cluster.set_topics(self._topics)
        for _ in range(ASKED_TIMES):
            with suppress(UnknownTopicOrPartitionError):  # that a topic is not there is an answer
                self._manager.run(self._manager.wait_for, told, ANSWER_SECONDS * 1000)
            if all(topic.partitions for topic in self.now().values()):
                return
            told = self._cluster.request_update()

    def now(self) -> dict[str, Topic]:
        found = {topic: self._cluster.partitions_for_topic(topic) for topic in self._topics}
        return {t: Topic(self._cluster.topic_id(t), frozenset(found[t] or ())) for t in self._topics}


class KafkaReader:
    """Satisfies EventReader."""

    def __init__(self, consumer: KafkaConsumer, topics: KnowsTopics) -> None:
        self._consumer = consumer
        self._topics = topics
        self._known: dict[str, Topic] = {}
        self._truncated: dict[TopicPartition, OffsetAndMetadata | None] = {}
        self._gaps: list[Gap] = []

    def start(self, offsets: Offsets) -> None:
        """Seek every partition; an offset that is no longer there is a gap, kept for `take_gaps`."""
        self._known = self._topics.now()
        partitions = _partitions(self._known)
        self._consumer.assign(partitions)
        first, last = self._bounds(partitions)
        for partition in partitions:
            wanted = offsets.at(partition.topic, partition.partition)
            if wanted is None:
                self._consumer.seek(partition, first[partition])
            else:
                self._seek(partition, wanted, first[partition], last[partition])

    def poll(self, seconds: float) -> Sequence[Record]:
        try:
            self._look_out()
            self._step_back()
            return self._poll(seconds)
        except RetriableError:
            return ()  # the broker is away; whoever waits keeps the deadline

    def position(self) -> Offsets:
        return _offsets({p: self._position(p) for p in sorted(self._consumer.assignment())})

    def ends(self) -> Offsets | None:
        """Of what is read, else of every partition of the topics."""
        partitions = sorted(self._consumer.assignment()) or _partitions(self._topics.now())
        try:
            return _offsets(self._consumer.end_offsets(partitions, timeout_ms=ANSWER_SECONDS * 1000))
        except RetriableError:
            return None

    def take_gaps(self) -> list[Gap]:
        taken, self._gaps = self._gaps, []
        return taken

    def _poll(self, seconds: float) -> list[Record]:
        try:
            batches = self._consumer.poll(timeout_ms=int(seconds * 1000))
        except OffsetOutOfRangeError as error:
            self._step_over(error.args[0])
            return []
        except LogTruncationError as error:
            self._truncated |= error.divergent_offsets
            return []
        return [_record(record) for batch in batches.values() for record in batch]

    def _look_out(self) -> None:
        """Read partitions that were added, and a topic that was made anew, from their beginning."""
        now = {topic: told for topic, told in self._topics.now().items() if told.partitions}
        if now.items() <= self._known.items():
            return
        start = {partition: self._position(partition) for partition in self._consumer.assignment()}
        for topic, told in now.items():
            if None not in (self._known[topic].id, told.id) and self._known[topic].id != told.id:
                for partition in [partition for partition in start if partition.topic == topic]:
                    self._truncated.pop(partition, None)
                    self._tell_gap(partition, start.pop(partition), 0, "the topic was made anew")
            start = dict.fromkeys(_partitions({topic: told}), 0) | start
        self._known |= now
        self._consumer.assign(sorted(start))
        for partition, offset in start.items():
            self._consumer.seek(partition, offset)

    def _position(self, partition: TopicPartition) -> int:
        """From memory. The library tells a truncation once, to whoever calls next: it is kept for the next poll."""
        while True:
            try:
                position: int = self._consumer.position(partition, timeout_ms=0)
                return position
            except LogTruncationError as error:
                self._truncated |= error.divergent_offsets

    def _bounds(self, partitions: Iterable[TopicPartition]) -> tuple[Mapping[TopicPartition, int], ...]:
        wanted = list(partitions)
        return self._consumer.beginning_offsets(wanted), self._consumer.end_offsets(wanted)

    def _step_over(self, out_of_range: Mapping[TopicPartition, int]) -> None:
        first, last = self._bounds(out_of_range)
        for partition, wanted in out_of_range.items():
            self._seek(partition, wanted, first[partition], last[partition])

    def _step_back(self) -> None:
        """The broker lost what had been read already, and may have put other records in its place."""
        while self._truncated:
            partition, divergent = self._truncated.popitem()
            resumed_at = divergent.offset if divergent else 0
            self._tell_gap(partition, self._position(partition), resumed_at, "the broker lost its last records")
            self._consumer.seek(partition, resumed_at)

    def _seek(self, partition: TopicPartition, wanted: int, first: int, last: int) -> None:
        if first <= wanted <= last:
            self._consumer.seek(partition, wanted)
            return
        reason = "retention has passed this offset" if wanted < first else "the topic is shorter than it was"
        self._tell_gap(partition, wanted, first, reason)
        self._consumer.seek(partition, first)

    def _tell_gap(self, partition: TopicPartition, expected: int, resumed_at: int, reason: str) -> None:
        gap = Gap(
            topic=partition.topic,
            partition=partition.partition,
            expected=expected,
            resumed_at=resumed_at,
            reason=reason,
        )
        self._gaps.append(gap)


def _partitions(topics: Mapping[str, Topic]) -> list[TopicPartition]:
    return [TopicPartition(name, number) for name, topic in topics.items() for number in sorted(topic.partitions)]


def _record(record: ConsumerRecord) -> Record:
    return Record(
        record.topic,
        record.partition,
        record.offset,
        record.timestamp,
        record.key,
        record.value,
        tuple(record.headers) if record.headers else (),
    )


def _offsets(by_partition: Mapping[TopicPartition, int]) -> Offsets:
    offsets: dict[str, dict[int, int]] = defaultdict(dict)
    for partition, offset in by_partition.items():
        offsets[partition.topic][partition.partition] = offset
    return Offsets(next=dict(offsets))
