"""Values of the platform's topics, in the captured shapes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

CAPTURES = Path(__file__).parents[1] / "contracts" / "captures"
_SPACE = UUID(int=7)
_FAILED_CALL = {"error_code": "EXTERNAL_SERVICE_ERROR", "message": "simulated"}


def feed(name: str) -> list[dict[str, Any]]:
    """The records of a captured batch: topic, key, timestamp, value (the value's text)."""
    lines = (CAPTURES / "feeds" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def _id(*parts: object) -> str:
    return str(uuid5(_SPACE, "/".join(str(part) for part in parts)))


def comparison(batch: UUID, a: str, b: str, number: int, *, job: str = "1", winner: str | None = "Essay A") -> bytes:
    """A comparison won by the first slot unless told otherwise; None is a failed call."""
    error = None if winner else _FAILED_CALL
    data = {
        "request_id": _id(batch, job, number),
        "winner": winner,
        "error_detail": error,
        "provider": "mock",
        "model": "mock-model-v1",
        "token_usage": {"prompt_tokens": 90, "completion_tokens": 10, "total_tokens": 100},
        "cost_estimate": 0.0000004 if winner else 0.0,
        "requested_at": "2026-11-22T09:45:14.264759Z",
        "completed_at": "2026-11-22T09:45:14.573219Z",
        "request_metadata": {
            "essay_a_id": a,
            "essay_b_id": b,
            "bos_batch_id": str(batch),
            "cj_batch_id": job,
            "prompt_sha256": "0" * 64,
            "resolved_provider": "mock",
            "resolved_model": "mock-model-v1",
        },
    }
    return _envelope(_id("comparison", batch, job, number), data)


def with_error(comparison: bytes) -> bytes:
    event = json.loads(comparison)
    event["data"]["error_detail"] = _FAILED_CALL
    return json.dumps(event).encode()


def completed(batch: UUID, essays: list[str], *, job: str = "1", status: str = "completed_successfully") -> bytes:
    summary = {"total_essays": len(essays), "successful_essay_ids": essays, "failed_essay_ids": []}
    data = {
        "entity_id": str(batch),
        "status": status,
        "cj_assessment_job_id": job,
        "processing_summary": summary,
    }
    return _envelope(_id("completed", batch, job), data)


def result(batch: UUID, essays: list[str], *, job: str = "1") -> bytes:
    rows = [
        {"essay_id": essay, "letter_grade": "B", "bt_score": 1.0 - rank, "rank": rank, "is_anchor": False}
        for rank, essay in enumerate(essays, start=1)
    ]
    data = {"batch_id": str(batch), "cj_assessment_job_id": job, "essay_results": rows}
    return _envelope(_id("result", batch, job), data)


def failed(batch: UUID, message: str, *, job: str = "INITIALIZATION_FAILED") -> bytes:
    info = {"error_code": "PROCESSING_ERROR", "error_message": message}
    data = {"entity_id": str(batch), "cj_assessment_job_id": job, "system_metadata": {"error_info": info}}
    return _envelope(_id("failed", batch, job), data)


def _envelope(event_id: str, data: dict[str, Any]) -> bytes:
    return json.dumps({"event_id": event_id, "correlation_id": _id("correlation", event_id), "data": data}).encode()
