"""Every way of not getting in is told apart, and soon."""

from __future__ import annotations

import socket
import time
from dataclasses import replace
from pathlib import Path

import pytest

from eng5_pipeline.adapters.kafka.bus import KafkaBus
from eng5_pipeline.adapters.kafka.settings import KafkaSettings
from eng5_pipeline.adapters.kafka.tls import TlsFiles
from eng5_pipeline.errors import ServiceFailed
from tests.kafka.apache import HOST, USERS, ApacheKafka, make_certificate
from tests.kafka.detour import detour, only_one_way
from tests.kafka.platforms import Apache, from_start, take, values

pytestmark = pytest.mark.kafka

SECONDS = 15


def login(kafka: ApacheKafka, name: str, password: str) -> KafkaSettings:
    return KafkaSettings.from_environment(
        f"{HOST}:{kafka.ports.login}",
        {
            "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
            "KAFKA_SASL_MECHANISM": "PLAIN",
            "KAFKA_SASL_PLAIN_USERNAME": name,
            "KAFKA_SASL_PLAIN_PASSWORD": password,
        },
    )


def tls(kafka: ApacheKafka, authority: Path | None) -> KafkaSettings:
    files = TlsFiles(ca=str(authority) if authority else None)
    return KafkaSettings(f"{HOST}:{kafka.ports.tls}", protocol="SSL", tls_files=files)


def refusal(settings: KafkaSettings, topic: str = "any") -> ServiceFailed:
    begun = time.monotonic()
    with pytest.raises(ServiceFailed) as failed:
        KafkaBus(settings).check(topic, [topic], 100)
    assert time.monotonic() - begun < SECONDS
    return failed.value


def publishes_and_reads(settings: KafkaSettings, topic: str) -> bool:
    bus = KafkaBus(settings)
    bus.check(topic, [topic], 100)
    bus.publish(topic, b"key", b"value", [])
    with bus.reader(from_start(topic)) as reader:
        return values(take(reader, 1)) == [b"value"]


def test_a_login_with_name_and_password_works(own_kafka: ApacheKafka, own: Apache) -> None:
    assert publishes_and_reads(login(own_kafka, "researcher", USERS["researcher"]), own.new_topic())


def test_tls_with_an_authority_of_our_own_works(own_kafka: ApacheKafka, own: Apache) -> None:
    assert publishes_and_reads(tls(own_kafka, own_kafka.authority), own.new_topic())


def test_one_server_of_the_list_that_works_is_enough(own_kafka: ApacheKafka, own: Apache) -> None:
    with socket.create_server((HOST, 0)) as server:
        nobody = server.getsockname()[1]
    assert publishes_and_reads(KafkaSettings(f"{HOST}:{nobody},{own_kafka.bootstrap}"), own.new_topic())


def test_a_wrong_password_is_told(own_kafka: ApacheKafka) -> None:
    failed = refusal(login(own_kafka, "researcher", "wrong-word"))
    assert failed.reference == "kafka-credentials"
    assert "wrong-word" not in f"{failed.what}{failed.hint}"


def test_a_missing_login_is_told(own_kafka: ApacheKafka) -> None:
    failed = refusal(KafkaSettings(f"{HOST}:{own_kafka.ports.login}"))
    assert failed.reference == "kafka-hung-up"
    assert "login" in failed.hint


def test_a_login_where_none_is_taken_is_told(own_kafka: ApacheKafka) -> None:
    settings = login(own_kafka, "researcher", USERS["researcher"])
    assert refusal(replace(settings, bootstrap=own_kafka.bootstrap)).reference == "kafka-credentials"


def test_a_user_without_rights_is_told(own_kafka: ApacheKafka, own: Apache) -> None:
    failed = refusal(login(own_kafka, "stranger", USERS["stranger"]), own.new_topic())
    assert failed.reference == "kafka-not-authorised"


def test_a_broker_that_wants_tls_is_told(own_kafka: ApacheKafka) -> None:
    assert refusal(KafkaSettings(f"{HOST}:{own_kafka.ports.tls}")).reference == "kafka-wants-tls"


def test_tls_where_the_broker_speaks_plainly_is_told(own_kafka: ApacheKafka) -> None:
    settings = replace(tls(own_kafka, own_kafka.authority), bootstrap=own_kafka.bootstrap)
    assert refusal(settings).reference == "kafka-tls"


def test_a_wrong_authority_is_told(own_kafka: ApacheKafka, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    make_certificate(tmp_path / "other.p12", other)
    assert refusal(tls(own_kafka, other)).reference == "kafka-certificate"


def test_a_server_that_never_answers_is_told_in_time() -> None:
    with socket.create_server((HOST, 0)) as server:
        assert refusal(KafkaSettings(f"{HOST}:{server.getsockname()[1]}")).reference == "kafka-timeout"


def test_every_question_is_answered_however_often_connections_are_cut(own_kafka: ApacheKafka, own: Apache) -> None:
    topic = own.new_topic()
    with detour(own_kafka) as way:
        way.cut_every(0.1)
        bus = KafkaBus(KafkaSettings(way.bootstrap))
        for _ in range(5):
            bus.check(topic, [topic], 100)
            assert bus.cluster([topic]) == own.bus.cluster([topic])
            assert bus.ends([topic]).next == {topic: {0: 0, 1: 0}}


def test_a_cluster_that_names_an_address_which_cannot_be_reached_is_told(own_kafka: ApacheKafka) -> None:
    with only_one_way(own_kafka):
        failed = refusal(KafkaSettings(f"{HOST}:{own_kafka.ports.detour}"))
    assert failed.reference == "kafka-advertised"
    assert str(own_kafka.ports.proxy) in failed.what
