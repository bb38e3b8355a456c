"""What CJ makes of a request before anything is compared."""

from __future__ import annotations

import json

import pytest

from eng5_pipeline.sandbox.batch.intake import EarlyFailure, early_failure, envelope_key, read_request
from tests.support.batch_world import request_value

ESSAYS = {"one": "text-1", "two": "text-2"}
EVENT = "00000000-0000-0000-0000-00000000e001"
OTHER_EVENT = "00000000-0000-0000-0000-00000000e002"


def _without(name: str) -> bytes:
    envelope = json.loads(request_value(ESSAYS))
    del envelope["data"][name]
    return json.dumps(envelope).encode("utf-8")


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"no json",
        b"[]",
        b"\xff\xfe{}",
        _without("user_id"),
        _without("entity_id"),
        _without("essays_for_cj"),
        request_value(ESSAYS, user_id=None),
        request_value(ESSAYS, course_code="ENG4"),
        request_value(ESSAYS, language="de"),
    ],
)
def test_what_cannot_be_read_gets_no_answer(value: bytes | None) -> None:
    assert read_request(value) is None


def test_an_essay_named_twice_is_one_essay() -> None:
    request = read_request(request_value([("one", "text-1"), ("two", "text-2"), ("one", "text-3")]))
    assert request is not None
    assert request.essays == {"one": "text-3", "two": "text-2"}


def test_an_envelope_is_known_by_event_id_and_data_together() -> None:
    value = request_value(ESSAYS)
    assert envelope_key(value, {}) == envelope_key(request_value(ESSAYS), {})
    assert envelope_key(value, {}) != envelope_key(request_value(ESSAYS, event=OTHER_EVENT), {})
    assert envelope_key(value, {}) != envelope_key(request_value({"one": "text-9"}), {})


def test_with_both_headers_the_event_id_alone_counts() -> None:
    headers = {"event_id": EVENT.encode(), "event_type": b"requested"}
    assert envelope_key(request_value(ESSAYS), headers) == envelope_key(request_value({}), headers)
    assert envelope_key(request_value(ESSAYS), {"event_id": EVENT.encode()}) != envelope_key(
        request_value({}), {"event_id": EVENT.encode()}
    )


def _failure(value: bytes, origin: str | None = "research_experiment") -> EarlyFailure | None:
    request = read_request(value)
    assert request is not None
    return early_failure(request, origin, "The first essay begins like this.")


@pytest.mark.parametrize(
    ("value", "origin"),
    [
        (request_value({}), "research_experiment"),
        (request_value(ESSAYS), None),
        (request_value({"x" * 37: "text-1", "two": "text-2"}), "research_experiment"),
        (request_value(ESSAYS, batch="b" * 37), "research_experiment"),
        (
            request_value(ESSAYS, llm_config_overrides={"judge_rubric_override": "Mine."}),
            "canonical_national",
        ),
    ],
)
def test_what_cannot_be_begun_fails_at_once(value: bytes, origin: str | None) -> None:
    assert _failure(value, origin) is not None


@pytest.mark.parametrize(
    ("value", "origin"),
    [
        (request_value(ESSAYS), "canonical_national"),
        (request_value(ESSAYS, assignment=None), None),
        (request_value({"x" * 36: "text-1", "two": "text-2"}), "research_experiment"),
        (
            request_value(ESSAYS, llm_config_overrides={"judge_rubric_override": "Mine."}),
            "research_experiment",
        ),
    ],
)
def test_everything_else_is_begun(value: bytes, origin: str | None) -> None:
    assert _failure(value, origin) is None


def test_the_failure_of_a_long_id_quotes_the_essay_as_the_real_one_does() -> None:
    failure = _failure(request_value({"x" * 37: "text-1", "two": "text-2"}))
    assert failure is not None
    assert "The first essay begins" in failure.message
