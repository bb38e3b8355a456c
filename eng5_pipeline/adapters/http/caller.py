"""HTTP to the platform's services: one client, one way to send, one place that tells the failures apart.

    content-unreachable   name not found, connection refused, no route, connection lost, not HTTP
    content-timeout       no connection in time, no answer in time, an answer that never ends
    content-tls           the certificate or the handshake
    content-redirected    a redirect is never followed: it would carry the token to another place
    content-too-large     an answer beyond what is read
    content-not-json      a page, or bytes that are not JSON
    content-unexpected    JSON in a form that is not known
    content-refused       a status of 4xx that is not wanted, with the service's own message
    content-failed        any other status that is not wanted
    content-address       the address or a header is not valid HTTP

and the same with `cj-`. No message holds a header, a query or what was sent.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError

from eng5_pipeline.adapters.http.causes import NEVER_ENDS, Cause, NoAnswer
from eng5_pipeline.adapters.http.connection import Reply
from eng5_pipeline.adapters.http.connection import Timeouts as Timeouts
from eng5_pipeline.contracts.http import read_error
from eng5_pipeline.errors import ServiceFailed

JSON_LIMIT = 1 << 20
"""The most bytes that are read of an answer, unless a call says otherwise."""

SAID_LIMIT = 300
"""The most characters of a service's own words that a message repeats."""

_ECHO = 16

P = TypeVar("P", bound=BaseModel)


USUAL_TIMEOUTS = Timeouts()

CHECK_TIMEOUTS = Timeouts(connect=3.0, read=5.0, write=5.0, whole=5.0)
"""For a look whether a service is there."""


@dataclass(frozen=True)
class Service:
    """How errors name a service: the first word of their references, its title, where its address is set."""

    key: Literal["content", "cj"]
    title: str
    variable: str


CONTENT = Service("content", "the Content Service", "CONTENT_SERVICE_URL")
CJ = Service("cj", "CJ", "CJ_SERVICE_URL")


class TransportFailed(ServiceFailed):
    """No whole answer came. `passing` where the same request may succeed a moment later."""

    def __init__(self, reference: str, what: str, *, hint: str, passing: bool) -> None:
        super().__init__(reference, what, hint=hint)
        self.passing = passing

    def after(self, attempts: int) -> TransportFailed:
        """The same failure, saying how often it was tried."""
        what = f"{self.what} (tried {attempts} times)"
        return TransportFailed(self.reference, what, hint=self.hint, passing=self.passing)


@dataclass(frozen=True)
class Answer:
    """A whole answer of any status but a redirect; header names in lower case, `url` as it may be shown."""

    status: int
    url: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_page(self) -> bool:
        """A page for people, as a proxy or a wrong address sends."""
        return "html" in self.headers.get("content-type", "") or self.body.lstrip()[:1] == b"<"


class Client(Protocol):
    """What sends requests: `Connections`."""

    def exchange(
        self, method: str, url: str, content: bytes | None, headers: Mapping[str, str], timeouts: Timeouts
    ) -> AbstractContextManager[Reply]: ...


@dataclass(frozen=True)
class HttpCaller:
    """Sends requests to one service and says its failures in that service's name. Safe in several threads."""

    service: Service
    client: Client
    monotonic: Callable[[], float]
    timeouts: Timeouts = USUAL_TIMEOUTS

    def send(
        self,
        method: str,
        url: str,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeouts: Timeouts | None = None,
        largest: int = JSON_LIMIT,
    ) -> Answer:
        """One request, once: no retry here (see `retry.RetryPolicy.call`).

        Raises TransportFailed when no whole answer comes, ServiceFailed for a redirect and for an answer of
        more than `largest` bytes. Every other status is returned.
        """
        limits = timeouts or self.timeouts
        until, place = self.monotonic() + limits.whole, shown(url)
        try:
            with self.client.exchange(method, url, content, headers or {}, limits) as reply:
                body = b"".join(self._within(reply.body, place, until, largest))
        except NoAnswer as lost:
            # Not chained: what lies under it may hold a header, and a header the token.
            raise self._lost(place, lost.cause) from None
        return self._answer(reply, place, body)

    def read(self, kind: type[P], answer: Answer) -> P:
        """The answer's JSON as a payload of `contracts.http`."""
        try:
            return kind.model_validate(json.loads(answer.body))
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "the whole"
            what = f"{self._called(answer.url)} answered {answer.status} in a form that is not known: {where}"
            raise self._failed("unexpected", what, f"compare the versions; is it {self._setting}?") from None
        except (ValueError, RecursionError):
            form = "with a page" if answer.is_page else "with something that is not JSON"
            what = f"{self._called(answer.url)} answered {answer.status} {form}"
            raise self._failed("not-json", what, f"is this the service's address?  {self._setting}") from None

    def refused(self, answer: Answer, *, attempts: int = 1, sent: str = "") -> ServiceFailed:
        """To raise for a status that is not wanted: `-refused` for 4xx, else `-failed`.

        `sent` is text that the message must not repeat.
        """
        ending = "refused" if 400 <= answer.status < 500 else "failed"
        times = f" (tried {attempts} times)" if attempts > 1 else ""
        what = f"{self._called(answer.url)} answered {answer.status}{times}: {said(answer, sent=sent)}"
        return self._failed(ending, what, f"see the service's log, and {self._setting}")

    def _answer(self, reply: Reply, url: str, body: bytes) -> Answer:
        if 300 <= reply.status < 400:
            target = shown(reply.headers.get("location", "")) or "nowhere"
            what = f"{self._called(url)} answered {reply.status}: go to {target}"
            raise self._failed("redirected", what, f"set the address that answers itself:  {self._setting}")
        return Answer(status=reply.status, url=url, body=body, headers=reply.headers)

    def _within(self, chunks: Iterator[bytes], url: str, until: float, largest: int) -> Iterator[bytes]:
        size = 0
        for chunk in chunks:
            size += len(chunk)
            if size > largest:
                what = f"{self._called(url)} answered with more than {largest} bytes"
                raise self._failed("too-large", what, f"is this the service's address?  {self._setting}")
            if self.monotonic() > until:
                raise NoAnswer(NEVER_ENDS)
            yield chunk

    def _called(self, url: str) -> str:
        return f"{self.service.title} at {url}"

    @property
    def _setting(self) -> str:
        return f"{self.service.variable}, or services.{self.service.key} in the spec"

    def _failed(self, ending: str, what: str, hint: str) -> ServiceFailed:
        return ServiceFailed(f"{self.service.key}-{ending}", what, hint=hint)

    def _lost(self, url: str, cause: Cause) -> TransportFailed:
        reference, what = f"{self.service.key}-{cause.ending}", f"{self._called(url)} {cause.text}"
        hint = f"see that it runs and that the address is right ({self._setting}):  eng5-pipeline doctor SPEC"
        return TransportFailed(reference, what, hint=hint, passing=cause.passing)


def shown(url: str) -> str:
    """An address as a message may show it: without user, password, query and fragment."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
        host = parts.hostname or ""
    except ValueError:
        return "an address that cannot be read"
    place = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{place}{port}{parts.path}" if parts.scheme else parts.path


def said(answer: Answer, *, sent: str = "") -> str:
    """The service's own message in one line, without any run of `sent`, which it may have repeated."""
    body = read_error(answer.body)
    if body is None:
        return "a page, no message" if answer.is_page else "no message"
    line = one_line(f"{body.code}: {body.text}" if body.code else body.text)[:SAID_LIMIT]
    return "a message that repeats what was sent" if _repeats(line, one_line(sent)) else line


def one_line(text: str) -> str:
    """Foreign words made safe for a terminal: one line, nothing that does not print."""
    return "".join(char for char in " ".join(text.split()) if char.isprintable())


def _repeats(line: str, sent: str) -> bool:
    starts = range(max(0, len(line) - _ECHO) + 1)
    return bool(sent) and any(line[at : at + _ECHO] in sent for at in starts)
