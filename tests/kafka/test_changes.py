"""The broker and its topics change while they are read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from eng5_pipeline.adapters.kafka.bus import KafkaBus
from eng5_pipeline.adapters.kafka.settings import KafkaSettings
from eng5_pipeline.errors import ServiceFailed
from eng5_pipeline.sandbox.batch.feed_settings import Down
from tests.kafka.apache import ApacheKafka
from tests.kafka.detour import detour
from tests.kafka.platforms import Apache, Embedded, apache, feeder, from_start, take, values

pytestmark = pytest.mark.slow


@pytest.fixture
def bus(own: Apache) -> KafkaBus:
    """Hears of changes within a second."""
    return KafkaBus(replace(own.bus.settings, refresh_seconds=1))


@pytest.mark.kafka
def test_a_partition_that_is_added_is_read_from_its_beginning(own: Apache, bus: KafkaBus) -> None:
    topic = own.new_topic()
    with bus.reader(from_start(topic)) as reader:
        own.put(topic, b"old")
        take(reader, 1)
        own.grow(topic, 3)
        with feeder(own.bus.settings) as newcomer:
            newcomer.put(topic, b"new", partition=2)
        assert values(take(reader, 1)) == [b"new"]
        assert reader.position().next == {topic: {0: 1, 1: 0, 2: 1}}
        assert reader.take_gaps() == []


@pytest.mark.kafka
@pytest.mark.parametrize("again", [1, 5])
def test_a_topic_that_is_made_anew_is_a_gap_and_read_from_its_beginning(own: Apache, bus: KafkaBus, again: int) -> None:
    topic = own.new_topic()
    with bus.reader(from_start(topic)) as reader:
        for number in range(3):
            own.put(topic, b"old %d" % number)
        take(reader, 3)
        own.delete(topic)
        own.create(topic)
        new = [b"new %d" % number for number in range(again)]
        for value in new:
            own.put(topic, value)
        found: list[bytes | None] = []
        while not set(new) <= set(found):
            found += values(take(reader, 1))
        gaps = [(gap.partition, gap.resumed_at) for gap in reader.take_gaps()]
    assert (0, 0) in gaps
    assert found[-again:] == new


@pytest.mark.kafka
def test_a_topic_that_is_made_anew_has_another_identity(own: Apache) -> None:
    topic = own.new_topic()
    before = own.bus.cluster([topic])
    own.delete(topic)
    own.create(topic)
    after = own.bus.cluster([topic])
    assert before.cluster_id == after.cluster_id
    assert before.topic_ids != after.topic_ids


@pytest.mark.kafka
def test_a_topic_that_is_gone_is_told_when_reading_begins(own: Apache) -> None:
    topic = own.new_topic()
    own.delete(topic)
    with pytest.raises(ServiceFailed, match=topic) as missing, own.bus.reader(from_start(topic)):
        pass
    assert missing.value.reference == "kafka-topic-missing"


@pytest.mark.kafka
def test_reading_survives_connections_that_are_cut_again_and_again(own_kafka: ApacheKafka, own: Apache) -> None:
    topic = own.new_topic()
    put = [b"%d" % number for number in range(100)]
    with detour(own_kafka) as way, KafkaBus(KafkaSettings(way.bootstrap)).reader(from_start(topic)) as reader:
        way.cut_every(0.3)
        found: list[bytes | None] = []
        for value in put:
            own.put(topic, value)
            found += values(reader.poll(0.01))
        found += values(take(reader, len(put) - len(found)))
    assert found == put


@pytest.mark.kafka
def test_reading_goes_on_after_the_broker_was_restarted(kafka_to_stop: ApacheKafka) -> None:
    with apache(kafka_to_stop.bootstrap) as platform:
        topic = platform.new_topic()
        with platform.bus.reader(from_start(topic)) as reader:
            platform.put(topic, b"before")
            take(reader, 1)
            kafka_to_stop.stop()
            assert not reader.poll(0.2)
            assert reader.ends() is None
            kafka_to_stop.start()
            platform.put(topic, b"after")
            assert values(take(reader, 1)) == [b"after"]
            assert reader.position().next == {topic: {0: 2, 1: 0}}


def test_reading_goes_on_after_the_embedded_broker_was_away(embedded_broker: Embedded) -> None:
    topic = embedded_broker.new_topic()
    with embedded_broker.bus.reader(from_start(topic)) as reader:
        embedded_broker.put(topic, b"before")
        take(reader, 1)
        embedded_broker.command(Down(seconds=1))
        embedded_broker.put(topic, b"after")
        assert values(take(reader, 1)) == [b"after"]
