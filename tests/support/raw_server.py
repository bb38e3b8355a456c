"""A TCP server that says exactly what a test wants, for what no HTTP server would say."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Talk = Callable[[socket.socket], None]


@contextmanager
def serving(talk: Talk) -> Iterator[str]:
    """Every connection is given to `talk` and closed after it; yields the address to ask."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ending = threading.Event()

        def accept() -> None:
            while not ending.is_set():
                connection, _ = listener.accept()
                with connection:
                    if not ending.is_set():
                        talk(connection)

        thread = threading.Thread(target=accept)
        thread.start()
        port = listener.getsockname()[1]
        try:
            yield f"http://127.0.0.1:{port}/v1/content"
        finally:
            ending.set()
            socket.create_connection(("127.0.0.1", port)).close()
            thread.join()


def says(answer: bytes) -> Talk:
    """Reads the head of a request and answers."""

    def talk(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(answer)

    return talk


def resets(connection: socket.socket) -> None:
    """Cuts the connection with a reset, as a killed process or a proxy does."""
    connection.recv(65536)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
