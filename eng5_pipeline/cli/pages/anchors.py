"""What became of a registration of anchors."""

from __future__ import annotations

from pathlib import Path

from eng5_pipeline.cli.conduct import Followed
from eng5_pipeline.cli.program import Session
from eng5_pipeline.cli.wording import LONGEST_NAME, cut, near, table
from eng5_pipeline.results import AnchorsRegistered


def anchors_page(session: Session, followed: Followed, here: Path) -> list[str]:
    """The anchors as CJ keeps them, where all of them were registered."""
    context = followed.outcome.context
    lines: list[str] = []
    if context.has(AnchorsRegistered):
        rows = [
            (
                str(anchor.anchor_id),
                cut(anchor.label, LONGEST_NAME),
                anchor.grade,
                cut(anchor.local_id, LONGEST_NAME),
            )
            for anchor in context.get(AnchorsRegistered).anchors
        ]
        lines = ["", *table(("id", "label", "grade", "essay"), rows)]
    return lines if session.folder is None else [*lines, "", f"journal   {near(session.folder.journal, here)}"]
