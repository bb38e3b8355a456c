"""Misbehaviour on command: which request meets which fault, and the fault itself, down to the socket."""

from __future__ import annotations

import asyncio
import fnmatch
import http
import random
import socket
import struct
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import assert_never

from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from eng5_pipeline.sandbox.http.settings import (
    AnswerStatus,
    Drip,
    FaultRule,
    Garbage,
    HalfBody,
    Hang,
    HtmlPage,
    HttpFaults,
    LostAnswer,
    Misbehaviour,
    NotHttp,
    Redirect,
    Reset,
    Service,
    Slow,
)

TRANSPORT = "sandbox.transport"
"""The scope extension that holds the asyncio transport of the connection."""

GARBAGE = b'\x00\x1f{"id": \xff\xfe'
NOT_HTTP = b"\x15\x03\x01\x00\x02\x02\x46 this is not HTTP\n"
PAGE = "<!doctype html>\n<html><title>Gateway</title><p>You have reached a page, not a service.</p></html>\n"
GLANCE = 0.02
"""Seconds between two looks at whether the client is still there."""


class FaultPlan:
    """The rules in force and how often each has met a request; shared by the threads of both services."""

    def __init__(self, faults: HttpFaults) -> None:
        self._lock = threading.Lock()
        self.replace(faults)

    def replace(self, faults: HttpFaults) -> None:
        with self._lock:
            self.faults = faults
            self._random = random.Random(faults.seed)
            self._met: Counter[int] = Counter()
            self._fired: Counter[int] = Counter()

    def next(self, service: Service, method: str, path: str) -> Misbehaviour | None:
        """What befalls this request; counts it."""
        with self._lock:
            for index, rule in enumerate(self.faults.faults):
                if _meets(rule, service, method, path) and self._fires(index, rule):
                    return rule.do
        return None

    def _fires(self, index: int, rule: FaultRule) -> bool:
        self._met[index] += 1
        spent = rule.times is not None and self._fired[index] >= rule.times
        if self._met[index] <= rule.skip or spent or self._random.random() >= rule.probability:
            return False
        self._fired[index] += 1
        return True


def _meets(rule: FaultRule, service: Service, method: str, path: str) -> bool:
    return (
        rule.service in (None, service)
        and (rule.method is None or rule.method.upper() == method)
        and fnmatch.fnmatchcase(path, rule.path)
    )


@dataclass(frozen=True)
class Asked:
    """One request on its way to the service."""

    app: ASGIApp
    scope: Scope
    receive: Receive
    send: Send

    @property
    def transport(self) -> asyncio.Transport:
        transport = self.scope["extensions"][TRANSPORT]
        assert isinstance(transport, asyncio.Transport)
        return transport

    async def serve(self) -> None:
        await self.app(self.scope, self.receive, self.send)

    async def answer(self, response: Response) -> None:
        await response(self.scope, self.receive, self.send)

    async def gone(self) -> None:
        """Returns when the connection is closed, whoever closed it."""
        while (await self.receive())["type"] != "http.disconnect":
            pass


@dataclass
class Kept:
    """An answer of the service, kept back."""

    start: Message = field(default_factory=dict)
    body: bytes = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = message
        else:
            self.body += message.get("body", b"")


async def misbehave(what: Misbehaviour, asked: Asked) -> None:
    match what:
        case AnswerStatus():
            await asked.answer(_status(what))
        case Garbage():
            await asked.answer(Response(GARBAGE, media_type="application/json"))
        case HtmlPage():
            await asked.answer(HTMLResponse(PAGE, what.status))
        case Redirect():
            await asked.answer(Response(status_code=what.status, headers={"location": what.location}))
        case Reset():
            await _reset(asked)
        case LostAnswer():
            await asked.app(asked.scope, asked.receive, Kept().send)
            await _reset(asked)
        case Hang():
            await asked.gone()
        case HalfBody():
            await _half(asked)
        case NotHttp():
            await _end(asked, NOT_HTTP)
        case Slow():
            if await _wait(asked, what.seconds):
                await asked.serve()
        case Drip():
            await _drip(asked, what.seconds)
        case _:
            assert_never(what)


def _status(what: AnswerStatus) -> Response:
    try:
        phrase = http.HTTPStatus(what.status).phrase
    except ValueError:
        phrase = f"Status {what.status}"
    headers = {} if what.retry_after is None else {"retry-after": str(what.retry_after)}
    return JSONResponse({"error": phrase}, what.status, headers)


async def _reset(asked: Asked) -> None:
    """Closing with a linger time of zero makes the kernel send RST instead of FIN."""
    raw = asked.transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    asked.transport.abort()
    await asked.gone()


async def _end(asked: Asked, last: bytes) -> None:
    asked.transport.write(last)
    asked.transport.close()
    await asked.gone()


async def _half(asked: Asked) -> None:
    kept = Kept()
    await asked.app(asked.scope, asked.receive, kept.send)
    await asked.send(kept.start)
    await asked.send(_piece(kept.body[: len(kept.body) // 2]))
    await _end(asked, b"")


async def _drip(asked: Asked, seconds: float) -> None:
    kept = Kept()
    await asked.app(asked.scope, asked.receive, kept.send)
    await asked.send(kept.start)
    for piece in _bytes(kept.body):
        if not await _wait(asked, seconds):
            return
        await asked.send(_piece(piece))
    await asked.send({"type": "http.response.body", "body": b"", "more_body": False})


def _bytes(body: bytes) -> Sequence[bytes]:
    return [body[i : i + 1] for i in range(len(body))]


def _piece(body: bytes) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": True}


async def _wait(asked: Asked, seconds: float) -> bool:
    """Whether the connection still stands after so many seconds; returns early if it does not."""
    clock = asyncio.get_running_loop().time
    end = clock() + seconds
    while not asked.transport.is_closing():
        if (left := end - clock()) <= 0:
            return True
        await asyncio.sleep(min(GLANCE, left))
    return False
