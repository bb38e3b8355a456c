"""Why Kafka cannot be reached: the library says the same of a refused port, a bad name and a wrong certificate."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from typing import Any, NamedTuple

from eng5_pipeline.errors import ServiceFailed

PROBE_SECONDS = 3


class Address(NamedTuple):
    host: str
    port: int

    @classmethod
    def parse(cls, bootstrap: str) -> Address:
        """The first server of a bootstrap list."""
        host, _, port = bootstrap.split(",")[0].strip().rpartition(":")
        return cls(host.strip("[]"), int(port))

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def explain_unreachable(address: Address, security: Mapping[str, Any], error: Exception) -> ServiceFailed:
    """Look at the address itself, layer by layer, and say which one fails."""
    try:
        with socket.create_connection(address, timeout=PROBE_SECONDS) as connection:
            if "SSL" in str(security.get("security_protocol", "PLAINTEXT")):
                _shake_hands(connection, address, security)
    except socket.gaierror:
        return _failure("kafka-name-unknown", f"no host is called {address.host}", "check KAFKA_BOOTSTRAP_SERVERS")
    except ConnectionRefusedError:
        return _failure("kafka-refused", f"nothing listens at {address}", "start the broker, or check its address")
    except ssl.SSLError as failure:
        reason = getattr(failure, "verify_message", "") or failure.reason or "handshake failed"
        return _failure("kafka-tls", f"TLS with Kafka at {address} failed: {reason}", "check KAFKA_SSL_CAFILE")
    except TimeoutError:
        return _failure("kafka-timeout", f"{address} does not answer", "check the address, the network, a firewall")
    except OSError as failure:
        return _failure("kafka-unreachable", f"{address}: {failure.strerror or failure}", "check the address")
    return _answers_but(address, error)


def _shake_hands(connection: socket.socket, address: Address, security: Mapping[str, Any]) -> None:
    context = ssl.create_default_context(cafile=security.get("ssl_cafile"))
    context.check_hostname = bool(security.get("ssl_check_hostname", True))
    with context.wrap_socket(connection, server_hostname=address.host):
        return


def _answers_but(address: Address, error: Exception) -> ServiceFailed:
    name = type(error).__name__
    if "Sasl" in name or "Authentication" in name or "Authorization" in name:
        return _failure("kafka-credentials", f"Kafka at {address} refused the login: {name}", "check KAFKA_SASL_*")
    return _failure(
        "kafka-not-speaking",
        f"{address} accepts connections but did not speak Kafka with us",
        "check KAFKA_SECURITY_PROTOCOL (TLS or not?) and that the address is the broker's",
    )


def _failure(reference: str, what: str, hint: str) -> ServiceFailed:
    return ServiceFailed(reference, what, hint=hint)
