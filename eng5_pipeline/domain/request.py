"""Compose the request envelope of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

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
