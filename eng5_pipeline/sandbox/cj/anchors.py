"""CJ's anchors: registration, which asks for no token, and the summary of an assignment."""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass

from eng5_pipeline.sandbox.cj.faces import CjFace
from eng5_pipeline.sandbox.cj.forms import AnchorForm, Invalid, read_form
from eng5_pipeline.sandbox.cj.instructions import InstructionsDesk
from eng5_pipeline.sandbox.cj.texts import TextsDesk
from eng5_pipeline.sandbox.http.answers import WriteDate
from eng5_pipeline.sandbox.kept.registry import ANCHORS, Anchor, Anchors, Instruction, NewAnchor
from eng5_pipeline.sandbox.kept.scales import SCALES

REQUIRED = ("assignment_id", "grade", "essay_text")


class NotRegistered(Exception):
    """A registration that CJ answers with a bare text: 400, or 500 where its database refuses."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


@dataclass(frozen=True)
class AnchorsDesk:
    anchors: Anchors
    instructions: InstructionsDesk
    texts: TextsDesk
    face: CjFace
    write_date: WriteDate

    def summary(self, assignment_id: str) -> dict[str, object]:
        """Raises Refusal for an unknown assignment. No anchors is an answer, not an error."""
        scale = self.instructions.known(assignment_id).grade_scale
        anchors = self.anchors.of_assignment(assignment_id)
        on_scale = [anchor for anchor in anchors if anchor.grade_scale == scale]
        return {
            "assignment_id": assignment_id,
            "grade_scale": scale,
            "anchor_count": len(on_scale),
            "anchors": [self._payload(anchor) for anchor in on_scale],
            "anchor_count_total": len(anchors),
            "anchor_count_by_scale": Counter(anchor.grade_scale for anchor in anchors),
        }

    def _payload(self, anchor: Anchor) -> dict[str, object]:
        return {
            "id": anchor.id,
            "assignment_id": anchor.assignment_id,
            "anchor_label": anchor.anchor_label,
            "grade": anchor.grade,
            "grade_scale": anchor.grade_scale,
            "text_storage_id": anchor.text_storage_id,
            "created_at": self.write_date(anchor.created_at),
        }

    def register(self, body: object) -> dict[str, object]:
        """Raises NotRegistered."""
        form = _form(body)
        scale = self._instruction(form.assignment_id).grade_scale
        if not SCALES[scale].holds(form.grade):
            raise NotRegistered(400, f"Invalid grade '{form.grade}' for scale '{scale}'")
        new = NewAnchor(
            assignment_id=form.assignment_id,
            anchor_label=form.anchor_label or form.grade,
            grade=form.grade,
            grade_scale=scale,
            text_storage_id=self.texts.keep(form.essay_text),
        )
        return {
            "anchor_id": self._write(new),
            "storage_id": new.text_storage_id,
            "grade_scale": scale,
            "status": "registered",
        }

    def _instruction(self, assignment_id: str) -> Instruction:
        found = self.instructions.instructions.of_assignment(assignment_id)
        if found is None:
            raise NotRegistered(400, f"Unknown assignment_id '{assignment_id}'")
        return found

    def _write(self, new: NewAnchor) -> int:
        new_id = self.anchors.store.next_id(ANCHORS)
        with self.face.unit() as unit:
            try:
                return self.anchors.put(unit, new_id, new)
            except sqlite3.IntegrityError:
                raise NotRegistered(500, "Internal server error") from None


def _form(body: object) -> AnchorForm:
    if not isinstance(body, dict):
        raise NotRegistered(400, "Invalid JSON body")
    if not all(body.get(name) for name in REQUIRED):
        raise NotRegistered(400, "Missing required fields")
    try:
        return read_form(AnchorForm, body)
    except Invalid as error:
        raise NotRegistered(400, error.message) from None
