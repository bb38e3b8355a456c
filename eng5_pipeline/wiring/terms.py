"""What a spec says of the request."""

from __future__ import annotations

from eng5_pipeline.contracts.events import JudgeOverrides
from eng5_pipeline.domain.request import RequestTerms
from eng5_pipeline.spec.model import RunSpec


def request_terms(spec: RunSpec) -> RequestTerms:
    """What the request says besides essays and the texts of prompts, which are read when it is composed."""
    judge = spec.judge
    return RequestTerms(
        label=spec.label,
        assignment_id=spec.assignment.id,
        language=spec.assignment.language,
        course_code=spec.assignment.course_code,
        user_id=spec.requester.user_id,
        org_id=spec.requester.org_id,
        max_comparisons=spec.limits.max_comparisons,
        overrides=None
        if judge is None
        else JudgeOverrides(
            model_override=judge.model,
            temperature_override=judge.temperature,
            max_tokens_override=judge.max_tokens,
            provider_override=judge.provider,
            reasoning_effort=judge.reasoning_effort,
            output_verbosity=judge.output_verbosity,
        ),
        batching_mode_hint=judge.batching_mode_hint if judge else None,
    )
