"""What `runs` and `show` tell: values to be laid out elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from eng5_pipeline.engine.ending import Ending, Status
from eng5_pipeline.errors import Eng5Error
from eng5_pipeline.report.endings import in_words
from eng5_pipeline.report.judged import Judged, read_judged
from eng5_pipeline.report.ranking import RankedEssay, ranking
from eng5_pipeline.report.run_record import RunRecord, read_run
from eng5_pipeline.results import Awaited
from eng5_pipeline.run_folder import RunFolder

WantedStatus = Status | Literal["unfinished", "damaged"]


@dataclass(frozen=True)
class RunLine:
    """One run in a list, read from its journal alone.

    `comparisons` is None where the batch was not seen to complete. `damage` says why a run cannot be read; all else
    is unknown then.
    """

    folder: RunFolder
    label: str | None = None
    opened_at: datetime | None = None
    updated_at: datetime | None = None
    ending: Ending | None = None
    students: int | None = None
    comparisons: int | None = None
    damage: str | None = None

    @property
    def state(self) -> str:
        return "Damaged" if self.damage else in_words(self.ending)


@dataclass(frozen=True)
class Wanted:
    """Which runs of a list: None and an empty label want all.

    `status` is that of the artefact, or `unfinished` for a run without an end, or `damaged`. `label` is a part of a
    label, in any letter case. `since` is the first day in UTC. `last` is how many of the newest.
    """

    status: WantedStatus | None = None
    label: str = ""
    since: date | None = None
    last: int | None = None

    def among(self, lines: Sequence[RunLine]) -> tuple[RunLine, ...]:
        found = [line for line in lines if self._wants(line)]
        return tuple(found if self.last is None else found[max(0, len(found) - self.last) :])

    def _wants(self, line: RunLine) -> bool:
        begun = line.opened_at.date() if line.opened_at else None
        return (
            self.status in (None, _status(line))
            and self.label.casefold() in (line.label or "").casefold()
            and (self.since is None or (begun is not None and begun >= self.since))
        )


@dataclass(frozen=True)
class RunView:
    """One run in full."""

    record: RunRecord
    judged: Judged
    ranking: tuple[RankedEssay, ...]

    @property
    def state(self) -> str:
        return in_words(self.record.ending)


def list_runs(folders: Iterable[RunFolder]) -> tuple[RunLine, ...]:
    """In the order given. A damaged run is a line like any other, so that it does not hide the rest."""
    return tuple(map(_line, folders))


def show_run(folder: RunFolder) -> RunView:
    """Raises MachineFailed or Differs where a file of the folder is damaged."""
    record = read_run(folder)
    judged = read_judged(record)
    return RunView(record, judged, ranking(record, judged))


def _status(line: RunLine) -> WantedStatus:
    if line.damage is not None:
        return "damaged"
    return line.ending.status if line.ending else "unfinished"


def _line(folder: RunFolder) -> RunLine:
    try:
        record = read_run(folder)
    except Eng5Error as error:
        return RunLine(folder, damage=error.what)
    awaited = record.result(Awaited)
    return RunLine(
        folder=folder,
        label=record.label,
        opened_at=record.opened_at,
        updated_at=record.updated_at,
        ending=record.ending,
        students=len(record.students) if record.students else None,
        comparisons=awaited.comparisons if awaited else None,
    )
