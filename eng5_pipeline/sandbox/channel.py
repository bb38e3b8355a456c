"""Lines of JSON over a connected pair of sockets, between the parent and its children and among the children.

The end of the stream is a message of its own: whoever held the other end is gone, however it died.
"""

from __future__ import annotations

import socket
import threading
from typing import TypeVar

from pydantic import BaseModel

M = TypeVar("M", bound=BaseModel)


class Closed(Exception):
    """The other end is gone."""


class Channel:
    """One message after another; a question and its answer are not interrupted by another thread's."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._incoming = connected.makefile("rb")
        self._lock = threading.Lock()

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, message: BaseModel) -> None:
        """Raises Closed."""
        try:
            self._socket.sendall(message.model_dump_json().encode("utf-8") + b"\n")
        except OSError as error:
            raise Closed from error

    def receive(self, kind: type[M], timeout_s: float | None = None) -> M:
        """Raises Closed, and TimeoutError where nothing came in time; the channel is of no use after that."""
        self._socket.settimeout(timeout_s)
        try:
            line = self._incoming.readline()
        except TimeoutError:
            raise
        except OSError as error:
            raise Closed from error
        if not line.endswith(b"\n"):
            raise Closed
        return kind.model_validate_json(line)

    def ask(self, message: BaseModel, kind: type[M], timeout_s: float | None = None) -> M:
        with self._lock:
            self.send(message)
            return self.receive(kind, timeout_s)

    def close(self) -> None:
        self._incoming.close()
        self._socket.close()


def pair() -> tuple[socket.socket, socket.socket]:
    return socket.socketpair()
