"""The Content Service over HTTP."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from eng5_pipeline.adapters.http.caller import CHECK_TIMEOUTS, HttpCaller, Timeouts, one_line, shown
from eng5_pipeline.adapters.http.retry import Retrier
from eng5_pipeline.contracts import http as wire
from eng5_pipeline.errors import ServiceFailed
from eng5_pipeline.ports import StoredContent

LARGEST_CONTENT = 16 << 20
"""Bytes that the service takes in one upload."""

_STORAGE_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class HttpContentStore:
    """`url` is where content is posted to, such as http://localhost:8001/v1/content."""

    url: str
    caller: HttpCaller
    retrier: Retrier
    check_timeouts: Timeouts = CHECK_TIMEOUTS

    def check(self) -> None:
        """One look at /healthz, without a second try."""
        answer = self.caller.send("GET", health_address(self.url), timeouts=self.check_timeouts)
        if not answer.ok:
            raise self.caller.refused(answer)
        self.caller.read(wire.Health, answer)  # a page, a proxy's or a login's, is not the service

    def put(self, body: bytes) -> StoredContent:
        """Store `body`, UTF-8 text, under a new id. The service keeps two copies of what is sent twice."""
        tried = self.retrier.call(
            lambda: self.caller.send(
                "POST", self.url, content=body, headers={"Content-Type": "text/plain; charset=utf-8"}
            )
        )
        if tried.answer.status != 201:
            sent = body.decode("utf-8", "replace")
            raise self.caller.refused(tried.answer, attempts=tried.attempts, sent=sent)
        stored = self.caller.read(wire.StoredContent, tried.answer)
        return StoredContent(storage_id=self._storage_id(stored.storage_id), attempts=tried.attempts)

    def get(self, storage_id: str) -> bytes:
        address = f"{self.url.rstrip('/')}/{storage_id}"
        tried = self.retrier.call(lambda: self.caller.send("GET", address, largest=LARGEST_CONTENT))
        if not tried.answer.ok:
            raise self.caller.refused(tried.answer, attempts=tried.attempts)
        return tried.answer.body

    def _storage_id(self, given: str) -> str:
        if _STORAGE_ID.fullmatch(given):
            return given
        what = f"the Content Service at {shown(self.url)} gave a storage id that is none: {one_line(given)[:64]}"
        raise ServiceFailed("content-unexpected", what, hint="compare the service's version; nothing was kept")


def health_address(url: str) -> str:
    """/healthz on the service's root, whatever path content is posted to."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, "/healthz", "", ""))
