"""Requests through httpx: connections kept for the next one, each request sent once, each failure by its cause.

It is httpx's transport that is asked, not its client: no redirect is followed, no cookie kept, nothing of the
environment used. And a request costs half the processor time, for which all threads of an upload wait.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, Self

import httpx

from eng5_pipeline.adapters.http import causes
from eng5_pipeline.adapters.http.causes import NoAnswer
from eng5_pipeline.adapters.http.one_piece import OnePieceTransport

_DEFAULTS = {"User-Agent": "eng5-pipeline"}


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
    """A context manager: leaving it closes them. Each thread has a transport of its own and waits for no other's."""

    def __init__(self, trust: ssl.SSLContext) -> None:
        self._trust = trust
        self._of_thread = threading.local()
        self._opened: list[httpx.BaseTransport] = []
        self._place = lru_cache(maxsize=64)(_place)  # a batch asks one address a thousand times

    @contextmanager
    def exchange(
        self, method: str, url: str, content: bytes | None, headers: Mapping[str, str], timeouts: Timeouts
    ) -> Iterator[Reply]:
        """Send a request, once. Raises NoAnswer, also while the body of the reply is read."""
        request = _request(method, self._place(url), content, headers, timeouts)
        with closing(self._sent(request)) as response:
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise NoAnswer(causes.PACKED)
            yield Reply(response.status_code, response.headers, _body(response))

    def close(self) -> None:
        for transport in self._opened:
            transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _sent(self, request: httpx.Request) -> httpx.Response:
        try:
            return self._transport().handle_request(request)
        except (httpx.TransportError, UnicodeError) as error:
            raise NoAnswer(causes.of(error)) from None

    def _transport(self) -> httpx.BaseTransport:
        found: httpx.BaseTransport | None = getattr(self._of_thread, "transport", None)
        if found is None:
            found = self._of_thread.transport = OnePieceTransport(self._trust)
            self._opened.append(found)
        return found


def _place(url: str) -> httpx.URL:
    try:
        place = httpx.URL(url)
    except httpx.InvalidURL:
        raise NoAnswer(causes.NOT_HTTP_WORDS) from None
    if not place.host:
        raise NoAnswer(causes.NOT_HTTP_WORDS)
    return place


def _request(
    method: str, place: httpx.URL, content: bytes | None, headers: Mapping[str, str], timeouts: Timeouts
) -> httpx.Request:
    limits = {"connect": timeouts.connect, "read": timeouts.read, "write": timeouts.write, "pool": None}
    told = {**_DEFAULTS, **headers}
    try:
        return httpx.Request(method, place, headers=told, content=content, extensions={"timeout": limits})
    except ValueError:
        raise NoAnswer(causes.NOT_HTTP_WORDS) from None


def _body(response: httpx.Response) -> Iterator[bytes]:
    try:
        yield from response.iter_raw()
    except httpx.TransportError as error:
        raise NoAnswer(causes.of(error)) from None
