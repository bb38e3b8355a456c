"""What a run folder says of its run, its events apart: read once here for artefact, page and listings.

Everything comes from the folder's own files, so that a run reads the same on another machine and years later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NoReturn, TypeVar
from uuid import UUID

from pydantic import ValidationError

from eng5_pipeline.contracts.events import RequestEnvelope
from eng5_pipeline.domain.essays import essay_id
from eng5_pipeline.domain.extraction import ProcessOutcome
from eng5_pipeline.domain.positions import Gap
from eng5_pipeline.domain.value import Value
from eng5_pipeline.durable import told_as_unreadable
from eng5_pipeline.engine.ending import Ending, recorded_ending
from eng5_pipeline.engine.journal import Entry, Journal, NoDisk, read_entries
from eng5_pipeline.errors import MachineFailed
from eng5_pipeline.report import journalled
from eng5_pipeline.report.journalled import Opening, RunWarning, carried
from eng5_pipeline.report.progress import Results, StageRecord, read_results, stage_records
from eng5_pipeline.results import ResolvedAssignment, StageResult, Uploaded, UploadedEssay, Validated
from eng5_pipeline.run_folder import RunFolder
from eng5_pipeline.spec.effective import Effective

R = TypeVar("R", bound=StageResult)


class Student(Value):
    """An essay that was sent, or was about to be: then `storage_id` is None."""

    essay_id: str
    local_id: str
    storage_id: str | None
    raw_sha256: str
    text_sha256: str
    size: int
    words: int


@dataclass(frozen=True)
class RunRecord:
    """`ending` is None where the run was killed or is still running; `updated_at` is the time of the newest line."""

    folder: RunFolder
    opening: Opening
    opened_at: datetime
    updated_at: datetime
    ending: Ending | None
    stages: tuple[StageRecord, ...]
    warnings: tuple[RunWarning, ...]
    results: Results
    effective: Effective | None
    request: RequestEnvelope | None
    students: tuple[Student, ...]
    local_ids: Mapping[str, str]
    gaps: tuple[Gap, ...]
    extraction: ProcessOutcome | None

    @property
    def batch_uuid(self) -> UUID:
        return self.folder.batch_uuid

    @property
    def label(self) -> str:
        return self.opening.label

    @property
    def sent(self) -> frozenset[str]:
        """By these essay ids our job is told from others of the same batch_uuid."""
        return frozenset(self.local_ids)

    @property
    def assignment_id(self) -> str | None:
        return self.effective.spec.assignment.id if self.effective else None

    @property
    def course_id(self) -> str | None:
        """Of the spec, else of CJ."""
        named = self.effective.spec.assignment.course_id if self.effective else None
        resolved = self.result(ResolvedAssignment)
        return str(named) if named else resolved.assignment.course_id if resolved else None

    @property
    def grade_scale(self) -> str | None:
        resolved = self.result(ResolvedAssignment)
        return resolved.assignment.grade_scale if resolved else None

    @property
    def stopped(self) -> StageRecord | None:
        """Where the run ended, if it did not end well."""
        return next((stage for stage in self.stages if stage.state == "stopped"), None)

    def result(self, kind: type[R]) -> R | None:
        found = self.results.get(kind)
        assert found is None or isinstance(found, kind)
        return found


def read_run(folder: RunFolder) -> RunRecord:
    """Raises MachineFailed where a file is damaged; apart from the journal, one that is not there yet is no damage."""
    entries = tuple(read_entries(folder.journal))
    opening = _opening(folder, entries)
    results = read_results(entries)
    students = tuple(_students(folder.batch_uuid, results))
    return RunRecord(
        folder=folder,
        opening=opening,
        opened_at=entries[0].at,
        updated_at=entries[-1].at,
        ending=recorded_ending(Journal(NoDisk(), _no_time, entries)),
        stages=stage_records(entries, results),
        warnings=tuple(dict.fromkeys(journalled.warnings(entries))),  # a resumed run tells some of them again
        results=results,
        effective=_effective(folder),
        request=_request(folder),
        students=students,
        local_ids={essay.essay_id: essay.local_id for essay in _named(results, students)},
        gaps=tuple(journalled.gaps(entries)),
        extraction=journalled.extraction(entries),
    )


def _no_time() -> NoReturn:
    raise AssertionError("a run is only read here, nothing is added to its journal")


def _opening(folder: RunFolder, entries: Sequence[Entry]) -> Opening:
    if not entries:
        raise _damaged(folder.journal, "the run ended before its first line was written")
    return carried(Opening, entries[0].data, entries[0])


def _effective(folder: RunFolder) -> Effective | None:
    value = _read(folder.effective)
    return None if value is None else Effective.from_json(value)


def _request(folder: RunFolder) -> RequestEnvelope | None:
    value = _read(folder.request)
    try:
        return None if value is None else RequestEnvelope.model_validate_json(value)
    except ValidationError as error:
        raise _damaged(folder.request, "not a request") from error


def _read(path: Path) -> bytes | None:
    if not path.exists():
        return None
    with told_as_unreadable(path):
        return path.read_bytes()


def _students(batch_uuid: UUID, results: Results) -> Iterator[Student]:
    validated, uploaded = results.get(Validated), results.get(Uploaded)
    there = {essay.local_id: essay for essay in uploaded.essays} if isinstance(uploaded, Uploaded) else {}
    for essay in validated.essays if isinstance(validated, Validated) else ():
        sent = there.get(essay.local_id)
        yield Student(
            essay_id=sent.essay_id if sent else str(essay_id(batch_uuid, essay.local_id)),
            local_id=essay.local_id,
            storage_id=sent.storage_id if sent else None,
            raw_sha256=essay.raw_sha256,
            text_sha256=essay.text_sha256,
            size=essay.size,
            words=essay.words,
        )


def _named(results: Results, students: Sequence[Student]) -> Sequence[Student | UploadedEssay]:
    """Once they are uploaded, the essays are those of the request."""
    uploaded = results.get(Uploaded)
    return uploaded.essays if isinstance(uploaded, Uploaded) else students


def _damaged(path: Path, what: str) -> MachineFailed:
    return MachineFailed("run-damaged", f"{path}: {what}", hint="restore the file from a backup; nothing was changed")
