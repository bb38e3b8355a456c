"""What the user's own earlier runs of a model were seen to use."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from eng5_pipeline.contracts.events import ComparisonData
from eng5_pipeline.domain.forecast import Asked, Material, Seen
from eng5_pipeline.durable import told_as_unreadable
from eng5_pipeline.errors import Eng5Error
from eng5_pipeline.report.judged import judge_of
from eng5_pipeline.report.kept_events import own_comparisons
from eng5_pipeline.report.run_record import RunRecord, read_run
from eng5_pipeline.results import AnchorsVerified, Awaited
from eng5_pipeline.run_folder import RunFolder, runs_in
from eng5_pipeline.spec.effective import Effective

MOST_RUNS: Final = 5
MOST_COMPARISONS: Final = 1000
"""Of one run: more of them would say no more, and a plan should not take long."""


def earlier_runs(output: Path, asked: Asked) -> tuple[Seen, ...]:
    """The newest completed runs that this very model judged, newest first; a run that cannot be read is passed over."""
    return tuple(islice(_seen_in(output, asked), MOST_RUNS))


def _seen_in(output: Path, asked: Asked) -> Iterator[Seen]:
    for folder in reversed(runs_in(output)) if asked.model is not None else ():
        try:
            seen = _seen(read_run(folder), asked) if _names_model(folder, asked) else None
        except Eng5Error:
            continue
        if seen is not None:
            yield seen


def _names_model(folder: RunFolder, asked: Asked) -> bool:
    """A quick look, so that the runs of other models are not read whole."""
    with told_as_unreadable(folder.effective):
        return folder.effective.exists() and json.dumps(asked.model).encode() in folder.effective.read_bytes()


def _seen(record: RunRecord, asked: Asked) -> Seen | None:
    awaited, verified = record.result(Awaited), record.result(AnchorsVerified)
    if awaited is None or verified is None or record.effective is None or not awaited.comparisons:
        return None
    own = islice(own_comparisons(record, awaited.job_id), MOST_COMPARISONS)
    used = [data for event, _ in own if _judged_by(asked, data := event.data)]
    rule = _material(record, record.effective).prompt_tokens().expected
    prompt_tokens = [data.token_usage.prompt_tokens for data in used if data.token_usage]
    if not prompt_tokens:
        return None
    return Seen(
        run=str(record.batch_uuid),
        prompt_ratios=tuple(tokens / rule for tokens in prompt_tokens),
        answer_tokens=tuple(data.token_usage.completion_tokens for data in used if data.token_usage),
        judged=awaited.comparisons / verified.counts.allowed,
        seconds=_seconds(record, awaited.comparisons),
    )


def _judged_by(asked: Asked, data: ComparisonData) -> bool:
    """Answered, and by this model; an answer that failed says nothing of what answers cost."""
    provider, model = judge_of(data)
    answered = data.winner is not None and data.error_detail is None
    return answered and model == asked.model and asked.provider in (None, provider)


def _material(record: RunRecord, effective: Effective) -> Material:
    overrides = record.request.data.llm_config_overrides if record.request else None
    return Material(
        language=effective.spec.assignment.language,
        essay=sum(student.size for student in record.students) / max(1, len(record.students)),
        system_prompt=_size(overrides.system_prompt_override if overrides else None),
        rubric=_size(overrides.judge_rubric_override if overrides else None),
    )


def _size(text: str | None) -> int | None:
    return None if text is None else len(text.encode())


def _seconds(record: RunRecord, comparisons: int) -> float | None:
    """A comparison, in the await of a run that was not interrupted in it."""
    awaits = [stage for stage in record.stages if stage.name == "await" and stage.attempts == 1]
    return next((stage.seconds / comparisons for stage in awaits if stage.seconds is not None), None)
