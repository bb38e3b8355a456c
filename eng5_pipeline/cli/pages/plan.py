"""What a plan found, for a person and for a program: as far as it came."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Final, TypeVar

from pydantic import JsonValue

from eng5_pipeline import __version__
from eng5_pipeline.cli.conduct import Followed
from eng5_pipeline.cli.json_text import harmless
from eng5_pipeline.cli.pages.cost import cost_lines
from eng5_pipeline.cli.program import Session
from eng5_pipeline.cli.wording import LONGEST_NAME, count, cut, label, table, visible
from eng5_pipeline.context import RunContext
from eng5_pipeline.domain.assignment import AnchorSummary, Assignment
from eng5_pipeline.domain.comparisons import ComparisonCounts
from eng5_pipeline.results import AnchorsVerified, ResolvedAssignment, StageResult, UploadPlanned, Validated
from eng5_pipeline.review.saved_plan import (
    PlanDocument,
    PlanError,
    PlannedUpload,
    PlannedValue,
    PlanWarning,
)

R = TypeVar("R", bound=StageResult)

_LONGEST_VALUE: Final = 72
_LONGEST_LINE: Final = 160


def plan_text(session: Session, followed: Followed) -> list[str]:
    context = followed.outcome.context
    lines = [f"plan of {label(session.label)}: nothing was changed anywhere", "", *_effective(session)]
    for part in (
        _essays(context),
        _assignment(context),
        _anchors(context),
        _upload(context),
        _cost(session, context),
        _request(context),
        _warnings(followed),
    ):
        found = list(part)
        lines += ["", *found] if found else []
    return lines


def no_page(session: Session, followed: Followed) -> list[str]:
    """For who reads the stages as they happen, or nothing."""
    return []


def plan_json(session: Session, followed: Followed) -> list[str]:
    """One versioned object; a part that was not reached is null."""
    return harmless(_document(session, followed).model_dump_json(indent=2))


def _document(session: Session, followed: Followed) -> PlanDocument:
    outcome, context = followed.outcome, followed.outcome.context
    error, planned = outcome.error, _found(context, UploadPlanned)
    return PlanDocument(
        program=__version__,
        label=session.label,
        exit_code=outcome.exit_code,
        stage=outcome.stage,
        error=PlanError(reference=error.reference, what=error.what, hint=error.hint) if error else None,
        effective=tuple(
            PlannedValue(key=key, value=value, source=source) for key, value, source in session.effective.rows()
        ),
        essays=_found(context, Validated),
        assignment=_found(context, ResolvedAssignment),
        anchors=_found(context, AnchorsVerified),
        upload=PlannedUpload(to_upload=planned.to_upload, to_reuse=planned.to_reuse) if planned else None,
        request=planned.request if planned else None,
        cost=planned.cost if planned else None,
        warnings=tuple(
            PlanWarning(stage=each.stage, reference=each.reference, what=each.what) for each in followed.warnings
        ),
    )


def _found(context: RunContext, kind: type[R]) -> R | None:
    return context.get(kind) if context.has(kind) else None


def _effective(session: Session) -> list[str]:
    rows = [
        (key, cut(json.dumps(value, ensure_ascii=False), _LONGEST_VALUE), source)
        for key, value, source in session.effective.rows()
    ]
    return table(("value of", "is", "from"), rows)


def _essays(context: RunContext) -> Iterator[str]:
    if context.has(Validated):
        found = context.get(Validated)
        yield f"essays      {found.headline()}"
        yield from (
            f"            passed over: {count(number, 'file')}, {why}" for why, number in found.passed_over.items()
        )


def _assignment(context: RunContext) -> Iterator[str]:
    if context.has(ResolvedAssignment):
        yield from _as_cj_says(context.get(ResolvedAssignment).assignment)


def _as_cj_says(assignment: Assignment) -> Iterator[str]:
    prompt = "set" if assignment.student_prompt_storage_id else "not set"
    yield f"assignment  {visible(assignment.assignment_id)}, as CJ says:"
    yield f"            grade scale {visible(assignment.grade_scale)}"
    yield f"            context origin {visible(assignment.context_origin or 'unknown')}"
    yield f"            course {visible(assignment.course_id or 'none')}"
    yield f"            student prompt {prompt}"


def _anchors(context: RunContext) -> Iterator[str]:
    if context.has(AnchorsVerified):
        verified = context.get(AnchorsVerified)
        yield f"anchors     {_grades(verified.summary)}"
        yield from (f"            {line}" for line in _each(verified.summary))
        yield from _counts(verified.counts)


def _grades(summary: AnchorSummary) -> str:
    by_grade = Counter(anchor.grade for anchor in summary.anchors)
    told = ", ".join(f"{visible(grade)} {number}" for grade, number in by_grade.items())
    return f"{len(summary.anchors)} on this scale: {told}" if told else "none on this scale"


def _each(summary: AnchorSummary) -> list[str]:
    """CJ's registry id, grade, label and storage id."""
    rows = [
        (str(anchor.anchor_id), anchor.grade, cut(anchor.label or "-", LONGEST_NAME), anchor.storage_id or "-")
        for anchor in summary.anchors
    ]
    return table(("id", "grade", "label", "storage id"), rows) if rows else []


def _counts(counts: ComparisonCounts) -> Iterator[str]:
    limit = "no limit: CJ's own" if counts.limit is None else f"limit {counts.limit}"
    yield f"comparisons at most {counts.allowed} ({limit})"
    yield f"            possible between {count(counts.nodes, 'essay')}: {counts.possible_pairs} pairs"
    yield f"            {counts.possible_ordered} in both orders"
    yield f"            {counts.possible_cross} of an anchor and a student"


def _upload(context: RunContext) -> Iterator[str]:
    if context.has(UploadPlanned):
        planned = context.get(UploadPlanned)
        yield f"upload      {planned.headline()}"
        yield from (f"            upload {cut(name, LONGEST_NAME)}" for name in planned.to_upload)
        yield from (f"            reuse  {cut(name, LONGEST_NAME)}" for name in planned.to_reuse)


def _cost(session: Session, context: RunContext) -> Iterator[str]:
    if context.has(UploadPlanned):
        yield from cost_lines(context.get(UploadPlanned).cost, session.effective.spec.limits)


def _request(context: RunContext) -> Iterator[str]:
    """Long texts are cut here; --json has them whole."""
    if context.has(UploadPlanned):
        yield "request     as it would be sent; <...> is what only a run can know"
        lines = _json_lines(context.get(UploadPlanned).request)
        yield from (f"            {cut(line, _LONGEST_LINE)}" for line in lines)


def _json_lines(value: JsonValue, name: str = "", end: str = "", indent: str = "") -> Iterator[str]:
    """A key a line, and of a list an item a line."""
    if isinstance(value, dict) and value:
        yield f"{indent}{name}{{"
        yield from _all_but_last_with_comma(value, indent)
        yield f"{indent}}}{end}"
    elif isinstance(value, list) and value:
        yield f"{indent}{name}["
        yield from (f"{indent}  {json.dumps(item, ensure_ascii=False)}," for item in value[:-1])
        yield f"{indent}  {json.dumps(value[-1], ensure_ascii=False)}"
        yield f"{indent}]{end}"
    else:
        yield f"{indent}{name}{json.dumps(value, ensure_ascii=False)}{end}"


def _all_but_last_with_comma(value: dict[str, JsonValue], indent: str) -> Iterator[str]:
    last = list(value)[-1]
    for key, below in value.items():
        yield from _json_lines(below, f"{json.dumps(key)}: ", "" if key == last else ",", f"{indent}  ")


def _warnings(followed: Followed) -> Iterator[str]:
    if followed.warnings:
        yield count(len(followed.warnings), "warning")
        yield from (f"  {warned.reference}: {visible(warned.what)}" for warned in followed.warnings)
