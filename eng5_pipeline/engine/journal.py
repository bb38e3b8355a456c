"""The artefact log: what a run did, one durable line each, in the order it happened.

opened      pipeline, batch_uuid, spec, versions; first line, and again (`resumed`) for every later process
again       the user asks for a stage once more, whatever it did before; holds for the process that wrote it
started     a stage begins
note        of a stage, its own affair
effect      the first change outside is about to happen
committed   point of no return
warning     shown to the user and kept
skipped     a stage this run goes without, and why
finished    a stage with its result
stopped     a stage that did not finish: reference, what, hint, exit code
ended       status, exit code, final
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from pydantic import Field, ValidationError

from eng5_pipeline.domain.value import Value
from eng5_pipeline.durable import LineFile
from eng5_pipeline.errors import MachineFailed

Kind = Literal[
    "opened",
    "resumed",
    "again",
    "started",
    "note",
    "effect",
    "committed",
    "warning",
    "skipped",
    "finished",
    "stopped",
    "ended",
]


class Entry(Value):
    n: int
    at: datetime
    kind: Kind
    stage: str | None = None
    name: str | None = None
    data: dict[str, Any] = Field(default_factory=dict)


class Lines(Protocol):
    """Where the lines of a journal go."""

    def append(self, lines: Iterable[bytes]) -> None: ...


class NoDisk:
    """For a journal that no one resumes, as of `plan`."""

    def append(self, lines: Iterable[bytes]) -> None:
        return None


class Journal:
    """Append-only; what was written can be asked for at once."""

    def __init__(self, lines: Lines, now: Callable[[], datetime], entries: tuple[Entry, ...] = ()) -> None:
        self._lines = lines
        self._now = now
        self._entries = list(entries)
        self._asked_again: set[str] = set()

    @property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(self._entries)

    def append(self, kind: Kind, *, stage: str | None = None, name: str | None = None, **data: Any) -> Entry:
        """On the disk when it returns."""
        entry = Entry(n=len(self._entries) + 1, at=self._now(), kind=kind, stage=stage, name=name, data=data)
        line = json.dumps(
            entry.model_dump(mode="json", exclude_defaults=True), ensure_ascii=False, separators=(",", ":")
        )
        self._lines.append([line.encode()])
        self._entries.append(entry)
        return entry

    def last(self, kind: Kind, *, stage: str | None = None, name: str | None = None) -> Entry | None:
        for entry in reversed(self._entries):
            if entry.kind == kind and stage in (None, entry.stage) and name in (None, entry.name):
                return entry
        return None

    def ask_again(self, stage: str) -> None:
        """The user's word for this very process: a later one goes by what was really done."""
        self.append("again", stage=stage)
        self._asked_again.add(stage)

    def asked_again(self, stage: str) -> bool:
        return stage in self._asked_again

    @property
    def asked_anything_again(self) -> bool:
        return bool(self._asked_again)


def open_journal(file: LineFile, now: Callable[[], datetime]) -> Journal:
    """A journal on disk with whatever it holds already; a torn tail was cut when the file was opened."""
    return Journal(file, now, tuple(read_entries(file.path)))


def read_entries(path: Path) -> Iterator[Entry]:
    """Whole lines of a journal that another process may be writing."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if line.endswith(b"\n"):
                    yield _entry(path, number, line)
    except OSError as error:
        raise MachineFailed("journal-unreadable", f"{path}: {error.strerror}", hint="see to this file") from error


def _entry(path: Path, number: int, line: bytes) -> Entry:
    try:
        return Entry.model_validate_json(line)
    except ValidationError as error:
        raise MachineFailed(
            "journal-damaged",
            f"{path}:{number} is not a journal line",
            hint="restore the file from a backup; nothing was changed",
        ) from error
