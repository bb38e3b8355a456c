"""What a plan found, for a person and for a program: as far as it came."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Final

from eng5_pipeline.cli.conduct import Followed
from eng5_pipeline.cli.program import Session
from eng5_pipeline.cli.wording import LONGEST_NAME, count, cut, label, table, visible
from eng5_pipeline.context import RunContext
from eng5_pipeline.domain.assignment import AnchorSummary, Assignment
from eng5_pipeline.domain.comparisons import ComparisonCounts
from eng5_pipeline.results import AnchorsVerified, ResolvedAssignment, UploadPlanned, Validated

VERSION: Final = 1
_LONGEST_VALUE: Final = 72


def plan_text(session: Session, followed: Followed) -> list[str]:
    context = followed.outcome.context
    lines = [f"plan of {label(session.label)}: nothing was changed anywhere", "", *_effective(session)]
    for part in (
        _essays(context),
        _assignment(context),
        _anchors(context),
        _upload(context),
        _warnings(followed),
    ):
        found = list(part)
        lines += ["", *found] if found else []
    return lines


def plan_json(session: Session, followed: Followed) -> list[str]:
    """One versioned object; a part that was not reached is null."""
    outcome, context = followed.outcome, followed.outcome.context
    error = outcome.error
    parts = {
        "v": VERSION,
        "label": session.label,
        "exit_code": outcome.exit_code,
        "stage": outcome.stage,
        "error": {"reference": error.reference, "what": error.what, "hint": error.hint} if error else None,
        "effective": [
            {"key": key, "value": value, "source": source} for key, value, source in session.effective.rows()
        ],
        "essays": _dumped(context, Validated),
        "assignment": _dumped(context, ResolvedAssignment),
        "anchors": _dumped(context, AnchorsVerified),
        "upload": _dumped(context, UploadPlanned),
        "warnings": [
            {"stage": warned.stage, "reference": warned.reference, "what": warned.what}
            for warned in followed.warnings
        ],
    }
    return json.dumps(parts, indent=2, ensure_ascii=False).split("\n")


def _dumped(
    context: RunContext, kind: type[Validated | ResolvedAssignment | AnchorsVerified | UploadPlanned]
) -> object:
    return context.get(kind).model_dump(mode="json") if context.has(kind) else None


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
            f"            passed over: {count(number, 'file')}, {why}"
            for why, number in found.passed_over.items()
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
        yield from _counts(verified.counts)


def _grades(summary: AnchorSummary) -> str:
    by_grade = Counter(anchor.grade for anchor in summary.anchors)
    told = ", ".join(f"{visible(grade)} {number}" for grade, number in by_grade.items())
    return f"{len(summary.anchors)} on this scale: {told}" if told else "none on this scale"


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


def _warnings(followed: Followed) -> Iterator[str]:
    if followed.warnings:
        yield count(len(followed.warnings), "warning")
        yield from (f"  {warned.reference}: {visible(warned.what)}" for warned in followed.warnings)
