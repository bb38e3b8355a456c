"""Compose the request envelope of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from pydantic import JsonValue

from eng5_pipeline.contracts.events import (
    BatchingMode,
    CourseCode,
    EssayReference,
    JudgeOverrides,
    Language,
    RequestData,
    RequestEnvelope,
    RequestMetadata,
    RequestSystemMetadata,
)
from eng5_pipeline.domain.essays import correlation_id, event_id
from eng5_pipeline.domain.value import Value

BATCH: Final = "<batch_uuid>"
EVENT: Final = "<event id of batch_uuid>"
CORRELATION: Final = "<correlation id of batch_uuid>"
TIME: Final = "<time>"
STORAGE: Final = "<storage id after upload>"

Draft = dict[str, JsonValue]


class RequestTerms(Value):
    """All that a request says besides its essays; taken from the run spec."""

    label: str
    assignment_id: str
    language: Language
    course_code: CourseCode
    user_id: str
    org_id: str | None
    max_comparisons: int | None
    overrides: JudgeOverrides | None
    batching_mode_hint: BatchingMode | None

    def with_prompts(self, system_prompt: str | None, rubric: str | None) -> RequestTerms:
        """The same with the texts that override CJ's own; a judge without overrides stays without."""
        if self.overrides is None:
            return self
        texts = {"system_prompt_override": system_prompt, "judge_rubric_override": rubric}
        return self.model_copy(update={"overrides": self.overrides.model_copy(update=texts)})


def compose(batch_uuid: UUID, terms: RequestTerms, essays: Sequence[tuple[str, str]], at: datetime) -> RequestEnvelope:
    """`essays` are (essay_id, storage_id). Same arguments, same bytes."""
    metadata = RequestSystemMetadata(entity_id=str(batch_uuid), parent_id=terms.assignment_id, timestamp=at)
    data = RequestData(
        entity_id=str(batch_uuid),
        parent_id=terms.assignment_id,
        timestamp=at,
        system_metadata=metadata,
        essays_for_cj=tuple(EssayReference(essay_id=essay, text_storage_id=text) for essay, text in essays),
        language=terms.language,
        course_code=terms.course_code,
        llm_config_overrides=terms.overrides,
        assignment_id=terms.assignment_id,
        user_id=terms.user_id,
        org_id=terms.org_id,
    )
    return RequestEnvelope(
        event_id=str(event_id(batch_uuid)),
        event_timestamp=at,
        correlation_id=str(correlation_id(batch_uuid)),
        data=data,
        metadata=RequestMetadata(
            batch_label=terms.label,
            max_comparisons=terms.max_comparisons,
            llm_batching_mode_hint=terms.batching_mode_hint,
        ),
    )


def draft(terms: RequestTerms, essays: Sequence[tuple[str, str | None]]) -> Draft:
    """The request as it would be sent, in the same order, with marked blanks for what only a run can know.

    `essays` are (local id, storage id where the text is uploaded already).
    """
    numbered = [(str(number), stored or STORAGE) for number, (_, stored) in enumerate(essays)]
    made = compose(UUID(int=0), terms, numbered, datetime.fromtimestamp(0, UTC)).model_dump(mode="json")
    data = made["data"]
    for reference, (local, _) in zip(data["essays_for_cj"], essays, strict=True):
        reference["essay_id"] = f"<essay id of {local}>"
    data |= {"entity_id": BATCH, "timestamp": TIME}
    data["system_metadata"] |= {"entity_id": BATCH, "timestamp": TIME}
    return made | {"event_id": EVENT, "event_timestamp": TIME, "correlation_id": CORRELATION}
