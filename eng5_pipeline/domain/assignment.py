"""What CJ says about an assignment and its anchors, and what a batch needs of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from eng5_pipeline.domain.value import Value
from eng5_pipeline.errors import typed

# Not a copy of CJ's scales: the one scale for which CJ was seen to report completion and never publish the result.
RESULT_NEVER_COMES = frozenset({"eng5_np_national_9_step"})
CANONICAL_ORIGIN = "canonical_national"
FEWEST_GRADES = 2  # of anchors, for CJ to project grades


class Assignment(Value):
    """CJ's word on an assignment; `assignment_id` is a UUID or a slug."""

    assignment_id: str
    grade_scale: str
    context_origin: str | None
    course_id: str | None
    student_prompt_storage_id: str | None


class Anchor(Value):
    """A registered anchor essay; `anchor_id` is CJ's registry id."""

    anchor_id: int
    label: str | None
    grade: str
    storage_id: str | None


class AnchorSummary(Value):
    """Anchors of the assignment's own scale, and how many there are on each scale."""

    assignment_id: str
    grade_scale: str
    anchors: tuple[Anchor, ...]
    count_by_scale: dict[str, int]

    @property
    def grades(self) -> tuple[str, ...]:
        """Distinct grades in the order CJ reports them."""
        return tuple(dict.fromkeys(anchor.grade for anchor in self.anchors))


class AnchorToRegister(Value):
    """`text_sha256` and not the text: results and notes never hold essay text."""

    local_id: str
    path: str
    label: str
    grade: str
    text_sha256: str
    characters: int


class Expected(Value):
    """Assertions of the run spec against CJ's word; None asserts nothing."""

    grade_scale: str | None = None
    context_origin: str | None = None
    min_anchors: int | None = None
    anchor_grades: tuple[str, ...] | None = None


class Finding(Value):
    """A reason to refuse, unless `allowed_by` is named in the spec's `allow`."""

    reference: str
    what: str
    hint: str
    allowed_by: str | None = None


def scale_findings(assignment: Assignment, expected: Expected, spec: str) -> Iterator[Finding]:
    """Whether CJ's scale is the one expected; the only finding that binds a registration of anchors."""
    if expected.grade_scale not in (None, assignment.grade_scale):
        yield Finding(
            reference="grade-scale-differs",
            what=f"assignment {assignment.assignment_id} has scale {assignment.grade_scale}, "
            f"the spec expects {expected.grade_scale}",
            hint=_mend(spec),
        )


def origin_findings(assignment: Assignment, expected: Expected, spec: str) -> Iterator[Finding]:
    if expected.context_origin not in (None, assignment.context_origin):
        yield Finding(
            reference="context-origin-differs",
            what=f"assignment {assignment.assignment_id} has context_origin {assignment.context_origin}, "
            f"the spec expects {expected.context_origin}",
            hint=_mend(spec),
        )


def _mend(spec: str) -> str:
    # Neither can be changed once the assignment stands.
    return f"correct assignment.expect in {spec}, or choose another assignment:  pdm run cj-admin instructions list"


def batch_findings(assignment: Assignment, *, awaits: bool, overrides_rubric: bool) -> Iterator[Finding]:
    """What in the assignment keeps a batch from being valid or from ending."""
    name = assignment.assignment_id
    if not assignment.student_prompt_storage_id:
        yield Finding(
            reference="student-prompt-missing",
            what=f"assignment {name} has no student prompt: the judge would not know the task",
            hint="upload it:  pdm run cj-admin prompts upload   or name missing-student-prompt in allow",
            allowed_by="missing-student-prompt",
        )
    if overrides_rubric and assignment.context_origin == CANONICAL_ORIGIN:
        yield Finding(
            reference="rubric-override-refused",
            what=f"assignment {name} is {CANONICAL_ORIGIN}: CJ fails every batch that overrides its rubric",
            hint="remove judge.rubric from the spec",
        )
    if awaits and assignment.grade_scale in RESULT_NEVER_COMES:
        yield Finding(
            reference="result-never-comes",
            what=f"CJ never publishes a result on scale {assignment.grade_scale}",
            hint="set flags.await_completion to false (--no-await-completion), or name result-never-comes in allow",
            allowed_by="result-never-comes",
        )


def anchor_findings(summary: AnchorSummary, expected: Expected, spec: str) -> Iterator[Finding]:
    """What CJ's anchors lack for grades to be projected from them."""
    hint = f"register them once:  eng5-pipeline register-anchors {typed(spec)}"
    where = f"assignment {summary.assignment_id} on scale {summary.grade_scale}"
    count = len(summary.anchors)
    if count == 0:
        what = f"CJ has no anchors for {where}{_on_other_scales(summary)}"
        yield Finding(reference="anchors-missing", what=what, hint=hint)
        return
    if expected.min_anchors is not None and count < expected.min_anchors:
        yield Finding(
            reference="anchors-too-few",
            what=f"CJ has {count} anchor{'s' if count > 1 else ''} for {where}, the spec expects "
            f"{expected.min_anchors} or more",
            hint=hint,
        )
    missing = [grade for grade in expected.anchor_grades or () if grade not in summary.grades]
    if missing:
        yield Finding(
            reference="anchor-grades-missing",
            what=f"CJ has no anchor of grade {', '.join(missing)} for {where}",
            hint=hint,
        )
    if len(summary.grades) < FEWEST_GRADES:
        yield Finding(
            reference="anchors-single-grade",
            what=f"every anchor ({count}) for {where} has grade {summary.grades[0]}: "
            f"CJ projects grades from anchors of {FEWEST_GRADES} or more, each student would get U",
            hint=f"{hint}   or name single-grade-anchors in allow",
            allowed_by="single-grade-anchors",
        )


def _on_other_scales(summary: AnchorSummary) -> str:
    others = {scale: n for scale, n in summary.count_by_scale.items() if n and scale != summary.grade_scale}
    told = ", ".join(f"{n} on {scale}" for scale, n in sorted(others.items()))
    return f", only on another scale: {told}" if told else ""


def split_allowed(findings: Collection[Finding], allow: Collection[str]) -> tuple[list[Finding], list[Finding]]:
    """(refusals, warnings)"""
    warnings = [finding for finding in findings if finding.allowed_by in allow and finding.allowed_by]
    return [finding for finding in findings if finding not in warnings], warnings
