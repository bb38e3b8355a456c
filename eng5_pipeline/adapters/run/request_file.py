"""The envelope of a run on disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from eng5_pipeline.durable import replace_file, told_as_unreadable


@dataclass(frozen=True)
class FileRequestFile:
    path: Path

    def read(self) -> bytes | None:
        """The very bytes that were written, None where none were."""
        with told_as_unreadable(self.path):
            return self.path.read_bytes() if self.path.exists() else None

    def write(self, value: bytes) -> None:
        replace_file(self.path, [value])
