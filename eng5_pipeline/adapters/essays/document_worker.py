"""The child process that opens documents: `python -m eng5_pipeline.adapters.essays.document_worker SECONDS`.

A document comes from anywhere; here it can hang or crash without harm to a run. On stdin each request is two
frames, extension and document, on stdout each answer is one, JSON. The kernel ends the process when a
document takes longer than SECONDS, and it ends by itself when its parent is gone.
"""

from __future__ import annotations

import json
import resource
import signal
import struct
import sys
from contextlib import suppress
from typing import IO

from eng5_pipeline.adapters.essays.text import extract
from eng5_pipeline.adapters.essays.unreadable import Unreadable

LENGTH = struct.Struct(">Q")

MOST_MEMORY = 2 << 30


def read_frame(stream: IO[bytes]) -> bytes | None:
    """None at the end of the stream, also in the middle of a frame."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    body = stream.read(length)
    return body if len(body) == length else None


def write_frame(stream: IO[bytes], body: bytes) -> None:
    stream.write(LENGTH.pack(len(body)))
    stream.write(body)
    stream.flush()


def serve(requests: IO[bytes], answers: IO[bytes], seconds: float) -> None:
    """Answer until the requests end."""
    while (extension := read_frame(requests)) is not None and (data := read_frame(requests)) is not None:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        answer = _answer(extension.decode(), data)
        signal.setitimer(signal.ITIMER_REAL, 0)
        write_frame(answers, answer)


def _answer(extension: str, data: bytes) -> bytes:
    try:
        found = extract(extension, data)
    except Unreadable as why:
        return json.dumps({"reference": why.reference, "what": why.what, "hint": why.hint}).encode()
    return json.dumps({"text": found.text, "left_out": found.left_out}).encode()


def main() -> None:
    with suppress(ValueError, OSError):  # not every system lets a process limit its memory
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    serve(sys.stdin.buffer, sys.stdout.buffer, float(sys.argv[1]))


if __name__ == "__main__":
    main()
