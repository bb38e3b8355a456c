"""docs/reference/events.md: the topics and the fields of the request, from the wire models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from eng5_pipeline.contracts import topics
from eng5_pipeline.contracts.events import RequestEnvelope
from eng5_pipeline.domain import events
from tests.docs.tables import table

KEYS: Final = {
    topics.REQUEST: "batch_uuid",
    topics.COMPARISON: "none",
    topics.COMPLETED: "batch_uuid",
    topics.RESULT: "CJ's own number of the batch",
    topics.FAILED: "batch_uuid",
}
CARRIES: Final = {
    topics.REQUEST: "the request; written by `publish`",
    topics.COMPARISON: "one answer of the judge",
    topics.COMPLETED: "CJ has finished, well or not",
    topics.RESULT: "ranks, scores and grades",
    topics.FAILED: "CJ gave the batch up",
}

FROM: Final = {
    "event_id": "derived from the batch_uuid",
    "event_timestamp": "when the request was composed, in UTC",
    "correlation_id": "derived from the batch_uuid",
    "data.entity_id": "the batch_uuid",
    "data.parent_id": "`assignment.id`",
    "data.timestamp": "as `event_timestamp`",
    "data.system_metadata.entity_id": "the batch_uuid",
    "data.system_metadata.parent_id": "`assignment.id`",
    "data.system_metadata.timestamp": "as `event_timestamp`",
    "data.essays_for_cj.essay_id": "derived from the batch_uuid and the local id",
    "data.essays_for_cj.text_storage_id": "the Content Service's name for the text",
    "data.language": "`assignment.language`",
    "data.course_code": "`assignment.course_code`",
    "data.llm_config_overrides.model_override": "`judge.model`",
    "data.llm_config_overrides.temperature_override": "`judge.temperature`",
    "data.llm_config_overrides.max_tokens_override": "`judge.max_tokens`",
    "data.llm_config_overrides.provider_override": "`judge.provider`",
    "data.llm_config_overrides.system_prompt_override": "the text of `judge.system_prompt`",
    "data.llm_config_overrides.judge_rubric_override": "the text of `judge.rubric`",
    "data.llm_config_overrides.reasoning_effort": "`judge.reasoning_effort`",
    "data.llm_config_overrides.output_verbosity": "`judge.output_verbosity`",
    "data.assignment_id": "`assignment.id`",
    "data.user_id": "`requester.user_id`",
    "data.org_id": "`requester.org_id`",
    "metadata.batch_label": "`label`",
    "metadata.max_comparisons": "`limits.max_comparisons`; left out where it is null",
    "metadata.llm_batching_mode_hint": "`judge.batching_mode_hint`; left out where it is null",
}
"""Where the value of a field comes from that is not always the same."""


def topic_table() -> str:
    fields = {topics.REQUEST: ("data", "entity_id"), **events._BATCH_FIELD}
    rows = [[f"`{name}`", KEYS[name], f"`{'.'.join(fields[name])}`", CARRIES[name]] for name in fields]
    return table(["topic", "key", "says which batch", "carries"], rows)


def request_fields() -> str:
    return table(["field", "holds"], [[f"`{name}`", _held(name, field)] for name, field in _fields(RequestEnvelope)])


def _fields(model: type[BaseModel], above: str = "") -> Iterator[tuple[str, FieldInfo]]:
    for name, field in model.model_fields.items():
        inner = [each for each in _parts(field.annotation) if isinstance(each, type) and issubclass(each, BaseModel)]
        if inner and inner[0].model_fields:
            yield from _fields(inner[0], f"{above}{name}.")
        else:
            yield f"{above}{name}", field


def _parts(kind: object) -> Iterator[object]:
    yield kind
    for part in get_args(kind):
        yield from _parts(part)


def _held(name: str, field: FieldInfo) -> str:
    """Always the same, or what the run has."""
    if isinstance(field.default, BaseModel):
        return "always empty"
    if field.annotation is type(None):
        return "always null"
    if not field.is_required() and field.default is not None:
        return f"always `{field.default}`"
    return FROM[name]
