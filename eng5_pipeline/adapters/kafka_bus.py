"""Kafka through kafka-python: publish once, observe without a consumer group.

The settings were measured; each one that differs from the library's default is there for a reason given beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient
from kafka.errors import BrokerResponseError, KafkaError, KafkaTimeoutError, RetriableError

from eng5_pipeline.adapters.kafka_diagnosis import addresses, explain_refusal, require_reachable
from eng5_pipeline.adapters.kafka_reader import KafkaReader
from eng5_pipeline.adapters.kafka_settings import KafkaSettings
from eng5_pipeline.domain.positions import Cluster, Offsets, Receipt
from eng5_pipeline.errors import OutcomeUnknown, ServiceFailed

LARGEST_MESSAGE = 4 * 1024 * 1024
ACKNOWLEDGEMENT_SECONDS = 65  # a little more than the producer's own delivery timeout


@dataclass(frozen=True)
class KafkaBus:
    """Holds no connection between calls."""

    settings: KafkaSettings

    def check(self, topics: Sequence[str], largest_message: int) -> None:
        with self._consumer() as consumer:
            existing = {topic: consumer.partitions_for_topic(topic) for topic in topics}
        missing = sorted(topic for topic, partitions in existing.items() if not partitions)
        if missing:
            raise ServiceFailed(
                "kafka-topic-missing",
                f"Kafka at {self.settings.bootstrap} has no topic {', '.join(missing)}",
                hint="ask the platform's operators to create it, or check KAFKA_BOOTSTRAP_SERVERS",
            )
        if largest_message > LARGEST_MESSAGE:
            raise ServiceFailed(
                "request-too-large",
                f"the request would have {largest_message} bytes, Kafka is sent at most {LARGEST_MESSAGE}",
                hint="split the essays over several run specs",
            )

    def cluster(self, topics: Sequence[str]) -> Cluster:
        with self._admin() as admin:
            described = admin.describe_topics(list(topics))
            cluster_id = admin.describe_cluster().get("cluster_id")
        ids = {topic["name"]: str(topic["topic_id"]) for topic in described if topic.get("topic_id")}
        return Cluster(cluster_id=cluster_id, topic_ids=ids)

    def ends(self, topics: Sequence[str]) -> Offsets:
        with self._consumer() as consumer:
            reader = KafkaReader(consumer, topics)
            ends = reader.ends()
        if ends is None:
            raise self._unanswered("the ends of the topics were asked for")
        return ends

    def publish(self, topic: str, key: bytes, value: bytes, headers: Sequence[tuple[str, bytes]]) -> Receipt:
        # One producer per publish: after a broker's refusal an idempotent producer fails every later send.
        with self._connecting():
            producer = KafkaProducer(
                acks="all",
                enable_idempotence=True,
                delivery_timeout_ms=60_000,
                max_block_ms=15_000,
                max_request_size=LARGEST_MESSAGE,
                linger_ms=0,
                allow_auto_create_topics=False,
                **self.settings.common(),
            )
        try:
            sent = producer.send(topic, key=key, value=value, headers=list(headers))
            metadata = sent.get(timeout=ACKNOWLEDGEMENT_SECONDS)
        except KafkaError as error:
            raise self._not_acknowledged(topic, error) from error
        finally:
            producer.close(timeout=0)  # nothing may be sent any more once this has returned
        return Receipt(topic=metadata.topic, partition=metadata.partition, offset=metadata.offset)

    @contextmanager
    def reader(self, offsets: Offsets) -> Iterator[KafkaReader]:
        with self._consumer() as consumer:
            reader = KafkaReader(consumer, tuple(offsets.next))
            reader.start(offsets)
            yield reader

    @contextmanager
    def _consumer(self) -> Iterator[KafkaConsumer]:
        with self._connecting():
            consumer = KafkaConsumer(
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="none",  # 'latest' would jump over records in silence
                allow_auto_create_topics=False,
                isolation_level="read_committed",
                check_crcs=True,
                fetch_max_wait_ms=200,
                max_partition_fetch_bytes=4 * 1024 * 1024,
                fetch_max_bytes=32 * 1024 * 1024,
                max_poll_records=2000,
                metrics_enabled=False,
                **self.settings.common(),
            )
        try:
            yield consumer
        except KafkaError as error:
            raise self._failed(error) from error
        finally:
            consumer.close(autocommit=False)

    @contextmanager
    def _admin(self) -> Iterator[KafkaAdminClient]:
        with self._connecting():
            admin = KafkaAdminClient(**self.settings.common())
        try:
            yield admin
        except KafkaError as error:
            raise self._failed(error) from error
        finally:
            admin.close()

    @contextmanager
    def _connecting(self) -> Iterator[None]:
        servers = addresses(self.settings.bootstrap)
        require_reachable(servers, self.settings.security)
        try:
            yield
        except KafkaError as error:
            raise explain_refusal(servers, error) from error

    def _failed(self, error: KafkaError) -> ServiceFailed:
        name = type(error).__name__
        if "Authorization" in name:
            return ServiceFailed(
                "kafka-not-authorised",
                f"Kafka at {self.settings.bootstrap} does not let this user do it: {name}",
                hint="ask the platform's operators for read and write access to the batch topics",
            )
        return ServiceFailed(
            "kafka-failed",
            f"Kafka at {self.settings.bootstrap}: {name}",
            hint="see whether the broker is up, then go on",
        )

    def _unanswered(self, doing: str) -> ServiceFailed:
        return ServiceFailed(
            "kafka-silent",
            f"Kafka at {self.settings.bootstrap} did not answer when {doing}",
            hint="see whether the broker is up, then go on",
        )

    def _not_acknowledged(self, topic: str, error: KafkaError) -> ServiceFailed:
        refused = isinstance(error, BrokerResponseError) and not isinstance(error, RetriableError)
        if refused and not isinstance(error, KafkaTimeoutError):
            return self._failed(error)
        return OutcomeUnknown(
            "publish-unknown",
            f"{topic} did not acknowledge the request ({type(error).__name__}): it may be there or yet arrive",
            hint="",
        )
