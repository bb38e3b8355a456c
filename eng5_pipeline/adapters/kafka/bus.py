"""Kafka through kafka-python: publish once, observe without a consumer group.

The settings were measured; each one that differs from the library's default is there for a reason given beside it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient
from kafka.errors import (
    AuthorizationError,
    ClusterAuthorizationFailedError,
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
)

from eng5_pipeline.adapters.kafka import topics as kafka_topics
from eng5_pipeline.adapters.kafka.diagnosis import Fleeting, reachable
from eng5_pipeline.adapters.kafka.reader import KafkaReader, KnownTopics
from eng5_pipeline.adapters.kafka.settings import KafkaSettings
from eng5_pipeline.domain.positions import Cluster, Offsets, Receipt
from eng5_pipeline.errors import OutcomeUnknown, ServiceFailed

Answer = TypeVar("Answer")

CONSUMER: Mapping[str, Any] = {
    "group_id": None,
    "enable_auto_commit": False,
    "auto_offset_reset": "none",  # 'latest' would jump over records in silence
    "allow_auto_create_topics": False,
    "isolation_level": "read_committed",
    "check_crcs": True,
    "fetch_max_wait_ms": 200,
    # A fetch is held in memory several times over while it is taken apart; a larger record comes all the same.
    # Measured: docs/adr/0007-fetches-of-one-mebibyte.md
    "max_partition_fetch_bytes": 1024 * 1024,
    "fetch_max_bytes": 1024 * 1024,
    "max_poll_records": 1000,
    "metrics_enabled": False,
}
# Beyond the delivery itself, for the producer to say so.
ACKNOWLEDGEMENT_MARGIN_SECONDS = 5
FLEETING_SECONDS = 2
TRIES = 20
CLOSE_SECONDS = 30  # more than the longest wait of the producer's thread, which looks at its orders in between


@dataclass(frozen=True)
class KafkaBus:
    """Holds no connection between calls."""

    settings: KafkaSettings
    seconds: Callable[[], float] = time.monotonic

    def check(self, writes: str, reads: Sequence[str], largest_message: int) -> None:
        def ask() -> None:
            with self._admin() as admin:
                kafka_topics.require_usable(admin, self.settings.bootstrap, writes, reads)
                kafka_topics.require_room(admin, writes, largest_message)

        self._persistently(ask)

    def cluster(self, topics: Sequence[str]) -> Cluster:
        def ask() -> Cluster:
            with self._admin() as admin:
                return kafka_topics.identity(admin, topics)

        return self._persistently(ask)

    def ends(self, topics: Sequence[str]) -> Offsets:
        return self._persistently(lambda: self._ends(topics))

    def _ends(self, topics: Sequence[str]) -> Offsets:
        with self._consumer() as consumer:
            ends = KafkaReader(consumer, self._known(consumer, topics)).ends()
        if ends is None:
            raise ServiceFailed(
                "kafka-silent",
                f"Kafka at {self.settings.bootstrap} did not say where its topics end",
                hint="see whether the broker is up, then go on",
            )
        return ends

    def publish(self, topic: str, key: bytes, value: bytes, headers: Sequence[tuple[str, bytes]]) -> Receipt:
        # One producer per publish: after a broker's refusal an idempotent producer fails every later send.
        producer = self._persistently(self._producer)
        try:
            sent = producer.send(topic, key=key, value=value, headers=list(headers))
            metadata = sent.get(timeout=self.settings.delivery_seconds + ACKNOWLEDGEMENT_MARGIN_SECONDS)
        except KafkaError as error:
            raise self._not_acknowledged(topic, error) from error
        finally:
            _silence(producer)
        return Receipt(topic=metadata.topic, partition=metadata.partition, offset=metadata.offset)

    @contextmanager
    def reader(self, offsets: Offsets) -> Iterator[KafkaReader]:
        with ExitStack() as stack:
            yield self._persistently(lambda: self._opened(offsets, stack))

    def _opened(self, offsets: Offsets, until: ExitStack) -> KafkaReader:
        with ExitStack() as opening:
            consumer = opening.enter_context(self._consumer())
            reader = KafkaReader(consumer, self._known(consumer, tuple(offsets.next)))
            reader.start(offsets)
            until.push(opening.pop_all())
        return reader

    def _persistently(self, ask: Callable[[], Answer]) -> Answer:
        """What sends nothing is tried again for a while where connections are cut."""
        give_up = self.seconds() + FLEETING_SECONDS
        for _ in range(TRIES - 1):
            with suppress(Fleeting):
                return ask()
            if self.seconds() > give_up:
                break
        return ask()

    def _known(self, consumer: KafkaConsumer, topics: Sequence[str]) -> KnownTopics:
        known = KnownTopics(consumer, topics)
        known.learn()
        missing = [name for name, topic in known.now().items() if not topic.partitions]
        if missing:
            raise kafka_topics.topics_missing(self.settings.bootstrap, missing)
        return known

    def _producer(self) -> KafkaProducer:
        with self._connecting() as common:
            return KafkaProducer(
                acks="all",
                enable_idempotence=True,
                delivery_timeout_ms=self.settings.delivery_seconds * 1000,
                max_block_ms=15_000,
                max_request_size=kafka_topics.LARGEST_MESSAGE,
                linger_ms=0,
                allow_auto_create_topics=False,
                metrics_enabled=False,
                **common,
            )

    @contextmanager
    def _consumer(self) -> Iterator[KafkaConsumer]:
        with self._connecting() as common:
            consumer = KafkaConsumer(**CONSUMER, **common)
        try:
            yield consumer
        except KafkaError as error:
            raise self._failed(error) from error
        finally:
            consumer.close(autocommit=False)

    @contextmanager
    def _admin(self) -> Iterator[KafkaAdminClient]:
        with self._connecting() as common:
            admin = KafkaAdminClient(**common)
        try:
            yield admin
        except KafkaError as error:
            raise self._failed(error) from error
        finally:
            admin.close()

    @contextmanager
    def _connecting(self) -> Iterator[dict[str, Any]]:
        """What every client is given: a server that works among it."""
        server = reachable(self.settings)
        try:
            yield replace(self.settings, bootstrap=str(server)).common()
        except KafkaError as error:
            raise self._failed(error) from error

    def _failed(self, error: KafkaError) -> ServiceFailed:
        if isinstance(error, AuthorizationError):
            return kafka_topics.not_authorised(self.settings.bootstrap, f"to do it ({type(error).__name__})")
        what = f"Kafka at {self.settings.bootstrap}: {type(error).__name__}"
        hint = "see whether the broker is up, then go on"
        if isinstance(error, KafkaConnectionError):
            return Fleeting("kafka-failed", what, hint=hint)
        return ServiceFailed("kafka-failed", what, hint=hint)

    def _not_acknowledged(self, topic: str, error: KafkaError) -> ServiceFailed:
        """Only a refusal of the record itself says that it is not there: other errors can follow a lost answer."""
        if isinstance(error, MessageSizeTooLargeError):
            return kafka_topics.too_large(topic, f"the request is too large for {topic}")
        # Asked for first, before any record, and told in words alone: that this user may not write to any topic.
        if isinstance(error, AuthorizationError) or ClusterAuthorizationFailedError.__name__ in str(error):
            return kafka_topics.not_authorised(self.settings.bootstrap, f"to write to {topic}")
        return OutcomeUnknown(
            "publish-unknown",
            f"{topic} did not acknowledge the request ({type(error).__name__}): it may be there or yet arrive",
            hint="",
        )


def _silence(producer: KafkaProducer) -> None:
    """Nothing is sent any more once this has returned.

    `close` alone fails where a record is still waiting, and leaves the thread that sends it running.
    """
    sender = producer._sender
    sender.force_close()
    sender.join(CLOSE_SECONDS)
    try:
        producer.close(timeout=0)
    except KafkaTimeoutError as error:
        raise OutcomeUnknown(
            "publish-unknown", "the producer could not be stopped: the request may yet arrive", hint=""
        ) from error
