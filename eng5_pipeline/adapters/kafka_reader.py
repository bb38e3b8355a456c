"""Read topics from given offsets without a group, losing nothing in silence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import KafkaTimeoutError, OffsetOutOfRangeError, RetriableError

from eng5_pipeline.domain.positions import Gap, Offsets, Record

ENDS_SECONDS = 10
LOOK_FOR_PARTITIONS_EVERY = 100  # polls; some 20 to 30 seconds while nothing comes


class KafkaReader:
    """Satisfies EventReader; `topics` must exist."""

    def __init__(self, consumer: KafkaConsumer, topics: Sequence[str]) -> None:
        self._consumer = consumer
        self._topics = tuple(topics)
        self._gaps: list[Gap] = []
        self._polls = 0

    def start(self, offsets: Offsets) -> None:
        """Seek every partition; an offset that is no longer there is a gap, kept for `take_gaps`."""
        partitions = self._partitions()
        self._consumer.assign(partitions)
        first, last = self._bounds(partitions)
        for partition in partitions:
            wanted = offsets.at(partition.topic, partition.partition)
            self._seek(partition, 0 if wanted is None else wanted, first[partition], last[partition], wanted is None)

    def poll(self, seconds: float) -> Sequence[Record]:
        self._polls += 1
        if self._polls % LOOK_FOR_PARTITIONS_EVERY == 0:
            self._add_new_partitions()
        try:
            batches = self._consumer.poll(timeout_ms=int(seconds * 1000))
        except OffsetOutOfRangeError as error:
            self._step_over(error.args[0])
            return ()
        except RetriableError:
            return ()  # the broker is away; whoever waits keeps the deadline
        return [_record(record) for batch in batches.values() for record in batch]

    def position(self) -> Offsets:
        return _offsets({p: self._consumer.position(p) for p in sorted(self._consumer.assignment())})

    def ends(self) -> Offsets | None:
        try:
            partitions = self._consumer.assignment() or self._partitions()
            return _offsets(self._consumer.end_offsets(sorted(partitions), timeout_ms=ENDS_SECONDS * 1000))
        except (RetriableError, KafkaTimeoutError):
            return None

    def take_gaps(self) -> list[Gap]:
        taken, self._gaps = self._gaps, []
        return taken

    def _partitions(self) -> list[TopicPartition]:
        found = {topic: self._consumer.partitions_for_topic(topic) for topic in self._topics}
        return [TopicPartition(topic, number) for topic in self._topics for number in sorted(found[topic] or ())]

    def _add_new_partitions(self) -> None:
        self._consumer.topics()  # asks the broker; partitions_for_topic alone answers from memory
        old = self._consumer.assignment()
        new = set(self._partitions()) - old
        if not new:
            return
        positions = {partition: self._consumer.position(partition) for partition in old}
        self._consumer.assign(sorted(old | new))
        for partition, position in positions.items():
            self._consumer.seek(partition, position)
        self._consumer.seek_to_beginning(*new)

    def _bounds(self, partitions: Iterable[TopicPartition]) -> tuple[Mapping[TopicPartition, int], ...]:
        wanted = list(partitions)
        return self._consumer.beginning_offsets(wanted), self._consumer.end_offsets(wanted)

    def _step_over(self, out_of_range: Mapping[TopicPartition, int]) -> None:
        first, last = self._bounds(out_of_range)
        for partition, wanted in out_of_range.items():
            self._seek(partition, wanted, first[partition], last[partition], False)

    def _seek(self, partition: TopicPartition, wanted: int, first: int, last: int, from_beginning: bool) -> None:
        if from_beginning or first <= wanted <= last:
            self._consumer.seek(partition, max(wanted, first))
            return
        reason = "retention has passed this offset" if wanted < first else "the topic is shorter than it was"
        self._gaps.append(
            Gap(
                topic=partition.topic,
                partition=partition.partition,
                expected=wanted,
                resumed_at=first,
                reason=reason,
            )
        )
        self._consumer.seek(partition, first)


def _record(record: ConsumerRecord) -> Record:
    return Record(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp_ms=record.timestamp,
        key=record.key,
        value=record.value,
        headers=tuple(record.headers or ()),
    )


def _offsets(by_partition: Mapping[TopicPartition, int]) -> Offsets:
    offsets: dict[str, dict[int, int]] = defaultdict(dict)
    for partition, offset in by_partition.items():
        offsets[partition.topic][partition.partition] = offset
    return Offsets(next=dict(offsets))
