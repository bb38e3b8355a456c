"""A Content Service that answers fast and counts, in a process of its own.

`python -m tests.support.fast_content MILLISECONDS GATHERED` prints its port, and answers each upload after so long, but
none before so many are there at the same time. It is on asyncio's bare streams, so that it is no bottleneck itself.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import selectors
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


class Service:
    """`bodies` are what was stored; from upload number `fails_from` on it refuses.

    What is measured beside it pays for each step of an upload here, so that nothing is digested before it is asked for.
    """

    def __init__(self, seconds: float, gathered: int) -> None:
        self.seconds = seconds
        self.gathered = gathered
        self.bodies: list[bytes] = []
        self._counts: Counter[str] = Counter()
        self.fails_from = sys.maxsize
        self.at_once = self.most_at_once = 0

    def post(self, body: bytes) -> bytes:
        number = len(self.bodies) + 1
        if number >= self.fails_from:
            return _answer(400, {"error": {"error_code": "VALIDATION_ERROR", "message": "no more"}})
        self.bodies.append(body)
        return _STORED % number

    def get(self, path: str) -> bytes:
        """`/counts`, or `/fail/N` to refuse from the Nth upload on."""
        if path.startswith("/fail/"):
            self.fails_from = int(path.removeprefix("/fail/"))
        new = self.bodies[self._counts.total() :]
        self._counts.update(hashlib.sha256(body).hexdigest() for body in new)
        return _answer(200, {"counts": self._counts, "at_once": self.at_once, "most_at_once": self.most_at_once})

    def begin(self) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)

    def gathering(self) -> bool:
        return self.most_at_once < self.gathered

    def end(self) -> None:
        self.at_once -= 1


class _Connection(asyncio.Protocol):
    def __init__(self, service: Service, loop: asyncio.AbstractEventLoop) -> None:
        self._service = service
        self._loop = loop
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, rest = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        size = int(length[1]) if length else 0
        if not found or len(rest) < size:
            return
        self._received = rest[size:]
        method, path, _ = head.split(b" ", 2)
        if method == b"POST":
            self._service.begin()
            self._loop.call_later(self._service.seconds, self._answer_post, rest[:size])
        else:
            self._transport.write(self._service.get(path.decode()))

    def _answer_post(self, body: bytes) -> None:
        if self._service.gathering():
            self._loop.call_later(self._service.seconds, self._answer_post, body)
            return
        self._service.end()
        answer = self._service.post(body)
        if not self._transport.is_closing():
            self._transport.write(answer)


def _answer(status: int, body: object) -> bytes:
    content = json.dumps(body).encode()
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content


_STORED = _answer(201, {"storage_id": f"{0:032x}", "correlation_id": "c"}).replace(b"0" * 32, b"%032x")


@dataclass(frozen=True)
class FastContent:
    """The service as its user sees it."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1/content"

    def counts(self) -> dict[str, int]:
        """How often each text was stored, by its digest."""
        counts: dict[str, int] = self._ask("/counts")["counts"]
        return counts

    def at_once(self) -> int:
        """How many uploads have come and are not stored yet."""
        now: int = self._ask("/counts")["at_once"]
        return now

    def most_at_once(self) -> int:
        most: int = self._ask("/counts")["most_at_once"]
        return most

    def fail_from(self, number: int) -> None:
        """Refuse from the upload of this number on."""
        self._ask(f"/fail/{number}")

    def heal(self) -> None:
        self.fail_from(sys.maxsize)

    def _ask(self, path: str) -> dict[str, Any]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}") as answer:
            said: dict[str, Any] = json.load(answer)
        return said


@contextmanager
def fast_content(milliseconds: float = 0.0, gathered: int = 1) -> Iterator[FastContent]:
    """`gathered` uploads must be under way at the same time before the first is answered."""
    command = [sys.executable, "-m", "tests.support.fast_content", str(milliseconds), str(gathered)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            yield FastContent(int(process.stdout.readline()))
        finally:
            process.kill()


async def _serve(service: Service) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(service, loop), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    # select() takes microseconds where epoll rounds up to a whole millisecond.
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())) as runner:
        runner.run(_serve(Service(float(sys.argv[1]) / 1000, int(sys.argv[2]))))
