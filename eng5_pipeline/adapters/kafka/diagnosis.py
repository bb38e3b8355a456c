"""Why Kafka cannot be reached.

The library tries again until its time is over and then says the same of a refused port, a bad name, a wrong
certificate and a wrong password. So each step is taken here first, once, where what went wrong can still be seen.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
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

from eng5_pipeline.adapters.kafka.settings import Address, KafkaSettings
from eng5_pipeline.errors import ServiceFailed

CHECK_LOGIN = "check KAFKA_SASL_MECHANISM, KAFKA_SASL_PLAIN_USERNAME and KAFKA_SASL_PLAIN_PASSWORD"


class Fleeting(ServiceFailed):
    """What may have passed at the next try: a connection may just have been cut."""


@dataclass(frozen=True)
class Door:
    """One server of the bootstrap list."""

    address: Address
    settings: KafkaSettings

    def knock(self) -> None:
        """Raises ServiceFailed unless the server speaks Kafka, lets us in, and its cluster can be connected to."""
        with _connected(self.address, self.settings.answer_seconds) as connection:
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
                hint=CHECK_LOGIN,
            ) from error
        except (RequestTimedOutError, KafkaTimeoutError) as error:
            raise _silent(self.address) from error
        except KafkaError as error:
            raise self._misunderstood(error) from error

    def _ask_for_brokers(self) -> list[Address]:
        with self._library(self.settings) as (manager, server):

            async def ask() -> None:
                await self._connect(manager, server)
                await manager.cluster.refresh_metadata(server)

            manager.run(ask)
            return [Address(broker.host, broker.port) for broker in manager.cluster.brokers()]

    def _greets_strangers(self) -> bool:
        """It answers whoever has not logged in yet."""
        stranger = replace(self.settings, protocol=self.settings.protocol.removeprefix("SASL_"), login={})
        try:
            with self._library(stranger) as (manager, server):
                manager.run(self._connect, manager, server)
                return True
        except KafkaError:
            return False

    @contextmanager
    def _library(self, settings: KafkaSettings) -> Iterator[tuple[KafkaConnectionManager, str]]:
        """A connection of the library's own, so that versions and every way to log in are its."""
        alone = replace(settings, bootstrap=str(self.address))
        options: dict[str, Any] = {**alone.common(), "request_timeout_ms": self._patience_ms}
        net = NetworkSelector(**options)
        manager = KafkaConnectionManager(net, **options)
        try:
            yield manager, manager.cluster.bootstrap_brokers()[0].node_id
        finally:
            manager.close()
            net.close()

    async def _connect(self, manager: KafkaConnectionManager, server: str) -> None:
        await manager.get_connection(server, self._patience_ms, pop_on_close=False, refresh_metadata_on_err=False)

    @property
    def _patience_ms(self) -> float:
        return self.settings.answer_seconds * 1000

    def _misunderstood(self, error: KafkaError) -> ServiceFailed:
        if self.settings.tls() is None and _speaks_tls(self.address, self.settings.answer_seconds):
            return ServiceFailed(
                "kafka-wants-tls",
                f"{self.address} speaks TLS, and KAFKA_SECURITY_PROTOCOL is {self.settings.protocol}",
                hint="set KAFKA_SECURITY_PROTOCOL to SSL or SASL_SSL",
            )
        if isinstance(error, InvalidReceiveError):
            return ServiceFailed(
                "kafka-not-speaking",
                f"{self.address} answers, but does not speak Kafka",
                hint="check KAFKA_BOOTSTRAP_SERVERS: another service may listen there",
            )
        if self.settings.login and self._greets_strangers():
            # The library loses an answer that comes together with the end of its connection.
            return Fleeting("kafka-credentials", f"Kafka at {self.address} hangs up on the login", hint=CHECK_LOGIN)
        return Fleeting(
            "kafka-hung-up",
            f"{self.address} accepts connections and closes them again",
            hint="check the address, KAFKA_SECURITY_PROTOCOL (does it want a login?) and KAFKA_SASL_*",
        )

    def _require_connectable(self, brokers: Sequence[Address]) -> None:
        """A cluster says itself where its brokers are; one of them must be reachable from here as well."""
        troubles = []
        for broker in brokers:
            try:
                return _connected(broker, self.settings.answer_seconds).close()
            except ServiceFailed as trouble:
                troubles.append(trouble.what)
        if not troubles:
            raise Fleeting("kafka-not-ready", f"Kafka at {self.address} has no broker yet", hint="wait until it is up")
        raise ServiceFailed(
            "kafka-advertised",
            f"Kafka at {self.address} says that it is to be found elsewhere: {troubles[-1]}",
            hint="use the address that is meant for this network, or have its advertised listeners corrected",
        )


def reachable(settings: KafkaSettings) -> Address:
    """A server that works. Raises ServiceFailed with the last one's trouble when none does: within 12 s for one."""
    troubles = []
    for door in [Door(server, settings) for server in settings.servers]:
        try:
            door.knock()
        except ServiceFailed as trouble:
            troubles.append(trouble)
        else:
            return door.address
    raise troubles[-1]


def _connected(address: Address, patience: float) -> socket.socket:
    """Raises ServiceFailed."""
    try:
        return socket.create_connection(address, timeout=patience)
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


def _speaks_tls(address: Address, patience: float) -> bool:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # nothing is sent: only whether it answers in TLS is asked
    try:
        with _connected(address, patience) as connection, context.wrap_socket(connection):
            return True
    except (OSError, ServiceFailed):
        return False


def _silent(address: Address) -> ServiceFailed:
    return ServiceFailed(
        "kafka-timeout", f"{address} does not answer", hint="check the address, the network, a firewall"
    )
