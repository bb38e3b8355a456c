"""Why Kafka cannot be reached: the library says the same of a refused port, a bad name and a wrong certificate."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from eng5_pipeline.errors import ServiceFailed

PROBE_SECONDS = 3


class Address(NamedTuple):
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def addresses(bootstrap: str) -> list[Address]:
    """Every server of a bootstrap list."""
    parts = [server.strip().rpartition(":") for server in bootstrap.split(",")]
    return [Address(host.strip("[]"), int(port)) for host, _, port in parts]


def require_reachable(servers: Sequence[Address], security: Mapping[str, Any]) -> None:
    """Raises the last server's trouble when none can be connected to: at once, where the library takes 10 s."""
    troubles = []
    for server in servers:
        trouble = _trouble(server, security)
        if trouble is None:
            return
        troubles.append(trouble)
    raise troubles[-1]


def explain_refusal(servers: Sequence[Address], error: Exception) -> ServiceFailed:
    """A server answers on its port, and the library could not come to terms with it."""
    name, where = type(error).__name__, ", ".join(map(str, servers))
    if "Sasl" in name or "Authentication" in name or "Authorization" in name:
        return _failure("kafka-credentials", f"Kafka at {where} refused the login: {name}", "check KAFKA_SASL_*")
    return _failure(
        "kafka-not-speaking",
        f"{where} accepts connections but did not speak Kafka with us",
        "check KAFKA_SECURITY_PROTOCOL (TLS or not?) and that the address is the broker's",
    )


def _trouble(address: Address, security: Mapping[str, Any]) -> ServiceFailed | None:
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
    return None


def _shake_hands(connection: socket.socket, address: Address, security: Mapping[str, Any]) -> None:
    context = ssl.create_default_context(cafile=security.get("ssl_cafile"))
    context.check_hostname = bool(security.get("ssl_check_hostname", True))
    if security.get("ssl_certfile"):
        context.load_cert_chain(security["ssl_certfile"], security.get("ssl_keyfile"), security.get("ssl_password"))
    with context.wrap_socket(connection, server_hostname=address.host):
        return


def _failure(reference: str, what: str, hint: str) -> ServiceFailed:
    return ServiceFailed(reference, what, hint=hint)
