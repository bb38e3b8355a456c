"""One ASGI application on a port of 127.0.0.1, in a thread of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
from types import TracebackType
from typing import cast

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from eng5_pipeline.sandbox.http.faults import TRANSPORT

HOST = "127.0.0.1"
SERVER = "hypercorn-h11"
"""What the real services call themselves."""

KEEP_ALIVE_SECONDS = 60
START_SECONDS = 10.0
STOP_SECONDS = 5.0


class RawH11Protocol(H11Protocol):
    """Hands each request the transport of its connection, so that a fault can reach the socket."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn does
        super().connection_made(transport)
        app = cast(ASGIApp, self.app)

        async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, "extensions": {TRANSPORT: transport}}, receive, send)

        self.app = with_transport


class _Server(uvicorn.Server):
    """Tells when it accepts, and at its end waits for no client: open connections are closed at once."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.accepting = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.accepting.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await super().shutdown(sockets)


class HttpServer:
    """Serves from `start` to `stop`, or as a context manager. Port 0 takes a free one.

    Raises OSError at once where the port is taken. What was stopped is not started again: make a new one.
    """

    def __init__(self, app: ASGIApp, port: int = 0) -> None:
        self._socket = _listening(port)
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://{HOST}:{self.port}"
        self._server = _Server(_config(app))
        self._thread = threading.Thread(target=self._run, name=f"http-{self.port}", daemon=True)

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])

    def start(self) -> None:
        """Returns when requests are answered."""
        self._thread.start()
        if not self._server.accepting.wait(START_SECONDS):
            raise TimeoutError(f"no answer on port {self.port} within {START_SECONDS} s")

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(STOP_SECONDS)
        self._socket.close()

    def __enter__(self) -> HttpServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _listening(port: int) -> socket.socket:
    # Named as TCP: asyncio turns Nagle's delay (40 ms an answer) off only where it reads this of a socket.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        listening.listen()
    except OSError:
        listening.close()
        raise
    return listening


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=RawH11Protocol,
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        headers=[("server", SERVER)],
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=1,
    )
