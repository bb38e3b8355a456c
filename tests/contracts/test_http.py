"""The wire models of HTTP against the captured bodies."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import BaseModel

from eng5_pipeline.contracts.http import (
    AnchorRegistrationResponse,
    AnchorSummaryPayload,
    CodedErrorBody,
    ContentErrorBody,
    InstructionsList,
    InstructionsPayload,
    PlainErrorBody,
    StoredContent,
    parse_date,
    read_error,
)
from tests.support.http_captures import Exchange, read_set

EXCHANGES = [exchange for face in ("as-is", "repaired") for exchange in read_set(face)]
READ_AS: list[tuple[str, str, type[BaseModel]]] = [
    ("POST", "/v1/content", StoredContent),
    ("POST", "/admin/v1/assessment-instructions", InstructionsPayload),
    ("GET", "/admin/v1/assessment-instructions?", InstructionsList),
    ("GET", "/admin/v1/assessment-instructions/assignment/", InstructionsPayload),
    ("GET", "/admin/v1/anchors/", AnchorSummaryPayload),
    ("POST", "/api/v1/anchors/register", AnchorRegistrationResponse),
]


def _answered(method: str, prefix: str) -> list[Exchange]:
    return [
        exchange
        for exchange in EXCHANGES
        if exchange.method == method and exchange.path.startswith(prefix) and exchange.answer.status < 300
    ]


def _said(body: object) -> object:
    """A body without its dates, which a model reads and does not write back alike."""
    if isinstance(body, dict):
        return {key: _said(value) for key, value in body.items() if key != "created_at"}
    return [_said(each) for each in body] if isinstance(body, list | tuple) else body


@pytest.mark.parametrize(("method", "prefix", "model"), READ_AS)
def test_a_model_reads_every_captured_body_of_its_routes_whole(
    method: str, prefix: str, model: type[BaseModel]
) -> None:
    exchanges = _answered(method, prefix)
    assert exchanges
    for exchange in exchanges:
        read = model.model_validate_json(exchange.answer.text)
        assert _said(read.model_dump(mode="json")) == _said(exchange.answer.json)


def test_a_captured_date_is_read() -> None:
    exchange = _answered("GET", "/admin/v1/assessment-instructions/assignment/")[0]
    read = InstructionsPayload.model_validate_json(exchange.answer.text)
    assert read.created_at == datetime(2026, 11, 22, 9, 43, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Sun, 22 Nov 2026 09:43:06 GMT",
        "Sun, 22 Nov 2026 10:43:06 +0100",
        "2026-11-22T09:43:06Z",
        "2026-11-22T09:43:06",
        "2026-11-22 10:43:06+01:00",
    ],
)
def test_both_forms_of_a_date_are_read_as_the_same_moment(text: str) -> None:
    assert parse_date(text) == datetime(2026, 11, 22, 9, 43, 6, tzinfo=UTC)


@pytest.mark.parametrize("odd", ["", "yesterday", "Sun, 99 Nov 2026", "2026-13-01", 7, None, [], {}])
def test_an_odd_date_is_none_and_no_error(odd: object) -> None:
    row = {"id": 1, "assignment_id": "a", "instructions_text": "t", "grade_scale": "s", "created_at": odd}
    assert InstructionsPayload.model_validate(row).created_at is None


def test_unknown_keys_are_ignored() -> None:
    assert StoredContent.model_validate({"storage_id": "a", "region": "north"}).storage_id == "a"


@pytest.mark.parametrize("exchange", [e for e in EXCHANGES if e.answer.status >= 400], ids=lambda e: e.name)
def test_every_captured_refusal_is_read_but_the_page(exchange: Exchange) -> None:
    error = read_error(exchange.answer.text.encode())
    assert (error is None) == (exchange.name == "content-unknown-route")
    assert error is None or error.text


@pytest.mark.parametrize(
    ("body", "kind", "code", "text"),
    [
        (b'{"error": {"code": "X", "message": "why"}}', CodedErrorBody, "X", "why"),
        (b'{"error": {"error_code": "Y", "message": "why"}}', ContentErrorBody, "Y", "why"),
        (b'{"error": "why"}', PlainErrorBody, None, "why"),
        (b'{"error": "what", "message": "why", "service": "s"}', PlainErrorBody, None, "what: why"),
    ],
)
def test_the_three_error_bodies_are_told_apart(body: bytes, kind: type[BaseModel], code: str | None, text: str) -> None:
    error = read_error(body)
    assert error is not None
    assert (type(error), error.code, error.text) == (kind, code, text)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"error": {"co', b"[]", b'{"detail": "x"}', b"\xff\xfe"])
def test_what_is_no_error_body_is_none(body: bytes) -> None:
    assert read_error(body) is None
