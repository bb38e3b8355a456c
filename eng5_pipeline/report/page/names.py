"""What essays, anchors and free text are called on the page: by their file names, or so that nobody can be told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import Protocol

from eng5_pipeline.domain.assignment import Anchor
from eng5_pipeline.report.ranking import anchor_of, is_anchor_id, registered_anchors
from eng5_pipeline.report.run_record import RunRecord

HIDDEN = "left out: it may name a file"
_HARMLESS_SETTINGS = ("assignment.", "limits.", "flags.", "judge.")


class Names(Protocol):
    @property
    def note(self) -> str | None:
        """What the reader is to know about the names."""

    def essay(self, essay_id: str) -> str: ...

    def short(self, essay_id: str) -> str:
        """Without its folders, where the rest is still unique."""

    def anchor(self, anchor: Anchor) -> str: ...

    def free(self, text: str) -> str:
        """Words of the run that may hold the name of a file."""

    def setting(self, key: str, value: str) -> str: ...


@dataclass(frozen=True)
class FileNames:
    """Local ids as they are, labels of anchors."""

    local_ids: Mapping[str, str]
    anchors: Mapping[int, Anchor]

    note = None

    def essay(self, essay_id: str) -> str:
        if essay_id in self.local_ids:
            return self.local_ids[essay_id]
        anchor = anchor_of(essay_id, self.anchors)
        return self.anchor(anchor) if anchor else essay_id

    def short(self, essay_id: str) -> str:
        local = self.local_ids.get(essay_id)
        return self._short[local] if local else self.essay(essay_id)

    def anchor(self, anchor: Anchor) -> str:
        return anchor.label or f"anchor {anchor.anchor_id}"

    def free(self, text: str) -> str:
        return text

    def setting(self, key: str, value: str) -> str:
        return value

    @cached_property
    def _short(self) -> Mapping[str, str]:
        files = {local: PurePosixPath(local).name for local in self.local_ids.values()}
        shared = Counter(files.values())
        return {local: file if shared[file] == 1 else local for local, file in files.items()}


@dataclass(frozen=True)
class Aliases:
    """Students numbered in the order of their essay ids, which has nothing to do with their names."""

    numbers: Mapping[str, int]

    note = "Names of files, labels of anchors and words that may hold them are left out."

    def essay(self, essay_id: str) -> str:
        if essay_id in self.numbers:
            return f"student {self.numbers[essay_id]}"
        return f"anchor {essay_id.split('_')[1]}" if is_anchor_id(essay_id) else "another essay"

    def short(self, essay_id: str) -> str:
        return self.essay(essay_id)

    def anchor(self, anchor: Anchor) -> str:
        return f"anchor {anchor.anchor_id}"

    def free(self, text: str) -> str:
        return HIDDEN

    def setting(self, key: str, value: str) -> str:
        return value if key.startswith(_HARMLESS_SETTINGS) else HIDDEN


def file_names(record: RunRecord) -> Names:
    return FileNames(record.local_ids, registered_anchors(record))


def aliases(record: RunRecord) -> Names:
    return Aliases({essay: number for number, essay in enumerate(sorted(record.local_ids), start=1)})
