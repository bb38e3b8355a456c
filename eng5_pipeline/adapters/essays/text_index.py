"""`extracted_texts.jsonl`: what each file came to when it was read, so that no run reads a document a second time.

A line that is none is passed over: its file is read again. The file may be removed at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from pydantic import ValidationError

from eng5_pipeline.adapters.shared_lines import SharedLines
from eng5_pipeline.ports import Clock, TextEntry, TextIndex


class _Entries:
    """The newest entry of each file and extractor."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        self.by_key: dict[tuple[str, str], TextEntry] = {}

    def take(self, number: int, line: bytes) -> None:
        try:
            entry = TextEntry.model_validate_json(line)
        except ValidationError:
            return
        self.by_key[entry.raw_sha256, entry.extractor] = entry


class FileTextIndex:
    """`tell` is given one line when another run is waited for. Not safe in several threads."""

    def __init__(self, path: Path, clock: Clock, tell: Callable[[str], None]) -> None:
        self._known = _Entries()
        self._lines = SharedLines(path, "the index of extracted texts", self._known, clock, tell)

    def entries(self) -> Mapping[tuple[str, str], TextEntry]:
        self._lines.catch_up()
        return MappingProxyType(self._known.by_key)

    def add(self, entries: Sequence[TextEntry]) -> None:
        self._lines.append([entry.model_dump_json().encode() for entry in entries])


@dataclass(frozen=True)
class OnlyRead:
    """An index for who must leave no trace."""

    index: TextIndex

    def entries(self) -> Mapping[tuple[str, str], TextEntry]:
        return self.index.entries()

    def add(self, entries: Sequence[TextEntry]) -> None:
        return None
