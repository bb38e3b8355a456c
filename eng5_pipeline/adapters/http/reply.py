"""An answer as it comes over a connection (RFC 9112): its head, then its body piece by piece.

What is not HTTP/1.1 or 1.0 to the letter raises NoAnswer: whatever follows it on the connection could mean anything.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from eng5_pipeline.adapters.http import causes
from eng5_pipeline.adapters.http.causes import NoAnswer

CHUNK = 1 << 16
LONGEST_LINE = 1 << 16
MOST_FIELDS = 100

_STATUS = re.compile(rb"HTTP/1\.([01]) ([1-5]\d\d)(?: [^\r\n]*)?\r?\n")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\0]*)\r?\n")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")
_LENGTH = re.compile(r"\d{1,15}")
_BLANK = (b"\r\n", b"\n")
_WITHOUT_BODY = (204, 304)


class Incoming:
    """What the other side sends, taken from the socket as it is needed."""

    def __init__(self, sock: socket.socket) -> None:
        self.unread = b""
        self._sock = sock

    def line(self) -> bytes:
        """With its end."""
        while (end := self.unread.find(b"\n") + 1) == 0:
            more = self._received()
            if not more or len(self.unread) > LONGEST_LINE:
                raise _not_http()
            self.unread += more
        line, self.unread = self.unread[:end], self.unread[end:]
        return line

    def some(self, most: int) -> bytes:
        """At least a byte, none at the end."""
        found = self.unread or self._received()
        piece, self.unread = found[:most], found[most:]
        return piece

    def _received(self) -> bytes:
        try:
            return self._sock.recv(CHUNK)
        except OSError as error:
            raise NoAnswer(causes.of_waiting(error)) from None


class Head(NamedTuple):
    """Names of fields in lower case; `is_last` where the other side closes the connection after this answer."""

    status: int
    fields: Mapping[str, str]
    is_last: bool


def read_head(incoming: Incoming) -> Head:
    """Of the answer that stands; a `100 Continue` on the way to it is passed over."""
    head = _head(incoming)
    while head.status == 100:
        head = _head(incoming)
    return head


class Body:
    """What follows a head. `ended` once it was read to its end, and a next answer may follow."""

    def __init__(self, incoming: Incoming, head: Head) -> None:
        self.ended = False
        self._incoming = incoming
        self._head = head

    def __iter__(self) -> Iterator[bytes]:
        """By the first of the rules of section 6.3 that applies; no request here is a HEAD."""
        status, fields, is_last = self._head
        if status in _WITHOUT_BODY:
            pass
        elif "transfer-encoding" in fields:
            yield from self._chunks(fields["transfer-encoding"])
        elif "content-length" in fields:
            yield from self._exactly(_decimal(fields["content-length"]))
        else:
            while piece := self._incoming.some(CHUNK):
                yield piece
            is_last = True
        self.ended = not is_last and not self._incoming.unread

    def _exactly(self, size: int) -> Iterator[bytes]:
        while size:
            piece = self._incoming.some(size)
            if not piece:
                raise _not_http()
            size -= len(piece)
            yield piece

    def _chunks(self, coding: str) -> Iterator[bytes]:
        if coding.lower() != "chunked":
            raise NoAnswer(causes.PACKED)
        while size := int(_matched(_CHUNK_SIZE, self._incoming.line())[1], 16):
            yield from self._exactly(size)
            if self._incoming.line() not in _BLANK:
                raise _not_http()
        _fields(self._incoming)


def _head(incoming: Incoming) -> Head:
    status = _matched(_STATUS, incoming.line())
    fields = _fields(incoming)
    is_last = status[1] == b"0" or "close" in fields.get("connection", "").lower()
    return Head(int(status[2]), fields, is_last)


def _fields(incoming: Incoming) -> dict[str, str]:
    """Up to the blank line; a field that comes twice is one list (RFC 9110, section 5.3)."""
    fields: dict[str, str] = {}
    for _ in range(MOST_FIELDS):
        line = incoming.line()
        if line in _BLANK:
            return fields
        field = _matched(_FIELD, line)
        name, value = field[1].decode("ascii").lower(), field[2].decode("latin-1").rstrip(" \t")
        fields[name] = f"{fields[name]}, {value}" if name in fields else value
    raise _not_http()


def _matched(form: re.Pattern[bytes], line: bytes) -> re.Match[bytes]:
    match = form.fullmatch(line)
    if match is None:
        raise _not_http()
    return match


def _decimal(length: str) -> int:
    if not _LENGTH.fullmatch(length) or not length.isascii():
        raise _not_http()
    return int(length)


def _not_http() -> NoAnswer:
    return NoAnswer(causes.NOT_HTTP)
