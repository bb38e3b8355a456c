"""Requests through httpx: one connection pool for all threads, each request sent once, each failure by its cause.

It is httpx's transport that is asked, not its client: no redirect is followed, no cookie kept, nothing of the
environment used, and a request costs half the processor time, for which the threads of an upload wait.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import NamedTuple, Self

import httpx

from eng5_pipeline.adapters.http import causes
from eng5_pipeline.adapters.http.causes import NoAnswer

_DEFAULTS = {"User-Agent": "eng5-pipeline", "Accept": "*/*"}
_AS_MANY_AS_THREADS = httpx.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=30.0)


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
    """A context manager: leaving it closes them."""

    def __init__(self, trust: ssl.SSLContext) -> None:
        self._transport = httpx.HTTPTransport(verify=trust, trust_env=False, limits=_AS_MANY_AS_THREADS)

    @contextmanager
    def exchange(
        self, method: str, url: str, content: bytes | None, headers: Mapping[str, str], timeouts: Timeouts
    ) -> Iterator[Reply]:
        """Send a request, once. Raises NoAnswer, also while the body of the reply is read."""
        with closing(self._sent(_request(method, url, content, headers, timeouts))) as response:
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise NoAnswer(causes.PACKED)
            yield Reply(response.status_code, response.headers, _body(response))

    def close(self) -> None:
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _sent(self, request: httpx.Request) -> httpx.Response:
        try:
            return self._transport.handle_request(request)
        except (httpx.TransportError, UnicodeError) as error:
            raise NoAnswer(causes.of(error)) from None


def _request(
    method: str, url: str, content: bytes | None, headers: Mapping[str, str], timeouts: Timeouts
) -> httpx.Request:
    limits = {"connect": timeouts.connect, "read": timeouts.read, "write": timeouts.write, "pool": None}
    try:
        place = httpx.URL(url)
        if not place.host:
            raise NoAnswer(causes.NOT_HTTP_WORDS)
        return httpx.Request(
            method, place, headers={**_DEFAULTS, **headers}, content=content, extensions={"timeout": limits}
        )
    except (httpx.InvalidURL, ValueError):
        raise NoAnswer(causes.NOT_HTTP_WORDS) from None


def _body(response: httpx.Response) -> Iterator[bytes]:
    try:
        yield from response.iter_raw()
    except httpx.TransportError as error:
        raise NoAnswer(causes.of(error)) from None
