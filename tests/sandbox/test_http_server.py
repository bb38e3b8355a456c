from __future__ import annotations

import socket
import time

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from eng5_pipeline.sandbox.http.server import HttpServer
from tests.support import web


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    await Request(scope, receive).body()
    await PlainTextResponse("hello")(scope, receive, send)


async def waits(_scope: Scope, receive: Receive, _send: Send) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def test_a_started_server_answers_at_once() -> None:
    with HttpServer(hello) as server:
        assert web.get(server.url).text == "hello"


def test_a_taken_port_is_an_error_before_anything_is_served() -> None:
    with HttpServer(hello) as server, pytest.raises(OSError, match="in use"):
        HttpServer(hello, server.port)


def test_a_port_can_be_taken_again_as_soon_as_its_server_has_stopped() -> None:
    with HttpServer(hello) as first, web.client() as client:
        client.get(first.url)
    with HttpServer(hello, first.port) as second:
        assert web.get(second.url).text == "hello"


def test_a_stopped_server_refuses_connections() -> None:
    with HttpServer(hello) as server:
        pass
    with pytest.raises(httpx.ConnectError):
        web.get(server.url)


def test_a_client_that_keeps_its_connection_does_not_hold_up_the_end() -> None:
    with web.client() as client:
        server = HttpServer(hello)
        server.start()
        client.get(server.url)
        started = time.monotonic()
        server.stop()
    assert time.monotonic() - started < 1


def test_a_request_that_waits_does_not_hold_up_the_end() -> None:
    server = HttpServer(waits)
    server.start()
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        started = time.monotonic()
        server.stop()
        assert time.monotonic() - started < 1
        assert client.recv(1) == b""


def test_answers_on_one_connection_come_without_delay() -> None:
    with HttpServer(hello) as server, web.client() as client:
        client.get(server.url)
        started = time.monotonic()
        for _ in range(50):
            client.post(server.url, content=b"x" * 3000)
        assert time.monotonic() - started < 1


def test_the_server_names_itself_as_the_real_services_do() -> None:
    with HttpServer(hello) as server:
        assert web.get(server.url).headers["server"] == "hypercorn-h11"
