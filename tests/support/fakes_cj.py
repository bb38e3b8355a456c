"""CJ without HTTP: a service that keeps what it acknowledges, and two that do not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from eng5_pipeline.domain.assignment import Anchor, AnchorSummary, AnchorToRegister, Assignment
from eng5_pipeline.errors import Eng5Error, Refused, ServiceFailed
from eng5_pipeline.ports import RegisteredAnchor

LEGACY = "eng5_np_legacy_9_step"
SHORTEST_TEXT = 100


def an_assignment(assignment_id: str = "role-models", **changed: str | None) -> Assignment:
    return Assignment(
        assignment_id=assignment_id,
        grade_scale=changed.get("grade_scale") or LEGACY,
        context_origin=changed.get("context_origin", "research_experiment"),
        course_id=changed.get("course_id"),
        student_prompt_storage_id=changed.get("student_prompt_storage_id", "0" * 32),
    )


def an_anchor(anchor_id: int, grade: str, label: str | None = None) -> Anchor:
    return Anchor(
        anchor_id=anchor_id, label=label or f"{grade}-{anchor_id}", grade=grade, storage_id=f"{anchor_id:032x}"
    )


@dataclass
class FakeAssignmentService:
    """Anchors are of each assignment's own scale; `asked` and `registered` say what was called, in order."""

    assignments: dict[str, Assignment] = field(default_factory=dict)
    held: dict[str, list[Anchor]] = field(default_factory=dict)
    elsewhere: dict[str, dict[str, int]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    registered: list[AnchorToRegister] = field(default_factory=list)

    def know(self, assignment: Assignment, anchors: Iterable[Anchor] = (), **other_scales: int) -> None:
        self.assignments[assignment.assignment_id] = assignment
        self.held[assignment.assignment_id] = list(anchors)
        self.elsewhere[assignment.assignment_id] = other_scales

    def assignment(self, assignment_id: str) -> Assignment:
        self.asked.append(assignment_id)
        if assignment_id not in self.assignments:
            raise Refused(
                "assignment-unknown",
                f"CJ knows no assignment {assignment_id}",
                hint="pdm run cj-admin instructions list, or:  pdm run cj-admin instructions create",
            )
        return self.assignments[assignment_id]

    def anchors(self, assignment_id: str) -> AnchorSummary:
        scale = self.assignment(assignment_id).grade_scale
        held = self.held[assignment_id]
        own = {scale: len(held)} if held else {}
        return AnchorSummary(
            assignment_id=assignment_id,
            grade_scale=scale,
            anchors=tuple(held),
            count_by_scale=own | self.elsewhere[assignment_id],
        )

    def register_anchor(self, assignment_id: str, anchor: AnchorToRegister, text: str) -> RegisteredAnchor:
        self.registered.append(anchor)
        if assignment_id not in self.assignments:
            raise _refusal(anchor, f"Unknown assignment_id '{assignment_id}'")
        if len(text) < SHORTEST_TEXT:
            raise _refusal(anchor, "Value error, Essay text too short (min 100 chars)")
        made = self._made(assignment_id, anchor)
        self._keep(assignment_id, made)
        scale = self.assignments[assignment_id].grade_scale
        return RegisteredAnchor(anchor_id=made.anchor_id, storage_id=made.storage_id, grade_scale=scale)

    def _made(self, assignment_id: str, anchor: AnchorToRegister) -> Anchor:
        number = len(self.registered)
        same = [held.anchor_id for held in self.held[assignment_id] if held.label == anchor.label]
        anchor_id = same[0] if same else 1000 + number
        return Anchor(anchor_id=anchor_id, label=anchor.label, grade=anchor.grade, storage_id=f"{number:032x}")

    def _keep(self, assignment_id: str, made: Anchor) -> None:
        others = [held for held in self.held[assignment_id] if held.label != made.label]
        self.held[assignment_id] = [*others, made]


class ForgetfulAssignmentService(FakeAssignmentService):
    """Acknowledges a registration and does not keep it."""

    def _keep(self, assignment_id: str, made: Anchor) -> None:
        return


@dataclass(frozen=True)
class FailingAssignmentService:
    """Answers everything with one error."""

    error: Eng5Error

    def assignment(self, assignment_id: str) -> Assignment:
        raise self.error

    def anchors(self, assignment_id: str) -> AnchorSummary:
        raise self.error

    def register_anchor(self, assignment_id: str, anchor: AnchorToRegister, text: str) -> RegisteredAnchor:
        raise self.error


def _refusal(anchor: AnchorToRegister, words: str) -> ServiceFailed:
    return ServiceFailed("anchor-refused", f"CJ refuses anchor {anchor.label}: {words}", hint="correct it")
