"""LoadedSpec: a run spec as it stands in a file, and where in the file each value stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from eng5_pipeline.errors import Problem
from eng5_pipeline.spec.model import RunSpec


@dataclass(frozen=True, order=True)
class Position:
    """1-based line and column."""

    line: int
    column: int


@dataclass(frozen=True)
class LoadedSpec:
    """A valid run spec.

    `path` is as given, `folder` is absolute and what the spec's paths are relative to, `digest` is the sha256
    of `raw` in lower-case hex, `positions` has a dotted key path (essays.students.files.0) for every value
    given, `lines` are the text as it may be shown.
    """

    spec: RunSpec
    raw: bytes
    path: Path
    folder: Path
    digest: str
    positions: Mapping[str, Position]
    lines: tuple[str, ...]

    @property
    def file(self) -> Path:
        """Where it stands, absolute."""
        return self.folder / self.path.name

    def position(self, where: str) -> Position:
        """Where a value stands, or else the nearest section around it, or else the beginning of the file."""
        while where and where not in self.positions:
            where = where.rpartition(".")[0]
        return self.positions.get(where, Position(1, 1))

    def problem(self, where: str, what: str, instead: str, reference: str = "spec-invalid") -> Problem:
        """A mistake that only shows later, such as a prompt file that is not there, located."""
        at = self.position(where)
        text = self.lines[at.line - 1] if at.line <= len(self.lines) else ""
        return Problem(str(self.path), at.line, at.column, where, what, instead, text, reference)
