"""The request as it would be sent: everything final but the marked blanks."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from eng5_pipeline.contracts.events import JudgeOverrides
from eng5_pipeline.domain.essays import essay_id
from eng5_pipeline.domain.request import Draft, RequestTerms, compose, draft

TERMS = RequestTerms(
    label="role-models",
    assignment_id="np_2017_vt",
    language="sv",
    course_code="SV1",
    user_id="eng5-research",
    org_id=None,
    max_comparisons=60,
    overrides=JudgeOverrides(model_override="judge-1", judge_rubric_override="Which is better?"),
    batching_mode_hint="serial_bundle",
)
ESSAYS = [("a.txt", None), ("b.txt", "5" * 32)]


def leaves(value: Any, where: str = "") -> dict[str, Any]:
    if isinstance(value, dict):
        return {k: v for key, below in value.items() for k, v in leaves(below, f"{where}.{key}").items()}
    if isinstance(value, list):
        return {k: v for n, below in enumerate(value) for k, v in leaves(below, f"{where}[{n}]").items()}
    return {where: value}


def sent() -> dict[str, Any]:
    """What a run makes of the same terms."""
    batch = uuid4()
    essays = [(str(essay_id(batch, local)), stored or "7" * 32) for local, stored in ESSAYS]
    value: dict[str, Any] = json.loads(compose(batch, TERMS, essays, datetime.now(UTC)).encode())
    return value


def drafted() -> Draft:
    return draft(TERMS, ESSAYS)


def test_it_differs_from_what_is_sent_in_its_blanks_alone() -> None:
    final, blank = leaves(sent()), leaves(drafted())
    assert list(final) == list(blank)
    differing = {where: value for where, value in blank.items() if value != final[where]}
    assert all(value.startswith("<") and value.endswith(">") for value in differing.values())


def test_blanks_say_what_they_stand_for() -> None:
    blanks = {value for value in leaves(drafted()).values() if isinstance(value, str) and value.startswith("<")}
    assert blanks == {
        "<batch_uuid>",
        "<event id of batch_uuid>",
        "<correlation id of batch_uuid>",
        "<time>",
        "<essay id of a.txt>",
        "<essay id of b.txt>",
        "<storage id after upload>",
    }


def test_a_text_that_is_uploaded_already_has_its_storage_id() -> None:
    assert leaves(drafted())[".data.essays_for_cj[1].text_storage_id"] == "5" * 32
