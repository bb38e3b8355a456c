"""How both services read and write bodies: compact ASCII JSON, keys sorted, a newline at its end."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import format_datetime
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response

from eng5_pipeline.sandbox.http.settings import Dates

MAX_BODY = 16 * 1024 * 1024
"""Longer bodies are refused by both services, with a 500."""

WriteDate = Callable[[datetime], str]


def _rfc822(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


WRITE_DATE: Mapping[Dates, WriteDate] = {"rfc822": _rfc822, "iso8601": datetime.isoformat}


def json_text(body: object) -> str:
    return json.dumps(body, sort_keys=True, separators=(",", ":")) + "\n"


def json_answer(body: object, status: int = 200) -> Response:
    return Response(json_text(body), status, media_type="application/json")


def correlation_of(request: Request) -> str:
    """The caller's X-Correlation-ID, else a new one."""
    return request.headers.get("x-correlation-id") or str(uuid4())


def new_storage_id() -> str:
    return uuid4().hex


async def body_of(request: Request) -> bytes | None:
    """The whole body; None where it is longer than MAX_BODY, read to its end all the same."""
    pieces: list[bytes] = []
    length = 0
    async for piece in request.stream():
        length += len(piece)
        if length <= MAX_BODY:
            pieces.append(piece)
    return b"".join(pieces) if length <= MAX_BODY else None
