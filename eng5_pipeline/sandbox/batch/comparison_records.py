"""The records of the LLM provider service: one for each comparison, field for field as captured."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from eng5_pipeline.contracts.topics import COMPARISON
from eng5_pipeline.sandbox.batch.batches import Pair
from eng5_pipeline.sandbox.batch.judge import MODEL, PROVIDER, Answer, NoAnswer
from eng5_pipeline.sandbox.batch.records import Json, Pen, Record, Source, zulu

EVENT_TYPE = "LLMComparisonResultV1"
SERVICE: Source = "llm_provider_service"


@dataclass(frozen=True)
class Bundle:
    """The wave a comparison was sent off with, where the request asked for bundles."""

    iteration: int
    mode: str
    size: int


@dataclass(frozen=True)
class Asked:
    """One comparison as it was sent off; its record names bundle, effort and verbosity where they are set."""

    correlation_id: str
    batch_id: str
    job_id: int
    pair: Pair
    prompt: str
    requested_at: datetime
    bundle: Bundle | None = None
    reasoning_effort: str | None = None
    output_verbosity: str | None = None


def comparison_record(pen: Pen, asked: Asked, said: Answer | NoAnswer) -> Record:
    data: Json = {
        "request_id": pen.new_id(),
        "correlation_id": asked.correlation_id,
        **(_verdict(said) if isinstance(said, Answer) else _failure(pen, asked, said)),
        "response_time_ms": 0,
        "token_usage": _usage(said),
        "cost_estimate": said.cost_usd if isinstance(said, Answer) else 0.0,
        "requested_at": zulu(asked.requested_at),
        "completed_at": pen.now(),
        "trace_id": None,
        "request_metadata": {**_request_metadata(asked), **_cache_metadata(said)},
    }
    return Record(COMPARISON, None, pen.envelope(EVENT_TYPE, SERVICE, asked.correlation_id, data, None))


def _verdict(said: Answer) -> Json:
    return {
        "winner": said.winner,
        "justification": said.justification,
        "confidence": said.confidence,
        "error_detail": None,
        "provider": PROVIDER,
        "model": MODEL,
    }


def _failure(pen: Pen, asked: Asked, said: NoAnswer) -> Json:
    """Provider and model are wrong here, as they were seen to be."""
    return {
        "winner": None,
        "justification": None,
        "confidence": None,
        "error_detail": {
            "error_code": "EXTERNAL_SERVICE_ERROR",
            "message": f"the simulated judge failed with status {said.status}",
            "correlation_id": asked.correlation_id,
            "timestamp": pen.now(),
            "service": SERVICE,
            "operation": "mock_comparison_generation",
            "details": _failure_details(said),
            "stack_trace": "simulated: there is none",
            "trace_id": None,
            "span_id": None,
        },
        "provider": "openai",
        "model": "unknown",
    }


def _failure_details(said: NoAnswer) -> Json:
    return {
        "external_service": "mock_provider",
        "details": {
            "provider": PROVIDER,
            "model": MODEL,
            "error_simulation": True,
            "status_code": said.status,
        },
        "status_code": said.status,
    }


def _usage(said: Answer | NoAnswer) -> dict[str, int]:
    asked, answered = (said.prompt_tokens, said.answer_tokens) if isinstance(said, Answer) else (0, 0)
    return {"prompt_tokens": asked, "completion_tokens": answered, "total_tokens": asked + answered}


def _request_metadata(asked: Asked) -> Json:
    return {
        "essay_a_id": asked.pair.a,
        "essay_b_id": asked.pair.b,
        "bos_batch_id": asked.batch_id,
        "cj_batch_id": str(asked.job_id),
        "cj_source": "els",
        "cj_request_type": "cj_comparison",
        **_hints(asked),
        "resolved_provider": PROVIDER,
        "queue_processing_mode": "per_request",
        "resolved_model": MODEL,
        "prompt_sha256": sha256(asked.prompt.encode("utf-8")).hexdigest(),
    }


def _hints(asked: Asked) -> dict[str, str | int]:
    hints: dict[str, str | int | None] = {
        "comparison_iteration": asked.bundle.iteration if asked.bundle else None,
        "cj_llm_batching_mode": asked.bundle.mode if asked.bundle else None,
        "preferred_bundle_size": asked.bundle.size if asked.bundle else None,
        "reasoning_effort": asked.reasoning_effort,
        "output_verbosity": asked.output_verbosity,
    }
    return {name: hint for name, hint in hints.items() if hint is not None}


def _cache_metadata(said: Answer | NoAnswer) -> Json:
    if isinstance(said, NoAnswer):
        return {}
    cache = {"cache_read_input_tokens": 0, "cache_creation_input_tokens": said.prompt_tokens}
    return {**cache, "usage": {**_usage(said), **cache}}
