"""A program's view of a broker, through kafka-python with the settings that the pipeline uses."""

from __future__ import annotations

import gc
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from eng5_pipeline.contracts.topics import COMPARISON, COMPLETED, FAILED, RESULT

API_VERSION = (2, 3)
PATIENCE_S = 20.0
RANK = {COMPARISON: 0, FAILED: 1, COMPLETED: 1, RESULT: 2}


@dataclass(frozen=True)
class Heard:
    topic: str
    partition: int
    offset: int
    key: str | None
    value: bytes
    timestamp: int


@contextmanager
def consumer(bootstrap: str, **settings: object) -> Iterator[Any]:
    made = KafkaConsumer(
        bootstrap_servers=bootstrap,
        api_version=API_VERSION,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="none",
        allow_auto_create_topics=False,
        isolation_level="read_committed",
        fetch_max_wait_ms=50,
        reconnect_backoff_max_ms=500,
        **settings,
    )
    try:
        yield made
    finally:
        made.close()
        _forget_refused_connections()


def send(bootstrap: str, topic: str, key: str | None, value: bytes, *, timeout_s: float = PATIENCE_S) -> Any:
    """Where the record went; a producer of its own for each record, as the pipeline does."""
    producer = KafkaProducer(
        bootstrap_servers=bootstrap,
        api_version=API_VERSION,
        acks="all",
        enable_idempotence=True,
        allow_auto_create_topics=False,
    )
    try:
        encoded = key.encode("utf-8") if key is not None else None
        return producer.send(topic, key=encoded, value=value).get(timeout_s)
    finally:
        producer.close(timeout=0)
        _forget_refused_connections()


class Listener:
    """Everything that stands on some topics, from their beginning."""

    def __init__(self, made: Any, topics: Iterable[str]) -> None:
        self._consumer = made
        self.partitions = [TopicPartition(t, p) for t in topics for p in made.partitions_for_topic(t)]
        made.assign(self.partitions)
        for partition, beginning in made.beginning_offsets(self.partitions).items():
            made.seek(partition, beginning)
        self._heard: list[Heard] = []

    def until(self, enough: Callable[[list[Heard]], bool], patience_s: float = PATIENCE_S) -> list[Heard]:
        """All that was heard so far, in the order of its times; fails where it is never enough."""
        deadline = time.monotonic() + patience_s
        while not enough(self._heard):
            assert time.monotonic() < deadline, f"heard only {[heard.topic for heard in self._heard]}"
            for records in self._consumer.poll(200).values():
                self._heard.extend(_heard(record) for record in records)
        return sorted(self._heard, key=lambda h: (h.timestamp, RANK.get(h.topic, 3), h.offset))


def on(topic: str, number: int = 1) -> Callable[[list[Heard]], bool]:
    """Whether so many records of a topic were heard."""
    return on_all({topic: number})


def on_all(wanted: Mapping[str, int]) -> Callable[[list[Heard]], bool]:
    """Whether at least so many records were heard of each topic; topics are heard in any order."""
    return lambda heard: all(sum(each.topic == topic for each in heard) >= number for topic, number in wanted.items())


def _forget_refused_connections() -> None:
    """kafka-python leaves the socket of a refused connection to the garbage collector."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def _heard(record: Any) -> Heard:
    key = record.key.decode("utf-8") if record.key is not None else None
    return Heard(record.topic, record.partition, record.offset, key, record.value or b"", record.timestamp)
