"""The essays and the task of a batch, read by their storage ids as CJ reads them from the Content Service.

A text that is missing, blank or not UTF-8 takes its essay out of the batch without a word.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from eng5_pipeline.sandbox.batch.batch_facts import AnchorFacts, Essay
from eng5_pipeline.sandbox.batch.batches import anchor_essay_id, is_anchor
from eng5_pipeline.sandbox.batch.intake import Request
from eng5_pipeline.sandbox.batch.judge import Task
from eng5_pipeline.sandbox.kept.registry import Anchors, Instruction, Instructions
from eng5_pipeline.sandbox.kept.store import Contents, Store


@dataclass(frozen=True)
class Gathering:
    contents: Contents
    instructions: Instructions
    anchors: Anchors

    @classmethod
    def of(cls, store: Store) -> Gathering:
        return cls(Contents(store), Instructions(store), Anchors(store))

    def assignment(self, request: Request) -> Instruction | None:
        wanted = request.data.assignment_id
        return self.instructions.of_assignment(wanted) if wanted is not None else None

    def students(self, request: Request) -> list[Essay]:
        """What the request names; an id that begins as an anchor's does is taken for one."""
        texts = {essay_id: self.text(storage_id) for essay_id, storage_id in request.essays.items()}
        return [
            Essay(essay_id, request.essays[essay_id], text, is_anchor(essay_id))
            for essay_id, text in texts.items()
            if text is not None
        ]

    def anchor_essays(self, assignment: Instruction | None, new_id: Callable[[], str]) -> list[Essay]:
        """The anchors of the assignment on its scale, each under an id made for this batch."""
        if assignment is None or assignment.assignment_id is None:
            return []
        found = [
            (anchor, self.text(anchor.text_storage_id))
            for anchor in self.anchors.of_assignment(assignment.assignment_id)
            if anchor.grade_scale == assignment.grade_scale
        ]
        return [
            Essay(
                anchor_essay_id(anchor.id, new_id()[:8]),
                anchor.text_storage_id,
                text,
                True,
                AnchorFacts(anchor.id, anchor.grade, anchor.anchor_label),
            )
            for anchor, text in found
            if text is not None
        ]

    def task(self, request: Request, assignment: Instruction | None) -> Task:
        override = request.overrides.judge_rubric_override
        if assignment is None:
            return Task(rubric=override)
        return Task(
            student_prompt=self._named(assignment.student_prompt_storage_id),
            criteria=assignment.instructions_text,
            rubric=override or self._named(assignment.judge_rubric_storage_id),
        )

    def text(self, storage_id: str) -> str | None:
        content = self.contents.get(storage_id)
        if content is None:
            return None
        try:
            text = content.body.decode("utf-8")
        except UnicodeDecodeError:
            return None
        return text if text.strip() else None

    def _named(self, storage_id: str | None) -> str | None:
        return self.text(storage_id) if storage_id is not None else None
