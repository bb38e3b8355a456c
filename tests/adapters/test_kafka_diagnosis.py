"""Why Kafka cannot be reached, told apart without a broker."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from eng5_pipeline.adapters.kafka.diagnosis import reachable
from eng5_pipeline.adapters.kafka.settings import KafkaSettings
from eng5_pipeline.adapters.kafka.tls import TlsFiles
from eng5_pipeline.errors import ServiceFailed

PATIENCE = 0.3


def trouble(bootstrap: str, protocol: str = "PLAINTEXT") -> ServiceFailed:
    settings = KafkaSettings(bootstrap, protocol=protocol, answer_seconds=PATIENCE)
    with pytest.raises(ServiceFailed) as failed:
        reachable(settings)
    return failed.value


def listening() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


def address(server: socket.socket) -> str:
    return f"127.0.0.1:{server.getsockname()[1]}"


@contextmanager
def answering(answer: bytes) -> Iterator[str]:
    """A server that says this to whoever asks anything, and hangs up when it has nothing to say."""

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                connection.recv(1000)
                connection.sendall(answer)
                if answer:
                    connection.recv(1000)

    with listening() as server:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield address(server)
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def test_a_port_where_nothing_listens_is_told() -> None:
    with listening() as server:
        free = address(server)
    assert trouble(free).reference == "kafka-refused"


def test_a_name_that_nobody_has_is_told() -> None:
    failed = trouble("no-such-host.invalid:9092")
    assert failed.reference == "kafka-name-unknown"
    assert "no-such-host.invalid" in failed.what


@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SSL"])
def test_a_server_that_never_answers_is_told(protocol: str) -> None:
    with listening() as server:
        assert trouble(address(server), protocol).reference == "kafka-timeout"


def test_another_service_is_told() -> None:
    with answering(b"HTTP/1.1 400 Bad Request\r\n\r\n") as somewhere:
        assert trouble(somewhere).reference == "kafka-not-speaking"


def test_a_server_that_hangs_up_is_told_with_what_it_may_want() -> None:
    with answering(b"") as somewhere:
        failed = trouble(somewhere)
    assert failed.reference == "kafka-hung-up"
    assert "KAFKA_SECURITY_PROTOCOL" in failed.hint


def test_of_several_servers_the_last_trouble_is_told() -> None:
    with listening() as server:
        failed = trouble(f"no-such-host.invalid:9092,{address(server)}")
    assert failed.reference == "kafka-timeout"


def test_a_ca_file_that_is_not_there_is_told_by_name(tmp_path: Path) -> None:
    files = TlsFiles(ca=str(tmp_path / "ca.pem"))
    with listening() as server, pytest.raises(ServiceFailed, match=r"ca\.pem.*No such file") as failed:
        reachable(KafkaSettings(address(server), protocol="SSL", tls_files=files))
    assert failed.value.reference == "kafka-tls-files"
