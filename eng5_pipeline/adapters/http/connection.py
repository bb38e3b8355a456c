"""Connections over HTTP/1.1: one for each thread, kept for its next request.

They are those of the standard library. A batch of uploads waits for this program's own processor time, threads share
one processor, and httpx takes three times as much of it for each request.
"""

from __future__ import annotations

import select
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection, IncompleteRead, InvalidURL
from typing import NamedTuple, Self
from urllib.parse import SplitResult, urlsplit

from eng5_pipeline.adapters.http import causes
from eng5_pipeline.adapters.http.causes import NoAnswer

CHUNK = 1 << 16

_DEFAULTS = {"User-Agent": "eng5-pipeline", "Accept": "*/*"}


@dataclass(frozen=True)
class Timeouts:
    """Seconds: to connect, for each read and write, and for the whole answer, which who reads it has to watch."""

    connect: float = 5.0
    read: float = 30.0
    write: float = 30.0
    whole: float = 60.0


class Headers(dict[str, str]):
    """Of a request; what they hold, a token may be, is not shown."""

    def __repr__(self) -> str:
        return f"Headers({', '.join(self)})"


class Reply(NamedTuple):
    """An answer whose head is there: header names in lower case, the body as it comes in."""

    status: int
    headers: Mapping[str, str]
    body: Iterator[bytes]


class _OfThread(threading.local):
    """What each thread sees of its own."""

    def __init__(self) -> None:
        self.by_place: dict[str, _OneWrite] = {}
        self.by_url: dict[str, tuple[_OneWrite, str]] = {}


class _OneWrite(HTTPConnection):
    """Keeps head and body of a request together, which would go out one after the other."""

    unsent: tuple[bytes, ...] = ()

    def send(self, data: bytes) -> None:  # type: ignore[override]
        self.unsent += (data,)

    def send_off(self) -> None:
        rest, self.unsent = memoryview(b"".join(self.unsent)), ()
        while rest:  # and not sendall, whose time limit is for all of it
            rest = rest[self.sock.send(rest) :]


class _OneWriteTls(_OneWrite, HTTPSConnection):
    pass


class Connections:
    """Nothing of the environment is used, no redirect followed, no cookie kept. The caller closes them."""

    def __init__(self, trust: ssl.SSLContext) -> None:
        self._trust = trust
        self._of_thread = _OfThread()
        self._opened: list[_OneWrite] = []

    @contextmanager
    def exchange(
        self, method: str, url: str, content: bytes | None, headers: Mapping[str, str], timeouts: Timeouts
    ) -> Iterator[Reply]:
        """Send a request, once. Raises NoAnswer, also while the body of the reply is read."""
        connection, target = self._of_thread.by_url.get(url) or self._found(url)
        try:
            _connect(connection, timeouts.connect)
            _send(connection, method, target, content, _checked(headers), timeouts.write)
            with closing(_head(connection, timeouts.read)) as response:
                _refuse_unusable(response)
                yield Reply(response.status, _headers(response), _body(response))
                whole = response.isclosed()
            if not whole:
                connection.close()
        except BaseException:
            connection.close()  # half a reply may be on its way
            raise

    def close(self) -> None:
        for connection in self._opened:
            connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _found(self, url: str) -> tuple[_OneWrite, str]:
        """The connection to a place, and what is asked for there."""
        place, kept = _split(url), self._of_thread.by_place
        key = f"{place.scheme}://{place.netloc}"
        if key not in kept:
            kept[key] = self._new(place)
            self._opened.append(kept[key])
        target = (place.path or "/") + (f"?{place.query}" if place.query else "")
        return self._of_thread.by_url.setdefault(url, (kept[key], target))

    def _new(self, place: SplitResult) -> _OneWrite:
        try:
            if place.scheme == "https":
                return _OneWriteTls(place.hostname or "", place.port, context=self._trust)
            return _OneWrite(place.hostname or "", place.port)
        except (InvalidURL, ValueError):
            raise NoAnswer(causes.NOT_HTTP_WORDS) from None


def _split(url: str) -> SplitResult:
    try:
        place = urlsplit(url)
        usable = place.scheme in ("http", "https") and place.hostname and place.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise NoAnswer(causes.NOT_HTTP_WORDS)
    return place


def _checked(headers: Mapping[str, str]) -> Headers:
    if not all(value.isascii() for value in headers.values()):
        raise NoAnswer(causes.NOT_HTTP_WORDS)
    return Headers(_DEFAULTS, **headers)


def _connect(connection: _OneWrite, seconds: float) -> None:
    """Afresh, unless the kept connection still stands."""
    if connection.sock is not None and not _has_news(connection.sock):
        return
    connection.close()
    connection.unsent = ()
    connection.timeout = seconds
    try:
        connection.connect()
    except (OSError, UnicodeError) as error:
        raise NoAnswer(causes.of_connecting(error)) from None


def _has_news(idle: socket.socket) -> bool:
    """Whether there is anything to read where nothing was asked: the other side's good-bye."""
    poll = select.poll()
    poll.register(idle, select.POLLIN)
    return bool(poll.poll(0))


def _send(
    connection: _OneWrite,
    method: str,
    target: str,
    content: bytes | None,
    headers: Headers,
    seconds: float,
) -> None:
    _wait_at_most(connection, seconds)
    try:
        connection.request(method, target, content, headers)
        connection.send_off()
    except (BrokenPipeError, ConnectionResetError):
        return  # it may have answered before it had read all, as with 413
    except OSError as error:
        raise NoAnswer(causes.of_sending(error)) from None
    except (ValueError, HTTPException):
        raise NoAnswer(causes.NOT_HTTP_WORDS) from None


def _wait_at_most(connection: _OneWrite, seconds: float) -> None:
    if connection.sock.gettimeout() != seconds:
        connection.sock.settimeout(seconds)


def _head(connection: _OneWrite, seconds: float) -> HTTPResponse:
    _wait_at_most(connection, seconds)
    try:
        return connection.getresponse()
    except (OSError, HTTPException) as error:
        raise NoAnswer(causes.of_waiting(error)) from None


def _refuse_unusable(response: HTTPResponse) -> None:
    if response.status < 200:
        raise NoAnswer(causes.NOT_HTTP)
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise NoAnswer(causes.PACKED)


def _headers(response: HTTPResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in response.getheaders()}


def _body(response: HTTPResponse) -> Iterator[bytes]:
    try:
        while chunk := response.read1(CHUNK):
            yield chunk
            if response.length == 0:
                break  # another look would be another wait
        if response.length:
            raise IncompleteRead(b"", response.length)
    except (OSError, HTTPException) as error:
        raise NoAnswer(causes.of_waiting(error)) from None
    response.close()
