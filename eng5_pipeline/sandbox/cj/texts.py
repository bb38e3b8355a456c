"""The texts that instructions name, student prompt and judge's rubric, kept by the Content Service."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from eng5_pipeline.sandbox.cj.faces import CjFace, Refusal, missing
from eng5_pipeline.sandbox.cj.forms import RubricForm, StudentPromptForm
from eng5_pipeline.sandbox.http.answers import WriteDate, json_text, new_storage_id
from eng5_pipeline.sandbox.http.content_service import ContentRefusal, find, refusal_body
from eng5_pipeline.sandbox.kept.registry import Instruction, Instructions
from eng5_pipeline.sandbox.kept.store import Content, Contents

TEXT_TYPE = "text/plain; charset=utf-8"
QUOTED = 500
"""How much of the Content Service's error body CJ quotes, in characters."""


@dataclass(frozen=True)
class TextsDesk:
    instructions: Instructions
    contents: Contents
    face: CjFace
    write_date: WriteDate

    def keep(self, text: str) -> str:
        """The storage id of a text. What CJ sends to the Content Service is kept in both faces."""
        storage_id = new_storage_id()
        self.contents.put(storage_id, Content(TEXT_TYPE, text.encode()))
        return storage_id

    def fetch(self, storage_id: str) -> str:
        """Raises Refusal (502) where the Content Service does not have it."""
        try:
            return find(self.contents, storage_id).body.decode(errors="replace")
        except ContentRefusal as refusal:
            raise self._content_refused(refusal, storage_id) from None

    def _content_refused(self, refusal: ContentRefusal, storage_id: str) -> Refusal:
        now = self.write_date(self.contents.store.clock())
        body = json_text(refusal_body(refusal, str(uuid4()), now))
        return Refusal(
            502,
            "EXTERNAL_SERVICE_ERROR",
            f"Content Service error: HTTP {refusal.status}",
            {
                "error_text": body[:QUOTED],
                "external_service": "content_service",
                "status_code": refusal.status,
                "storage_id": storage_id,
            },
        )

    def prompt(self, assignment_id: str) -> dict[str, object]:
        instruction = self._instruction(assignment_id)
        storage_id = instruction.student_prompt_storage_id
        if storage_id is None:
            raise missing("StudentPrompt", assignment_id, message="No student prompt configured for assignment")
        return self._prompt_payload(instruction, storage_id, self.fetch(storage_id))

    def upload_prompt(self, form: StudentPromptForm) -> dict[str, object]:
        """The one write that CJ keeps in both faces."""
        instruction = self._instruction(form.assignment_id)
        storage_id = self.keep(form.prompt_text)
        with self.instructions.store.committed() as unit:
            self.instructions.name_prompt(unit, form.assignment_id, storage_id)
        return self._prompt_payload(instruction, storage_id, form.prompt_text)

    def rubric(self, assignment_id: str) -> dict[str, object]:
        instruction = self._instruction(assignment_id)
        storage_id = instruction.judge_rubric_storage_id
        if storage_id is None:
            raise missing("JudgeRubric", assignment_id, message="No rubric configured for assignment")
        return self._rubric_payload(instruction, storage_id, self.fetch(storage_id))

    def upload_rubric(self, form: RubricForm) -> dict[str, object]:
        instruction = self._instruction(form.assignment_id)
        storage_id = self.keep(form.rubric_text)
        with self.face.unit() as unit:
            self.instructions.name_rubric(unit, form.assignment_id, storage_id)
        return self._rubric_payload(instruction, storage_id, form.rubric_text)

    def _instruction(self, assignment_id: str) -> Instruction:
        found = self.instructions.of_assignment(assignment_id)
        if found is None:
            raise missing("AssessmentInstruction", assignment_id)
        return found

    def _prompt_payload(self, instruction: Instruction, storage_id: str, text: str) -> dict[str, object]:
        return self._payload(instruction) | {"student_prompt_storage_id": storage_id, "prompt_text": text}

    def _rubric_payload(self, instruction: Instruction, storage_id: str, text: str) -> dict[str, object]:
        return self._payload(instruction) | {"judge_rubric_storage_id": storage_id, "rubric_text": text}

    def _payload(self, instruction: Instruction) -> dict[str, object]:
        return {
            "assignment_id": instruction.assignment_id,
            "instructions_text": instruction.instructions_text,
            "grade_scale": instruction.grade_scale,
            "created_at": self.write_date(instruction.created_at),
        }
