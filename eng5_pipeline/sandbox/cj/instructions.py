"""CJ's assessment instructions: list, get, create or update, delete."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from eng5_pipeline.sandbox.cj.faces import CjFace, Refusal, Unforeseen, invalid, missing
from eng5_pipeline.sandbox.cj.forms import InstructionsForm
from eng5_pipeline.sandbox.http.answers import WriteDate
from eng5_pipeline.sandbox.kept.registry import INSTRUCTIONS, Instruction, Instructions, NewInstruction
from eng5_pipeline.sandbox.kept.scales import SCALES

PAGE_SIZE = 50
ASSIGNMENT_LENGTH = 100
COURSE_LENGTH = 50


@dataclass(frozen=True)
class InstructionsDesk:
    instructions: Instructions
    face: CjFace
    write_date: WriteDate

    def known(self, assignment_id: str) -> Instruction:
        """Raises Refusal where CJ does not know the assignment."""
        found = self.instructions.of_assignment(assignment_id)
        if found is None:
            raise missing("assessment_instruction", assignment_id)
        return found

    def payload(self, instruction: Instruction) -> dict[str, object]:
        return {
            "id": instruction.id,
            "assignment_id": instruction.assignment_id,
            "course_id": instruction.course_id,
            "instructions_text": instruction.instructions_text,
            "grade_scale": instruction.grade_scale,
            "context_origin": instruction.context_origin,
            "student_prompt_storage_id": instruction.student_prompt_storage_id,
            "created_at": self.write_date(instruction.created_at),
        }

    def page(self, number: str, size: str, grade_scale: str | None) -> dict[str, object]:
        """Raises Unforeseen for a page or size that is no number."""
        try:
            page, page_size = max(1, int(number)), max(1, int(size))
        except ValueError:
            raise Unforeseen("ValueError") from None
        return {
            "items": [self.payload(each) for each in self.instructions.page(grade_scale, page, page_size)],
            "total": self.instructions.count(grade_scale),
            "page": page,
            "page_size": page_size,
        }

    def upsert(self, form: InstructionsForm) -> dict[str, object]:
        """Raises Refusal: unknown scale, changed scale or origin, an id too long for its column."""
        if form.grade_scale not in SCALES:
            scales = ", ".join(sorted(SCALES))
            raise invalid("grade_scale", f"Unknown grade scale '{form.grade_scale}'. Available scales: {scales}")
        existing = self.instructions.of_scope(form.assignment_id, form.course_id)
        if existing is not None:
            _refuse_change(existing, form)
        return self._write(form, existing)

    def _write(self, form: InstructionsForm, existing: Instruction | None) -> dict[str, object]:
        new = _new(form)
        new_id = existing.id if existing else self.instructions.store.next_id(INSTRUCTIONS)
        with self.face.unit() as unit:
            try:
                if existing:
                    self.instructions.change(unit, new_id, new)
                else:
                    self.instructions.add(unit, new_id, new)
            except sqlite3.IntegrityError:
                raise _too_long(new) from None
            written = self.instructions.of_scope(new.assignment_id, new.course_id)
            return self.payload(written) if written else {}

    def delete(self, assignment_id: str) -> dict[str, object]:
        self.known(assignment_id)
        with self.face.unit() as unit:
            self.instructions.delete(unit, assignment_id)
        return {"assignment_id": assignment_id, "status": "deleted"}


def _refuse_change(existing: Instruction, form: InstructionsForm) -> None:
    for name, old, new in (
        ("grade_scale", existing.grade_scale, form.grade_scale),
        ("context_origin", existing.context_origin, form.context_origin),
    ):
        if old != new:
            raise invalid(name, f"{name} is immutable once assessment instructions exist for a scope")


def _new(form: InstructionsForm) -> NewInstruction:
    return NewInstruction(
        assignment_id=form.assignment_id,
        course_id=form.course_id,
        instructions_text=form.instructions_text,
        grade_scale=form.grade_scale,
        context_origin=form.context_origin,
        student_prompt_storage_id=form.student_prompt_storage_id,
    )


def _too_long(new: NewInstruction) -> Refusal:
    """CJ hands its database's own words through, with the statement and every value of it."""
    width = ASSIGNMENT_LENGTH if new.assignment_id is not None else COURSE_LENGTH
    columns = (
        "assignment_id",
        "course_id",
        "instructions_text",
        "grade_scale",
        "context_origin",
        "student_prompt_storage_id",
        "judge_rubric_storage_id",
    )
    values = tuple(getattr(new, column, None) for column in columns)
    marks = ", ".join(f"${n}::VARCHAR" for n in range(1, len(columns) + 1))
    return Refusal(
        500,
        "PROCESSING_ERROR",
        "Failed to persist instructions",
        {
            "error": "(sqlalchemy.dialects.postgresql.asyncpg.Error) "
            "<class 'asyncpg.exceptions.StringDataRightTruncationError'>: "
            f"value too long for type character varying({width})\n"
            f"[SQL: INSERT INTO {INSTRUCTIONS} ({', '.join(columns)}) VALUES ({marks}) "
            f"RETURNING {INSTRUCTIONS}.id, {INSTRUCTIONS}.created_at]\n"
            f"[parameters: {values!r}]\n"
            "(Background on this error at: https://sqlalche.me/e/20/dbapi)"
        },
    )
