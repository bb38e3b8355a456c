"""Connections over HTTP/1.1: one for each thread, kept for its next request.

Own ones, for a batch of uploads waits for this program's own processor time: threads share one processor, and for each
request the standard library takes twice as much of it, httpx six times.
"""

from __future__ import annotations

import re
import select
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple, Self
from urllib.parse import SplitResult, urlsplit

from eng5_pipeline.adapters.http import causes
from eng5_pipeline.adapters.http.causes import NoAnswer
from eng5_pipeline.adapters.http.reply import Body, Head, Incoming, read_head

_SENDABLE = re.compile("[\t -~]*")
_TARGET = re.compile("/[!-~]*")
_PORTS = {"http": 80, "https": 443}


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


class Connections:
    """Nothing of the environment is used, no redirect followed, no cookie kept. The caller closes them."""

    def __init__(self, trust: ssl.SSLContext) -> None:
        self._trust = trust
        self._of_thread = _OfThread()
        self._opened: list[_Connection] = []

    @contextmanager
    def exchange(
        self, method: str, url: str, content: bytes | None, headers: Mapping[str, str], timeouts: Timeouts
    ) -> Iterator[Reply]:
        """Send a request, once. Raises NoAnswer, also while the body of the reply is read."""
        connection, target = self._of_thread.by_url.get(url) or self._found(url)
        request = connection.place.request(method, target, content, headers)
        try:
            head, body = connection.ask(request, timeouts)
            yield Reply(head.status, head.fields, iter(body))
        except BaseException:
            connection.close()  # half a reply may be on its way
            raise
        if not body.ended:
            connection.close()

    def close(self) -> None:
        for connection in self._opened:
            connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _found(self, url: str) -> tuple[_Connection, str]:
        """The connection to a place, and what is asked for there."""
        parts, kept = _split(url), self._of_thread.by_place
        place = _Place(parts.scheme, _in_ascii(parts.hostname or ""), parts.port or _PORTS[parts.scheme])
        if place not in kept:
            kept[place] = _Connection(place, self._trust)
            self._opened.append(kept[place])
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if not _TARGET.fullmatch(target):
            raise NoAnswer(causes.NOT_HTTP_WORDS)
        return self._of_thread.by_url.setdefault(url, (kept[place], target))


class _Place(NamedTuple):
    scheme: str
    host: str
    port: int

    def request(self, method: str, target: str, content: bytes | None, headers: Mapping[str, str]) -> bytes:
        """Head and body in one, so that they go out together."""
        fields = {"Host": self._named, "User-Agent": "eng5-pipeline", "Accept": "*/*", "Accept-Encoding": "identity"}
        if content is not None:
            fields["Content-Length"] = str(len(content))
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in {**fields, **headers}.items())]
        if not all(_SENDABLE.fullmatch(line) for line in lines):
            raise NoAnswer(causes.NOT_HTTP_WORDS)
        return "\r\n".join((*lines, "\r\n")).encode("ascii") + (content or b"")

    @property
    def _named(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


class _Connection:
    """To one place, opened when it is needed."""

    def __init__(self, place: _Place, trust: ssl.SSLContext) -> None:
        self.place = place
        self._trust = trust
        self._open: _Open | None = None

    def ask(self, request: bytes, timeouts: Timeouts) -> tuple[Head, Body]:
        if self._open is not None and self._open.has_news():
            self.close()
        if self._open is None:
            self._open = _Open(self._connected(timeouts.connect))
        return self._open.ask(request, timeouts)

    def close(self) -> None:
        if self._open is not None:
            self._open.sock.close()
        self._open = None

    def _connected(self, seconds: float) -> socket.socket:
        scheme, host, port = self.place
        try:
            sock = socket.create_connection((host, port), seconds)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # A handshake that fails closes what it was given.
            return self._trust.wrap_socket(sock, server_hostname=host) if scheme == "https" else sock
        except (OSError, UnicodeError) as error:
            raise NoAnswer(causes.of_connecting(error)) from None


class _Open:
    """A connection that stands."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._incoming = Incoming(sock)
        self._poll = select.poll()
        self._poll.register(sock, select.POLLIN)

    def has_news(self) -> bool:
        """Whether there is anything to read where nothing was asked: the other side's good-bye."""
        return bool(self._poll.poll(0))

    def ask(self, request: bytes, timeouts: Timeouts) -> tuple[Head, Body]:
        self._send(request, timeouts.write)
        self._wait_at_most(timeouts.read)
        head = read_head(self._incoming)
        if head.status < 200:
            raise NoAnswer(causes.NOT_HTTP)
        if head.fields.get("content-encoding", "identity") != "identity":
            raise NoAnswer(causes.PACKED)
        return head, Body(self._incoming, head)

    def _send(self, request: bytes, seconds: float) -> None:
        self._wait_at_most(seconds)
        rest = memoryview(request)
        try:
            while rest:  # and not sendall, whose time limit is for all of it
                rest = rest[self.sock.send(rest) :]
        except (BrokenPipeError, ConnectionResetError):
            return  # it may have answered before it had read all, as with 413
        except OSError as error:
            raise NoAnswer(causes.of_sending(error)) from None

    def _wait_at_most(self, seconds: float) -> None:
        if self.sock.gettimeout() != seconds:
            self.sock.settimeout(seconds)


class _OfThread(threading.local):
    """What each thread sees of its own."""

    def __init__(self) -> None:
        self.by_place: dict[_Place, _Connection] = {}
        self.by_url: dict[str, tuple[_Connection, str]] = {}


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in _PORTS and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise NoAnswer(causes.NOT_HTTP_WORDS)
    return parts


def _in_ascii(host: str) -> str:
    """As it is asked for in the domain name system, and named in a request."""
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        raise NoAnswer(causes.NAME_NOT_FOUND) from None
