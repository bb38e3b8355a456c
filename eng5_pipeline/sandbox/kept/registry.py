"""What CJ keeps of assignments: instructions, the texts they name, and anchors.

Every write takes the transaction it is part of, so that its caller decides whether it is kept.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from eng5_pipeline.sandbox.kept.store import Store, as_text

INSTRUCTIONS = "assessment_instructions"
ANCHORS = "anchor_essay_references"


@dataclass(frozen=True)
class Instruction:
    id: int
    assignment_id: str | None
    course_id: str | None
    instructions_text: str
    created_at: datetime
    grade_scale: str
    student_prompt_storage_id: str | None
    judge_rubric_storage_id: str | None
    context_origin: str


@dataclass(frozen=True)
class NewInstruction:
    assignment_id: str | None
    course_id: str | None
    instructions_text: str
    grade_scale: str
    context_origin: str
    student_prompt_storage_id: str | None


@dataclass(frozen=True)
class Anchor:
    id: int
    grade: str
    text_storage_id: str
    assignment_id: str
    created_at: datetime
    grade_scale: str
    anchor_label: str


@dataclass(frozen=True)
class NewAnchor:
    assignment_id: str
    anchor_label: str
    grade: str
    grade_scale: str
    text_storage_id: str


@dataclass(frozen=True)
class Instructions:
    store: Store

    def of_assignment(self, assignment_id: str) -> Instruction | None:
        return self._one("assignment_id = ?", assignment_id)

    def of_scope(self, assignment_id: str | None, course_id: str | None) -> Instruction | None:
        """Those of the assignment or, where none is given, of the course."""
        return self._one("assignment_id IS ? AND course_id IS ?", assignment_id, course_id)

    def _one(self, where: str, *parameters: str | None) -> Instruction | None:
        row = self.store.row(f"SELECT * FROM {INSTRUCTIONS} WHERE {where}", *parameters)
        return _instruction(row) if row else None

    def count(self, grade_scale: str | None) -> int:
        row = self.store.row(
            f"SELECT count(*) AS n FROM {INSTRUCTIONS} WHERE ?1 IS NULL OR grade_scale = ?1", grade_scale
        )
        return int(row["n"]) if row else 0

    def page(self, grade_scale: str | None, number: int, size: int) -> list[Instruction]:
        """One page, the first being 1; newest first."""
        rows = self.store.rows(
            f"SELECT * FROM {INSTRUCTIONS} WHERE ?1 IS NULL OR grade_scale = ?1"
            " ORDER BY created_at DESC, id DESC LIMIT ?2 OFFSET ?3",
            grade_scale,
            size,
            (number - 1) * size,
        )
        return [_instruction(row) for row in rows]

    def add(self, unit: sqlite3.Connection, new_id: int, new: NewInstruction) -> None:
        """Raises sqlite3.IntegrityError where a value is too long for its column."""
        unit.execute(
            f"INSERT INTO {INSTRUCTIONS} VALUES (?, ?, ?, ?, ?, ?, ?, NULL, ?)",
            (
                new_id,
                new.assignment_id,
                new.course_id,
                new.instructions_text,
                as_text(self.store.clock()),
                new.grade_scale,
                new.student_prompt_storage_id,
                new.context_origin,
            ),
        )

    def change(self, unit: sqlite3.Connection, instruction_id: int, new: NewInstruction) -> None:
        """New text, and a new prompt where one is named; nothing else ever changes."""
        unit.execute(
            f"UPDATE {INSTRUCTIONS} SET instructions_text = ?,"
            " student_prompt_storage_id = coalesce(?, student_prompt_storage_id) WHERE id = ?",
            (new.instructions_text, new.student_prompt_storage_id, instruction_id),
        )

    def name_prompt(self, unit: sqlite3.Connection, assignment_id: str, storage_id: str) -> None:
        unit.execute(
            f"UPDATE {INSTRUCTIONS} SET student_prompt_storage_id = ? WHERE assignment_id = ?",
            (storage_id, assignment_id),
        )

    def name_rubric(self, unit: sqlite3.Connection, assignment_id: str, storage_id: str) -> None:
        unit.execute(
            f"UPDATE {INSTRUCTIONS} SET judge_rubric_storage_id = ? WHERE assignment_id = ?",
            (storage_id, assignment_id),
        )

    def delete(self, unit: sqlite3.Connection, assignment_id: str) -> None:
        unit.execute(f"DELETE FROM {INSTRUCTIONS} WHERE assignment_id = ?", (assignment_id,))


@dataclass(frozen=True)
class Anchors:
    store: Store

    def of_assignment(self, assignment_id: str) -> list[Anchor]:
        """On every scale, in the order of their ids."""
        rows = self.store.rows(f"SELECT * FROM {ANCHORS} WHERE assignment_id = ? ORDER BY id", assignment_id)
        return [_anchor(row) for row in rows]

    def put(self, unit: sqlite3.Connection, new_id: int, new: NewAnchor) -> int:
        """The id of the anchor: the old one where assignment, label and scale are known already.

        Raises sqlite3.IntegrityError where a value is too long for its column.
        """
        (anchor_id,) = unit.execute(
            f"INSERT INTO {ANCHORS} VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (assignment_id, anchor_label, grade_scale)"
            " DO UPDATE SET grade = excluded.grade, text_storage_id = excluded.text_storage_id RETURNING id",
            (
                new_id,
                new.grade,
                new.text_storage_id,
                new.assignment_id,
                as_text(self.store.clock()),
                new.grade_scale,
                new.anchor_label,
            ),
        ).fetchone()
        return int(anchor_id)


def _instruction(row: sqlite3.Row) -> Instruction:
    return Instruction(**{**dict(row), "created_at": datetime.fromisoformat(row["created_at"])})


def _anchor(row: sqlite3.Row) -> Anchor:
    return Anchor(**{**dict(row), "created_at": datetime.fromisoformat(row["created_at"])})
