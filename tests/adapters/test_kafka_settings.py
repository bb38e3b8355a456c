"""How the environment says how to reach Kafka."""

from __future__ import annotations

import pytest

from eng5_pipeline.adapters.kafka.settings import Address, KafkaSettings
from eng5_pipeline.errors import UsageError

LOGIN = {
    "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
    "KAFKA_SASL_MECHANISM": "PLAIN",
    "KAFKA_SASL_PLAIN_USERNAME": "ada",
    "KAFKA_SASL_PLAIN_PASSWORD": "pencil",
}


def settings(**environment: str) -> KafkaSettings:
    return KafkaSettings.from_environment("broker:9093", environment)


def test_without_any_variable_kafka_is_plain_and_its_version_negotiated() -> None:
    common = settings().common()
    assert (common["security_protocol"], common["ssl_context"], common["api_version"]) == ("PLAINTEXT", None, None)


def test_the_embedded_brokers_version_is_taken() -> None:
    assert settings(KAFKA_API_VERSION="2.3").common()["api_version"] == (2, 3)


def test_every_server_of_the_list_is_known() -> None:
    servers = KafkaSettings("one:9092, [::1]:9093").servers
    assert servers == [Address("one", 9092), Address("::1", 9093)]


def test_a_login_is_handed_over_and_never_shown() -> None:
    made = settings(**LOGIN)
    assert made.common()["sasl_plain_password"] == "pencil"
    assert "pencil" not in repr(made)


def test_the_password_of_a_key_is_never_shown() -> None:
    assert "secret-word" not in repr(settings(KAFKA_SSL_PASSWORD="secret-word"))


@pytest.mark.parametrize("missing", ["KAFKA_SASL_MECHANISM", "KAFKA_SASL_PLAIN_USERNAME", "KAFKA_SASL_PLAIN_PASSWORD"])
def test_a_login_with_a_part_missing_is_refused_by_name(missing: str) -> None:
    with pytest.raises(UsageError, match=missing):
        settings(**{name: value for name, value in LOGIN.items() if name != missing})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KAFKA_SECURITY_PROTOCOL", "TLS"),
        ("KAFKA_SASL_MECHANISM", "plain"),
        ("KAFKA_API_VERSION", "newest"),
    ],
)
def test_a_value_that_means_nothing_is_refused_with_its_name(name: str, value: str) -> None:
    with pytest.raises(UsageError, match=f"{name}: '{value}'"):
        settings(**{**LOGIN, name: value})


def test_tls_trusts_the_systems_authorities_and_checks_names_unless_told_otherwise() -> None:
    secured = settings(KAFKA_SECURITY_PROTOCOL="SSL").tls()
    lenient = settings(KAFKA_SECURITY_PROTOCOL="SSL", KAFKA_SSL_CHECK_HOSTNAME="false").tls()
    assert secured is not None
    assert lenient is not None
    assert (secured.check_hostname, lenient.check_hostname) == (True, False)
