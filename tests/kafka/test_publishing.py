"""What becomes of a request that the broker refuses, or does not acknowledge."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
)

from eng5_pipeline.adapters.kafka.bus import KafkaBus
from eng5_pipeline.adapters.kafka.settings import KafkaSettings
from eng5_pipeline.adapters.kafka.topics import LARGEST_MESSAGE, LIMIT, WRAPPING
from eng5_pipeline.errors import OutcomeUnknown, ServiceFailed
from tests.kafka.apache import USERS, ApacheKafka
from tests.kafka.detour import Fate, detour
from tests.kafka.platforms import Apache, from_start, take, until, values
from tests.kafka.test_reaching import login

pytestmark = pytest.mark.kafka

BATCH = b"39fb07d4-11ea-47c2-8f08-a1efb753357e"
HEADERS = [("event_id", BATCH), ("event_type", b"huleedu.els.cj_assessment.requested.v1")]
TAKES = 10_000


@pytest.fixture
def small_topic(own: Apache) -> str:
    return own.new_topic(**{LIMIT: str(TAKES)})


@pytest.fixture
def stranger(own_kafka: ApacheKafka, own: Apache) -> Iterator[KafkaBus]:
    """May do what a test allows, for as long as the test lasts."""
    yield KafkaBus(login(own_kafka, "stranger", USERS["stranger"]))
    every_topic = ResourcePatternFilter(ResourceType.TOPIC, None, ACLResourcePatternType.ANY)
    own.admin.delete_acls([rights_of_the_stranger(every_topic)])


def allow(own: Apache, topic: str, *operations: ACLOperation) -> None:
    pattern = ResourcePattern(ResourceType.TOPIC, topic)
    own.admin.create_acls([ACL("User:stranger", "*", each, ACLPermissionType.ALLOW, pattern) for each in operations])
    until(lambda: len(own.admin.describe_acls(rights_of_the_stranger(pattern))[0]) == len(operations))


def rights_of_the_stranger(on: ResourcePatternFilter) -> ACLFilter:
    return ACLFilter("User:stranger", "*", ACLOperation.ANY, ACLPermissionType.ANY, on)


def test_a_message_too_large_for_the_topic_is_refused_before_it_is_sent(own: Apache, small_topic: str) -> None:
    with pytest.raises(ServiceFailed, match=f"{small_topic} takes at most {TAKES}") as refused:
        own.bus.check(small_topic, [small_topic], TAKES)
    assert refused.value.reference == "request-too-large"
    assert LIMIT in refused.value.hint


def test_the_largest_message_that_is_not_refused_is_taken(own: Apache, small_topic: str) -> None:
    largest = b"x" * (TAKES - WRAPPING)
    own.bus.check(small_topic, [small_topic], len(largest))
    assert own.bus.publish(small_topic, BATCH, largest, HEADERS).offset == 0


def test_a_message_larger_than_a_fetch_is_read_back_whole(own: Apache) -> None:
    topic = own.new_topic(**{LIMIT: str(LARGEST_MESSAGE)})
    large = bytes(LARGEST_MESSAGE - WRAPPING)
    own.bus.check(topic, [topic], len(large))
    own.bus.publish(topic, BATCH, large, HEADERS)
    with own.bus.reader(from_start(topic)) as reader:
        assert values(take(reader, 1)) == [large]


def test_where_the_limit_of_a_topic_is_not_told_the_producers_own_counts(
    own: Apache, small_topic: str, stranger: KafkaBus
) -> None:
    allow(own, small_topic, ACLOperation.READ, ACLOperation.WRITE)
    stranger.check(small_topic, [small_topic], TAKES)
    with pytest.raises(ServiceFailed) as refused:
        stranger.check(small_topic, [small_topic], 5 * 1024 * 1024)
    assert refused.value.reference == "request-too-large"


def test_a_message_that_the_broker_finds_too_large_is_a_refusal_and_not_unknown(own: Apache, small_topic: str) -> None:
    with pytest.raises(ServiceFailed) as refused:
        own.bus.publish(small_topic, BATCH, b"x" * TAKES, HEADERS)
    assert refused.value.reference == "request-too-large"
    assert own.bus.ends([small_topic]).next == {small_topic: {0: 0, 1: 0}}


def test_a_user_who_may_only_read_is_refused(own: Apache, stranger: KafkaBus) -> None:
    topic = own.new_topic()
    allow(own, topic, ACLOperation.READ)
    with pytest.raises(ServiceFailed, match=topic) as refused:
        stranger.check(topic, [topic], 100)
    assert refused.value.reference == "kafka-not-authorised"


def test_a_user_who_may_only_write_is_refused_where_reading_is_needed(own: Apache, stranger: KafkaBus) -> None:
    topic = own.new_topic()
    allow(own, topic, ACLOperation.WRITE)
    with pytest.raises(ServiceFailed) as refused:
        stranger.check(topic, [topic], 100)
    assert refused.value.reference == "kafka-not-authorised"


@pytest.mark.parametrize("elsewhere", [ACLOperation.READ, ACLOperation.WRITE])
def test_a_publish_without_the_right_to_it_is_a_refusal_and_not_unknown(
    own: Apache, stranger: KafkaBus, elsewhere: ACLOperation
) -> None:
    """Who may write somewhere is refused the record, who may write nowhere is refused before it."""
    topic = own.new_topic()
    allow(own, topic, ACLOperation.READ)
    allow(own, own.new_topic(), elsewhere)
    with pytest.raises(ServiceFailed) as refused:
        stranger.publish(topic, BATCH, b"value", HEADERS)
    assert refused.value.reference == "kafka-not-authorised"


@pytest.mark.parametrize(("fate", "there"), [("passes", 1), ("is lost", 0)])
def test_a_send_whose_answer_never_comes_is_unknown_and_over(
    own_kafka: ApacheKafka, own: Apache, fate: Fate, there: int
) -> None:
    topic = own.new_topic()
    with detour(own_kafka, last_word=b"the request", fate=fate) as way:
        bus = KafkaBus(KafkaSettings(way.bootstrap, delivery_seconds=2))
        with pytest.raises(OutcomeUnknown) as unknown:
            bus.publish(topic, BATCH, b"the request", HEADERS)
        until(lambda: way.open == 0)
    assert unknown.value.reference == "publish-unknown"
    assert sum(own.bus.ends([topic]).next[topic].values()) == there


def test_a_request_is_there_once_however_often_its_connection_is_cut(own_kafka: ApacheKafka, own: Apache) -> None:
    topic = own.new_topic()
    with detour(own_kafka) as way:
        way.cut_every(0.3)
        bus = KafkaBus(KafkaSettings(way.bootstrap))
        for number in range(5):
            bus.publish(topic, BATCH, b"%d" % number, HEADERS)
    with own.bus.reader(from_start(topic)) as reader:
        assert sorted(map(repr, values(take(reader, 5)))) == [repr(b"%d" % number) for number in range(5)]
        assert not reader.poll(0.5)
