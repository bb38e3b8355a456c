"""Records of a topic, and places in it."""

from __future__ import annotations

from typing import NamedTuple

from eng5_pipeline.domain.value import Value


class Record(NamedTuple):
    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


class Receipt(Value):
    """Where the broker put a record."""

    topic: str
    partition: int
    offset: int


class Offsets(Value):
    """Next offset by topic and partition."""

    next: dict[str, dict[int, int]]

    def at(self, topic: str, partition: int) -> int | None:
        return self.next.get(topic, {}).get(partition)

    def reaches(self, ends: Offsets) -> bool:
        return all(
            (self.at(topic, partition) or 0) >= end
            for topic, partitions in ends.next.items()
            for partition, end in partitions.items()
        )


class Cluster(Value):
    """Identity of the broker and its topics; None or absent where the broker does not give it."""

    cluster_id: str | None
    topic_ids: dict[str, str]


class Gap(Value):
    """Records that were on a topic and can no longer be read: [expected, resumed_at)."""

    topic: str
    partition: int
    expected: int
    resumed_at: int
    reason: str
