"""Why Kafka cannot be reached.

The library tries again until its time is over and then says the same of a refused port, a bad name, a wrong
certificate and a wrong password. So each step is taken here first, once, where what went wrong can still be seen.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from kafka.errors import (
    IllegalSaslStateError,
    InvalidReceiveError,
    KafkaError,
    KafkaTimeoutError,
    RequestTimedOutError,
    SaslAuthenticationFailedError,
    UnsupportedSaslMechanismError,
)
from kafka.net import KafkaConnectionManager, NetworkSelector

from eng5_pipeline.adapters.kafka_settings import Address, KafkaSettings
from eng5_pipeline.errors import ServiceFailed

STEP_SECONDS = 4.0
TRIES = 3  # where the trouble may be fleeting: a connection may just have been cut


class Fleeting(ServiceFailed):
    """What may have passed at the next try."""


@dataclass(frozen=True)
class Door:
    """One server of the bootstrap list."""

    address: Address
    settings: KafkaSettings

    def knock(self) -> None:
        """Raises ServiceFailed unless the server speaks Kafka, lets us in, and its cluster can be connected to."""
        with _connected(self.address) as connection:
            tls = self.settings.tls()
            if tls is not None:
                _shake_hands(tls, connection, self.address)
        self._require_connectable(self._brokers())

    def _brokers(self) -> list[Address]:
        try:
            return self._ask_for_brokers()
        except (SaslAuthenticationFailedError, UnsupportedSaslMechanismError, IllegalSaslStateError) as error:
            raise ServiceFailed(
                "kafka-credentials",
                f"Kafka at {self.address} refused the login: {type(error).__name__}",
                hint="check KAFKA_SASL_MECHANISM, KAFKA_SASL_PLAIN_USERNAME and KAFKA_SASL_PLAIN_PASSWORD",
            ) from error
        except (RequestTimedOutError, KafkaTimeoutError) as error:
            raise _silent(self.address) from error
        except InvalidReceiveError as error:
            raise self._not_kafka() from error
        except KafkaError as error:
            raise Fleeting(
                "kafka-hung-up",
                f"{self.address} accepts connections and closes them again",
                hint="check KAFKA_SECURITY_PROTOCOL (does this address want a login, or TLS?)",
            ) from error

    def _ask_for_brokers(self) -> list[Address]:
        """With a connection of the library's own, so that versions and every way to log in are its."""
        options: dict[str, Any] = {
            **replace(self.settings, bootstrap=str(self.address)).common(),
            "request_timeout_ms": STEP_SECONDS * 1000,
        }
        net = NetworkSelector(**options)
        manager = KafkaConnectionManager(net, **options)
        server = manager.cluster.bootstrap_brokers()[0].node_id

        async def ask() -> None:
            await manager.get_connection(server, STEP_SECONDS * 1000, pop_on_close=False)
            await manager.cluster.refresh_metadata(server)

        try:
            manager.run(ask)
            return [Address(broker.host, broker.port) for broker in manager.cluster.brokers()]
        finally:
            manager.close()
            net.close()

    def _not_kafka(self) -> ServiceFailed:
        if self.settings.tls() is None and _speaks_tls(self.address):
            return ServiceFailed(
                "kafka-wants-tls",
                f"{self.address} speaks TLS, and KAFKA_SECURITY_PROTOCOL is {self.settings.protocol}",
                hint="set KAFKA_SECURITY_PROTOCOL to SSL or SASL_SSL",
            )
        return ServiceFailed(
            "kafka-not-speaking",
            f"{self.address} answers, but does not speak Kafka",
            hint="check KAFKA_BOOTSTRAP_SERVERS: another service may listen there",
        )

    def _require_connectable(self, brokers: Sequence[Address]) -> None:
        """A cluster says itself where its brokers are; that must be reachable from here as well."""
        if not brokers:
            raise Fleeting("kafka-not-ready", f"Kafka at {self.address} has no broker yet", hint="wait until it is up")
        try:
            _first_that_works([partial(_touch, broker) for broker in brokers])
        except ServiceFailed as trouble:
            raise ServiceFailed(
                "kafka-advertised",
                f"Kafka at {self.address} says that it is to be found elsewhere: {trouble.what}",
                hint="use the address that is meant for this network, or have its advertised listeners corrected",
            ) from trouble


def require_reachable(settings: KafkaSettings) -> None:
    """Raises ServiceFailed with the last server's trouble when none can be used: within 15 s for one server."""
    for left in reversed(range(TRIES)):
        try:
            return _first_that_works([Door(server, settings).knock for server in settings.servers])
        except Fleeting:
            if not left:
                raise


def _first_that_works(ways: Sequence[Callable[[], None]]) -> None:
    troubles = []
    for way in ways:
        try:
            return way()
        except ServiceFailed as trouble:
            troubles.append(trouble)
    raise troubles[-1]


def _touch(address: Address) -> None:
    _connected(address).close()


def _connected(address: Address) -> socket.socket:
    """Raises ServiceFailed."""
    try:
        return socket.create_connection(address, timeout=STEP_SECONDS)
    except socket.gaierror as error:
        raise ServiceFailed(
            "kafka-name-unknown", f"no host is called {address.host}", hint="check KAFKA_BOOTSTRAP_SERVERS"
        ) from error
    except ConnectionRefusedError as error:
        raise ServiceFailed(
            "kafka-refused", f"nothing listens at {address}", hint="start the broker, or check KAFKA_BOOTSTRAP_SERVERS"
        ) from error
    except TimeoutError as error:
        raise _silent(address) from error
    except OSError as error:
        raise ServiceFailed(
            "kafka-unreachable", f"{address}: {error.strerror or error}", hint="check the address and the network"
        ) from error


def _shake_hands(tls: ssl.SSLContext, connection: socket.socket, address: Address) -> None:
    try:
        with tls.wrap_socket(connection, server_hostname=address.host):
            return
    except ssl.SSLCertVerificationError as error:
        raise ServiceFailed(
            "kafka-certificate",
            f"the certificate of Kafka at {address} is not trusted: {error.verify_message}",
            hint="check KAFKA_SSL_CAFILE, and that the address is the name in the certificate",
        ) from error
    except TimeoutError as error:
        raise _silent(address) from error
    except OSError as error:
        raise ServiceFailed(
            "kafka-tls",
            f"{address} does not speak TLS with us: {error.strerror or error}",
            hint="check KAFKA_SECURITY_PROTOCOL: is this address meant for TLS?",
        ) from error


def _speaks_tls(address: Address) -> bool:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # nothing is sent: only whether it answers in TLS is asked
    try:
        with _connected(address) as connection, context.wrap_socket(connection):
            return True
    except (OSError, ServiceFailed):
        return False


def _silent(address: Address) -> ServiceFailed:
    return ServiceFailed(
        "kafka-timeout", f"{address} does not answer", hint="check the address, the network, a firewall"
    )
