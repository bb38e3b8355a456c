"""The request has the shape of the captured one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from eng5_pipeline.contracts.events import JudgeOverrides
from eng5_pipeline.domain.request import RequestTerms, compose
from tests.support.wire import CAPTURES

BATCH = UUID("d0bc3be6-8143-422b-b35d-a77869d7547a")
AT = datetime(2026, 11, 22, 9, 45, 13, 447722, tzinfo=UTC)


def captured() -> dict[str, Any]:
    value: dict[str, Any] = json.loads((CAPTURES / "events/a-els-cj-request-3students.value.json").read_text("utf-8"))
    return value


def terms(**changes: object) -> RequestTerms:
    seen = captured()
    data, metadata = seen["data"], seen["metadata"]
    values: dict[str, Any] = {
        "label": metadata["batch_label"],
        "assignment_id": data["assignment_id"],
        "language": data["language"],
        "course_code": data["course_code"],
        "user_id": data["user_id"],
        "org_id": data["org_id"],
        "max_comparisons": metadata["max_comparisons"],
        "overrides": JudgeOverrides.model_validate(data["llm_config_overrides"]),
        "batching_mode_hint": metadata["llm_batching_mode_hint"],
        **changes,
    }
    return RequestTerms(**values)


def composed(request: RequestTerms) -> dict[str, Any]:
    essays = [(essay["essay_id"], essay["text_storage_id"]) for essay in captured()["data"]["essays_for_cj"]]
    value: dict[str, Any] = json.loads(compose(BATCH, request, essays, AT).encode())
    return value


def without_made_up(value: Any) -> Any:
    """Times and the ids that this program derives are not the captured ones."""
    if isinstance(value, dict):
        made_up = {"event_id", "correlation_id", "timestamp", "event_timestamp"}
        return {key: "…" if key in made_up else without_made_up(part) for key, part in value.items()}
    return [without_made_up(part) for part in value] if isinstance(value, list) else value


def test_every_field_is_the_captured_one_but_ids_and_times() -> None:
    assert without_made_up(composed(terms())) == without_made_up(captured())


def test_the_fields_stand_in_the_captured_order() -> None:
    assert json.dumps(without_made_up(composed(terms()))) == json.dumps(without_made_up(captured()))


def test_the_limit_is_sent_as_a_json_integer() -> None:
    text = compose(BATCH, terms(max_comparisons=60), [], AT).encode().decode()
    assert '"max_comparisons": 60' in text


def test_without_a_judge_section_the_overrides_are_null() -> None:
    assert composed(terms(overrides=None))["data"]["llm_config_overrides"] is None


def test_a_missing_limit_and_hint_are_left_out() -> None:
    metadata = composed(terms(max_comparisons=None, batching_mode_hint=None))["metadata"]
    assert metadata == {"runner_mode": "execute", "batch_label": "baseline"}


def test_the_same_batch_at_the_same_time_gives_the_same_bytes() -> None:
    first, second = (compose(BATCH, terms(), [("e", "s" * 32)], AT).encode() for _ in range(2))
    assert first == second
