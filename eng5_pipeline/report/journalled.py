"""What journal lines carry besides stage results, and how any of it is read back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from eng5_pipeline.domain.extraction import ProcessOutcome
from eng5_pipeline.domain.positions import Gap
from eng5_pipeline.domain.value import Value
from eng5_pipeline.engine.journal import Entry
from eng5_pipeline.errors import MachineFailed

M = TypeVar("M", bound=BaseModel)


class _Lenient(BaseModel):
    """What another version added is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class GitState(_Lenient):
    commit: str
    dirty: bool


class Opening(_Lenient):
    """The journal's first line: who ran what."""

    pipeline: str
    label: str
    spec_path: str
    spec_folder: str
    spec_sha256: str
    versions: dict[str, str]
    git: GitState | None = None


class RunWarning(Value):
    stage: str | None
    reference: str
    what: str


def carried(kind: type[M], data: object, entry: Entry) -> M:
    """Raises MachineFailed for what this version cannot read."""
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        raise MachineFailed(
            "journal-unreadable",
            f"line {entry.n} of the journal: no {kind.__name__} that this version can read",
            hint="read the run with the version that the journal's first line names",
        ) from error


def warnings(entries: Sequence[Entry]) -> Iterator[RunWarning]:
    """Each once: a stage that runs again after an interruption warns again."""
    told = (entry for entry in entries if entry.kind == "warning")
    found = [RunWarning(stage=e.stage, reference=e.name or "", what=str(e.data.get("what", ""))) for e in told]
    return iter(dict.fromkeys(found))


def gaps(entries: Sequence[Entry]) -> Iterator[Gap]:
    """Each once: a later process meets the same hole again."""
    return iter(dict.fromkeys(carried(Gap, note.data, note) for note in _notes(entries, "await", "gap")))


def extraction(entries: Sequence[Entry]) -> ProcessOutcome | None:
    """Of the newest start, failed or not: its stage notes the outcome before it judges it. None where it is unknown."""
    starts = [entry.n for entry in entries if (entry.kind, entry.stage) == ("started", "extract")]
    notes = [note for note in _notes(entries, "extract", "outcome") if note.n > max(starts, default=0)]
    return carried(ProcessOutcome, notes[-1].data, notes[-1]) if notes else None


def _notes(entries: Sequence[Entry], stage: str, name: str) -> Iterator[Entry]:
    return (entry for entry in entries if (entry.kind, entry.stage, entry.name) == ("note", stage, name))
