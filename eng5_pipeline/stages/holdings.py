"""What CJ holds of an assignment's anchors, down to the bytes at the Content Service."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from eng5_pipeline.domain.anchor_holdings import ComparedAnchor, compared
from eng5_pipeline.domain.assignment import Anchor, AnchorToRegister
from eng5_pipeline.errors import ServiceFailed
from eng5_pipeline.ports import AssignmentService, ContentStore

NOT_THERE = "content-refused"


@dataclass(frozen=True)
class Holdings:
    service: AssignmentService
    store: ContentStore

    def by_label(self, assignment_id: str) -> dict[str, Anchor]:
        """Of the assignment's own scale; CJ takes the grade where an anchor was registered without a label."""
        return {anchor.label or anchor.grade: anchor for anchor in self.service.anchors(assignment_id).anchors}

    def compare(self, anchor: AnchorToRegister, there: Anchor | None) -> ComparedAnchor:
        return compared(anchor, there, self._digest(there.storage_id) if there else None)

    def _digest(self, storage_id: str | None) -> str | None:
        """None where the Content Service says that it has no such text; raises where it cannot be asked."""
        if storage_id is None:
            return None
        try:
            return hashlib.sha256(self.store.get(storage_id)).hexdigest()
        except ServiceFailed as failure:
            if failure.reference != NOT_THERE:
                raise
            return None
