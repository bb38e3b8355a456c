"""Read the anchors that a registration would send."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from eng5_pipeline.context import RunContext
from eng5_pipeline.domain.anchor_table import (
    FROM_NAMES,
    grades_from_names,
    grades_from_table,
    refuse_equal_labels,
)
from eng5_pipeline.domain.assignment import AnchorToRegister
from eng5_pipeline.domain.essays import local_id, text_sha256
from eng5_pipeline.engine.stage import AlwaysReady, StageLog, Touches
from eng5_pipeline.errors import Refused
from eng5_pipeline.ports import EssayFiles, FileChoice
from eng5_pipeline.results import AnchorsRead
from eng5_pipeline.stages.refusing import refuse_all

FEWEST_CHARACTERS = 100  # CJ refuses a shorter anchor


@dataclass(frozen=True)
class ValidateAnchors(AlwaysReady):
    """`grades` is a table's path, or `from-names`."""

    files: EssayFiles
    anchors: FileChoice
    grades: str

    name = "validate"
    needs = ()
    gives = AnchorsRead
    touches = Touches.DISK

    def run(self, ctx: RunContext, log: StageLog) -> AnchorsRead:
        chosen = self.anchors
        paths, _, refused = self.files.find(chosen.patterns, chosen.exclude, chosen.follow_links)
        refuse_all(refused, log)
        names = [local_id(path) for path in paths]
        if self.grades == FROM_NAMES:
            graded = grades_from_names(names)
        else:
            graded = grades_from_table(self.files.text(PurePosixPath(self.grades)), self.grades, names)
        refuse_equal_labels(graded.values())
        return AnchorsRead(
            anchors=tuple(self._anchor(path, name, *graded[name]) for path, name in zip(paths, names, strict=True))
        )

    def _anchor(self, path: PurePosixPath, name: str, grade: str, label: str) -> AnchorToRegister:
        text = self.files.read(path).text
        if len(text) < FEWEST_CHARACTERS:
            raise Refused(
                "anchor-too-short",
                f"anchor {name} has {len(text)} characters, CJ takes {FEWEST_CHARACTERS} or more",
                hint="choose a longer anchor text",
            )
        return AnchorToRegister(
            local_id=name,
            path=str(path),
            label=label,
            grade=grade,
            text_sha256=text_sha256(text),
            characters=len(text),
        )
