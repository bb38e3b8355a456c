"""The two faces of CJ: what becomes of a write, and how a refusal reads.

As it is, CJ acknowledges and does not commit, and every refusal of an admin route is one and the same 500.
Repaired, it commits and its refusals keep status, code and message.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol
from uuid import uuid4

from starlette.responses import Response

from eng5_pipeline.sandbox.http.answers import json_answer
from eng5_pipeline.sandbox.http.settings import Face
from eng5_pipeline.sandbox.kept.store import Store

SERVICE = "cj_assessment_service"


@dataclass(eq=False)
class Refusal(Exception):
    """What CJ has against a request to an admin route; the repaired CJ says so."""

    status: int
    code: str
    message: str
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(eq=False)
class Unforeseen(Exception):
    """An exception that no code of CJ names, known by its class name alone; a 500 in both faces."""

    error_type: str


def invalid(where: str, message: str) -> Refusal:
    return Refusal(400, "VALIDATION_ERROR", message, {"field": where})


def missing(kind: str, resource_id: str, **details: str) -> Refusal:
    return Refusal(
        404,
        "RESOURCE_NOT_FOUND",
        f"{kind} with ID '{resource_id}' not found",
        {"resource_id": resource_id, "resource_type": kind, **details},
    )


class CjFace(Protocol):
    def unit(self) -> AbstractContextManager[sqlite3.Connection]:
        """The transaction of an ordinary write."""

    def refused(self, refusal: Refusal, correlation_id: str) -> Response: ...

    def unforeseen(self, error: Unforeseen) -> Response: ...


@dataclass(frozen=True)
class AsIs:
    store: Store

    def unit(self) -> AbstractContextManager[sqlite3.Connection]:
        return self.store.rolled_back()

    def refused(self, refusal: Refusal, correlation_id: str) -> Response:
        return _same_for_all()

    def unforeseen(self, error: Unforeseen) -> Response:
        return _same_for_all()


def _same_for_all() -> Response:
    return json_answer(
        {
            "error": "Internal server error",
            "message": "An unexpected error occurred",
            "service": SERVICE,
        },
        500,
    )


@dataclass(frozen=True)
class Repaired:
    store: Store

    def unit(self) -> AbstractContextManager[sqlite3.Connection]:
        return self.store.committed()

    def refused(self, refusal: Refusal, correlation_id: str) -> Response:
        return json_answer(
            {
                "error": {
                    "code": refusal.code,
                    "correlation_id": correlation_id,
                    "details": dict(refusal.details),
                    "message": refusal.message,
                    "service": SERVICE,
                    "timestamp": self._now(),
                }
            },
            refusal.status,
        )

    def unforeseen(self, error: Unforeseen) -> Response:
        return json_answer(
            {
                "error": {
                    "code": "UNKNOWN_ERROR",
                    "correlation_id": str(uuid4()),
                    "details": {"error_type": error.error_type},
                    "message": "An unexpected error occurred",
                    "service": "unknown",
                    "timestamp": self._now(),
                }
            },
            500,
        )

    def _now(self) -> str:
        return self.store.clock().isoformat(timespec="microseconds")


CJ_FACES: Mapping[Face, Callable[[Store], CjFace]] = {"as-is": AsIs, "repaired": Repaired}
