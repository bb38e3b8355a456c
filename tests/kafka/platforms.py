"""Three places with topics: memory, the embedded broker, Apache Kafka. What holds of the ports holds in each."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from kafka import KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewPartitions, NewTopic

from eng5_pipeline.adapters.kafka.bus import KafkaBus
from eng5_pipeline.adapters.kafka.settings import KafkaSettings
from eng5_pipeline.domain.positions import Offsets, Record
from eng5_pipeline.ports import EventBus, EventReader
from eng5_pipeline.sandbox.batch.feed_settings import BrokerAction, Trim
from eng5_pipeline.sandbox.channel import Channel
from eng5_pipeline.sandbox.messages import BrokerAnswer, BrokerCommand, BrokerPlan
from tests.kafka.children import broker_child
from tests.support.clock import FakeClock
from tests.support.fakes_kafka import FakeBus

PARTITIONS = 2
ANSWER_SECONDS = 20
ASK_AGAIN_SECONDS = 0.02
EMBEDDED_TOPICS = 60


class Platform(Protocol):
    @property
    def bus(self) -> EventBus: ...

    def new_topic(self) -> str:
        """An empty topic of two partitions that nobody else uses."""

    def put(self, topic: str, value: bytes, partition: int = 0) -> None: ...

    def expire(self, topic: str, partition: int, before: int) -> None:
        """Retention passes everything before this offset."""


class InMemory:
    def __init__(self) -> None:
        self.bus = FakeBus(FakeClock())
        self._numbers = count()

    def new_topic(self) -> str:
        topic = f"topic-{next(self._numbers)}"
        for partition in range(PARTITIONS):
            self.bus.records[topic, partition] = []
        return topic

    def put(self, topic: str, value: bytes, partition: int = 0) -> None:
        self.bus.put(topic, value, partition)

    def expire(self, topic: str, partition: int, before: int) -> None:
        self.bus.expire(topic, partition, before)


@dataclass(frozen=True)
class Feeder:
    """Puts records on the partitions they are meant for."""

    producer: KafkaProducer

    def put(self, topic: str, value: bytes, partition: int = 0) -> None:
        self.producer.send(topic, value, partition=partition).get(ANSWER_SECONDS)


@contextmanager
def feeder(settings: KafkaSettings) -> Iterator[Feeder]:
    producer = KafkaProducer(acks="all", metrics_enabled=False, **settings.common())
    try:
        yield Feeder(producer)
    finally:
        producer.close(ANSWER_SECONDS)


@dataclass(frozen=True)
class Embedded:
    bus: KafkaBus
    commands: Channel
    feeder: Feeder
    topics: Iterator[str]

    def new_topic(self) -> str:
        return next(self.topics)

    def put(self, topic: str, value: bytes, partition: int = 0) -> None:
        self.feeder.put(topic, value, partition)

    def expire(self, topic: str, partition: int, before: int) -> None:
        self.command(Trim(topic=topic, partition=partition, before_offset=before))

    def command(self, action: BrokerAction) -> None:
        assert self.commands.ask(BrokerCommand(do=action), BrokerAnswer, ANSWER_SECONDS).error is None


@contextmanager
def embedded(folder: Path) -> Iterator[Embedded]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    topics = tuple(f"topic-{number}" for number in range(EMBEDDED_TOPICS))
    settings = KafkaSettings(f"127.0.0.1:{port}", api_version=(2, 3))
    plan = BrokerPlan(port=port, topics=topics, partitions=PARTITIONS)
    with broker_child(folder, plan) as commands, feeder(settings) as fed:
        yield Embedded(KafkaBus(settings), commands, fed, iter(topics))


@dataclass(frozen=True)
class Apache:
    bus: KafkaBus
    admin: KafkaAdminClient
    feeder: Feeder
    made: list[str] = field(default_factory=list)

    def new_topic(self, **configs: str) -> str:
        topic = f"eng5-test-{uuid4()}"
        self.create(topic, configs)
        self.made.append(topic)
        return topic

    def create(self, topic: str, configs: dict[str, str] | None = None, partitions: int = PARTITIONS) -> None:
        self.admin.create_topics([NewTopic(topic, partitions, 1, topic_configs=configs or {})])
        self.admin.wait_for_topics([topic])

    def delete(self, topic: str) -> None:
        self.admin.delete_topics([topic])
        until(lambda: topic not in self.admin.list_topics())

    def grow(self, topic: str, partitions: int) -> None:
        self.admin.create_partitions({topic: NewPartitions(partitions)})
        until(lambda: len(self.admin.describe_topics([topic])[0]["partitions"]) == partitions)

    def put(self, topic: str, value: bytes, partition: int = 0) -> None:
        self.feeder.put(topic, value, partition)

    def expire(self, topic: str, partition: int, before: int) -> None:
        self.admin.delete_records({TopicPartition(topic, partition): before})

    def tidy(self) -> None:
        there = set(self.admin.list_topics())
        self.admin.delete_topics([topic for topic in self.made if topic in there])


@contextmanager
def apache(bootstrap: str) -> Iterator[Apache]:
    settings = KafkaSettings(bootstrap)
    admin = KafkaAdminClient(**settings.common())
    try:
        with feeder(settings) as fed:
            platform = Apache(KafkaBus(settings), admin, fed)
            yield platform
            platform.tidy()
    finally:
        admin.close()


def take(reader: EventReader, number: int) -> list[Record]:
    """The next records, at least so many."""
    found: list[Record] = []

    def enough() -> bool:
        found.extend(reader.poll(0.2))
        return len(found) >= number

    until(enough)
    return found


def values(records: Sequence[Record]) -> list[bytes | None]:
    return [record.value for record in records]


def from_start(*topics: str) -> Offsets:
    return Offsets(next={topic: dict.fromkeys(range(PARTITIONS), 0) for topic in topics})


def until(holds: Callable[[], bool]) -> None:
    """Asks again and again; a test that waits in vain fails."""
    give_up = time.monotonic() + ANSWER_SECONDS
    while not holds():
        assert time.monotonic() < give_up, "waited in vain"
        time.sleep(ASK_AGAIN_SECONDS)
