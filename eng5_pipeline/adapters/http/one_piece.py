"""httpx's transport, with the head and the body of a request sent in one piece.

httpx writes them apart. Each write lets go of the interpreter's lock and has to wait for it again, and of ten threads
that upload at the same time the others are in between.
"""

from __future__ import annotations

import ssl
from contextlib import suppress
from typing import Any

import httpcore
import httpx

LARGEST_PIECE = 64 << 10
"""Bytes; what is larger gains nothing and is sent as it comes."""

IDLE_SECONDS = 5.0
"""After so long a connection is not used again: the service may be closing it at this moment."""


class OnePieceTransport(httpx.HTTPTransport):
    """For one thread: a connection is kept for its next request."""

    def __init__(self, trust: ssl.SSLContext) -> None:
        super().__init__(verify=trust, trust_env=False)
        # httpx offers no other way to its network; a test holds that this one is taken.
        self._pool = httpcore.ConnectionPool(
            ssl_context=trust, keepalive_expiry=IDLE_SECONDS, network_backend=_Network()
        )


class _Network(httpcore.NetworkBackend):
    def __init__(self) -> None:
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(self, *where: Any, **how: Any) -> httpcore.NetworkStream:
        return _Stream(self._sockets.connect_tcp(*where, **how))


class _Stream(httpcore.NetworkStream):
    """Holds what is written until an answer is read."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream
        self._held = b""
        self._timeout: float | None = None

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if len(self._held) + len(buffer) > LARGEST_PIECE:
            self._send()
            self._stream.write(buffer, timeout)
        else:
            self._held += buffer
            self._timeout = timeout

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with suppress(httpcore.WriteError):  # a service that refused before it had read all has answered
            self._send()
        return self._stream.read(max_bytes, timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(self, *how: Any, **more: Any) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(*how, **more))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def _send(self) -> None:
        held, self._held = self._held, b""
        if held:
            self._stream.write(held, self._timeout)
