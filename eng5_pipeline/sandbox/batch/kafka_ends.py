"""The worker's two ends on Kafka: requests in, records out."""

from __future__ import annotations

from collections.abc import Mapping

from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, Producer, TopicPartition

from eng5_pipeline.contracts.topics import REQUEST
from eng5_pipeline.sandbox.batch.records import Record
from eng5_pipeline.sandbox.messages import PARTITIONS

POLL_S = 0.2
FLUSH_S = 2.0
ANY_PARTITION = -1
CLIENT: Mapping[str, str | int] = {
    "reconnect.backoff.ms": 50,
    "reconnect.backoff.max.ms": 500,
    "log_level": 2,
}


class Publisher:
    """Publishes in order on each partition, however often the broker goes down and comes back."""

    def __init__(self, bootstrap: str, compression: str = "none") -> None:
        self._producer = Producer(
            {
                **CLIENT,
                "bootstrap.servers": bootstrap,
                "enable.idempotence": True,
                "linger.ms": 1,
                "compression.type": compression,
                "partitioner": "murmur2_random",
            }
        )

    def publish(self, record: Record) -> None:
        """Waits while the producer's queue is full."""
        while not self._queued(record):
            self._producer.poll(POLL_S)
        self._producer.poll(0)

    def close(self) -> None:
        self._producer.flush(FLUSH_S)

    def _queued(self, record: Record) -> bool:
        try:
            self._producer.produce(
                record.topic,
                value=record.value,
                key=record.key.encode("utf-8") if record.key is not None else None,
                partition=ANY_PARTITION if record.partition is None else record.partition,
            )
        except BufferError:
            return False
        return True


class Requests:
    """The request topic from its beginning: the broker is empty when a stack starts, so none is lost."""

    def __init__(self, bootstrap: str) -> None:
        self._consumer = Consumer(
            {
                **CLIENT,
                "bootstrap.servers": bootstrap,
                "group.id": "cj_assessment_service",
                "enable.auto.commit": False,
                "fetch.wait.max.ms": 100,
            }
        )
        self._consumer.assign([TopicPartition(REQUEST, p, OFFSET_BEGINNING) for p in range(PARTITIONS)])

    def next(self) -> tuple[bytes | None, dict[str, bytes]] | None:
        """Value and headers of the next request; None where there is none for a moment."""
        message = self._consumer.poll(POLL_S)
        if message is None or message.error() is not None:
            return None
        return message.value(), _headers(message)

    def close(self) -> None:
        self._consumer.close()


def _headers(message: Message) -> dict[str, bytes]:
    found = message.headers() or []
    pairs = found.items() if isinstance(found, dict) else found
    return {name: value.encode("utf-8") if isinstance(value, str) else value or b"" for name, value in pairs}
