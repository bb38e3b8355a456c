"""What the broker says of its topics before anything is read or sent: are they there, may we, how large a message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import (
    KafkaConnectionError,
    KafkaError,
    NoError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    for_code,
)

from eng5_pipeline.domain.positions import Cluster
from eng5_pipeline.errors import ServiceFailed

LARGEST_MESSAGE = 4 * 1024 * 1024  # of the producer; a topic may take less
# Of a record batch of one record, beside the value: its own head, our key and our two headers, generously.
WRAPPING = 512
LIMIT = "max.message.bytes"
ASKED_TIMES = 2  # a connection may just have been cut


def require_usable(admin: KafkaAdminClient, where: str, writes: str, reads: Sequence[str]) -> None:
    """Raises ServiceFailed; rights are looked at where the broker tells them."""
    described = _described(admin, [*dict.fromkeys((writes, *reads))])
    missing = [name for name, topic in described.items() if _error(topic) is UnknownTopicOrPartitionError]
    if missing:
        raise topics_missing(where, missing)
    denied = [name for name, topic in described.items() if _denied(topic, name == writes, name in reads)]
    if denied:
        raise not_authorised(where, f"to use {', '.join(denied)}")
    unready = {name: _error(topic).__name__ for name, topic in described.items() if _error(topic) is not NoError}
    if unready:
        raise ServiceFailed(
            "kafka-topic-not-ready",
            f"Kafka at {where}: " + ", ".join(f"{name}: {error}" for name, error in unready.items()),
            hint="see whether the broker is up, then go on",
        )


def require_room(admin: KafkaAdminClient, topic: str, largest_message: int) -> None:
    """Raises ServiceFailed when the topic, else the producer, would not take a value of so many bytes."""
    limit = min(_limit(admin, topic) or LARGEST_MESSAGE, LARGEST_MESSAGE)
    if largest_message + WRAPPING > limit:
        raise too_large(topic, f"the request would have {largest_message} bytes, {topic} takes at most {limit}")


def identity(admin: KafkaAdminClient, topics: Sequence[str]) -> Cluster:
    described = _described(admin, topics)
    ids = {name: str(topic["topic_id"]) for name, topic in described.items() if topic.get("topic_id")}
    return Cluster(cluster_id=admin.describe_cluster().get("cluster_id"), topic_ids=ids)


def topics_missing(where: str, topics: Sequence[str]) -> ServiceFailed:
    return ServiceFailed(
        "kafka-topic-missing",
        f"Kafka at {where} has no topic {', '.join(sorted(topics))}",
        hint="ask the platform's operators to create it, or check KAFKA_BOOTSTRAP_SERVERS",
    )


def not_authorised(where: str, what: str) -> ServiceFailed:
    return ServiceFailed(
        "kafka-not-authorised",
        f"Kafka at {where} does not allow this user {what}",
        hint="ask the platform's operators to let it write to the request topic and read the result topics",
    )


def too_large(topic: str, what: str) -> ServiceFailed:
    return ServiceFailed(
        "request-too-large",
        what,
        hint=f"split the essays over several run specs, or have {LIMIT} of {topic} raised",
    )


def _described(admin: KafkaAdminClient, topics: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    return {topic["name"]: topic for topic in admin.describe_topics(list(topics))}


def _error(topic: Mapping[str, Any]) -> type[KafkaError]:
    error: type[KafkaError] = for_code(topic["error_code"])
    return error


def _denied(topic: Mapping[str, Any], written: bool, read: bool) -> bool:
    if _error(topic) is TopicAuthorizationFailedError:
        return True
    allowed = topic.get("authorized_operations")
    if not allowed:
        return False
    return (written and "WRITE" not in allowed) or (read and "READ" not in allowed)


def _limit(admin: KafkaAdminClient, topic: str) -> int | None:
    """None where the broker does not tell: it may be too old, and hang up, or not allow this user to ask."""
    asked = ConfigResource(ConfigResourceType.TOPIC, topic, [LIMIT])
    for _ in range(ASKED_TIMES):
        try:
            told = admin.describe_configs([asked], config_filter="all")["topic"][topic]
        except KafkaConnectionError:
            continue
        except KafkaError:
            return None
        return int(told[LIMIT]["value"]) if LIMIT in told else None
    return None
