"""Connections: kept and used again, opened anew where the other side went away, read to the end of an answer."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from eng5_pipeline.adapters.http.causes import NoAnswer
from eng5_pipeline.adapters.http.connection import Connections, Headers, Timeouts
from tests.support.raw_server import says, serving

SHORT = Timeouts(connect=1.0, read=1.0, write=1.0)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture
def connections() -> Iterator[Connections]:
    with Connections(ssl.create_default_context()) as made:
        yield made


def get(connections: Connections, url: str, content: bytes | None = None) -> tuple[int, bytes]:
    method = "GET" if content is None else "POST"
    with connections.exchange(method, url, content, {}, SHORT) as reply:
        return reply.status, b"".join(reply.body)


def cause(connections: Connections, url: str) -> str:
    with pytest.raises(NoAnswer) as why:
        get(connections, url)
    return why.value.cause.text


class Counting:
    """Answers `answers` requests of each connection, then goes away; `connections` is how many there were."""

    def __init__(self, answers: int) -> None:
        self.connections = 0
        self.gone = threading.Event()
        self._answers = answers

    def __call__(self, connection: socket.socket) -> None:
        self.connections += 1
        for _ in range(self._answers):
            connection.recv(65536)
            connection.sendall(OK)
        connection.shutdown(socket.SHUT_RDWR)
        self.gone.set()


def test_a_connection_is_used_again(connections: Connections) -> None:
    server = Counting(answers=3)
    with serving(server) as url:
        assert [get(connections, url) for _ in range(3)] == [(200, b"ok")] * 3
    assert server.connections == 1


def test_one_that_the_service_closed_meanwhile_is_opened_anew(connections: Connections) -> None:
    server = Counting(answers=1)
    with serving(server) as url:
        for _ in range(3):
            get(connections, url)
            assert server.gone.wait(5)
            server.gone.clear()
    assert server.connections == 3


def test_each_thread_has_a_connection_of_its_own(connections: Connections) -> None:
    meeting = threading.Barrier(3, timeout=5)

    def talk(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(OK)

    def ask(url: str) -> tuple[int, bytes]:
        with connections.exchange("GET", url, None, {}, SHORT) as reply:
            meeting.wait()
            return reply.status, b"".join(reply.body)

    with serving(talk) as url, ThreadPoolExecutor(3) as pool:
        assert list(pool.map(ask, [url] * 3)) == [(200, b"ok")] * 3


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", b"abcde"),
        (b"HTTP/1.1 200 OK\r\n\r\nuntil the end", b"until the end"),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold", b"old"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", b"ok"),
        (b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", b"ok"),
        (b"HTTP/1.1 200\ncontent-length:2\n\nok", b"ok"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nTrailer: x\r\n\r\n", b"a"),
    ],
    ids=["chunked", "closed", "HTTP/1.0", "nothing", "after a 100", "after a 103", "bare line ends", "a trailer"],
)
def test_an_answer_is_read_to_its_end_however_it_is_told(connections: Connections, answer: bytes, body: bytes) -> None:
    with serving(says(answer)) as url:
        assert get(connections, url)[1] == body


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n",
        b"HTTP/1.1 2hundred OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 200_000,
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
    ],
    ids=[
        "half a chunk",
        "no size",
        "no status",
        "a line without end",
        "no field",
        "two lengths",
        "less than nothing",
        "a chunk too long",
    ],
)
def test_what_is_no_whole_http_is_told(connections: Connections, answer: bytes) -> None:
    with serving(says(answer)) as url:
        assert cause(connections, url) == "broke off, or does not speak HTTP"


def test_a_packed_answer_is_told(connections: Connections) -> None:
    with serving(says(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nxx")) as url:
        assert cause(connections, url) == "sent an answer that cannot be unpacked"


def test_a_refusal_that_comes_before_all_was_taken_is_heard(connections: Connections) -> None:
    with serving(says(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig")) as url:
        assert get(connections, url, b"x" * (8 << 20)) == (413, b"big")


def test_head_and_body_of_a_small_request_come_in_one_piece(connections: Connections) -> None:
    """Ten uploads at a time wait for each other at every piece."""
    pieces = []

    def talk(connection: socket.socket) -> None:
        pieces.append(connection.recv(65536))
        connection.sendall(OK)

    with serving(talk) as url:
        assert get(connections, url, b"An essay.") == (200, b"ok")
    assert [piece.endswith(b"\r\n\r\nAn essay.") for piece in pieces] == [True]


def test_a_large_body_arrives_whole(connections: Connections) -> None:
    sent = b"0123456789abcdef" * (1 << 20)
    received = bytearray()

    def talk(connection: socket.socket) -> None:
        while not received.endswith(sent[-64:]) or len(received) < len(sent):
            received.extend(connection.recv(1 << 20))
        connection.sendall(OK)

    with serving(talk) as url:
        assert get(connections, url, sent) == (200, b"ok")
    assert received.endswith(sent)


def test_after_an_answer_that_nobody_read_the_next_one_is_whole(connections: Connections) -> None:
    with serving(says(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nfirst!")) as url:
        with connections.exchange("GET", url, None, {}, SHORT) as reply:
            assert reply.status == 200
        assert get(connections, url)[1] == b"first!"


def test_a_request_names_its_place_and_its_length(connections: Connections) -> None:
    heard = bytearray()

    def talk(connection: socket.socket) -> None:
        while not heard.endswith("å".encode()):  # the body may come after the head
            heard.extend(connection.recv(65536))
        connection.sendall(OK)

    with serving(talk) as url:
        get(connections, f"{url}?a=1", "å".encode())
    place = url.split("/")[2].encode()
    assert heard.startswith(b"POST /v1/content?a=1 HTTP/1.1\r\nHost: " + place + b"\r\n")
    assert heard.endswith(b"\r\nContent-Length: 2\r\n\r\n\xc3\xa5")


def test_a_path_that_is_none_is_not_asked_for(connections: Connections) -> None:
    assert cause(connections, "http://127.0.0.1:9/a\x00").startswith("was not asked")


def test_a_name_in_other_letters_is_looked_for_and_not_found(connections: Connections) -> None:
    assert cause(connections, "http://å.invalid/") == "has a name that is not found"


def test_what_a_request_carries_is_not_shown() -> None:
    assert repr(Headers({"Authorization": "Bearer abc"})) == "Headers(Authorization)"
