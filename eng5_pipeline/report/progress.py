"""How far each stage of a run came, read from its journal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from eng5_pipeline.domain.value import Value
from eng5_pipeline.engine.journal import Entry
from eng5_pipeline.report.journalled import carried
from eng5_pipeline.results import (
    AnchorsVerified,
    Awaited,
    Extracted,
    Published,
    ResolvedAssignment,
    StageResult,
    Uploaded,
    Validated,
)

State = Literal["finished", "skipped", "stopped", "begun", "not_reached"]
Results = Mapping[type[StageResult], StageResult]

RESULT_OF: Mapping[str, type[StageResult]] = {
    "validate": Validated,
    "resolve_assignment": ResolvedAssignment,
    "anchor_preflight": AnchorsVerified,
    "upload": Uploaded,
    "publish": Published,
    "await": Awaited,
    "extract": Extracted,
}
_STATE_AFTER: Mapping[str, State] = {
    "started": "begun",
    "finished": "finished",
    "skipped": "skipped",
    "stopped": "stopped",
}


class StageRecord(Value):
    """One stage as its newest lines tell it.

    `begun`: started, and nobody saw it end. `attempts` counts every start, in this process and earlier ones;
    `seconds` is the length of the newest, None where its end is not known. `what` says why it was skipped or stopped.
    """

    name: str
    state: State
    attempts: int
    seconds: float | None = None
    headline: str | None = None
    reference: str | None = None
    what: str | None = None
    hint: str | None = None


def read_results(entries: Sequence[Entry]) -> Results:
    """The newest result of every stage that finished. Raises MachineFailed for one that this version cannot read."""
    newest = {entry.stage: entry for entry in entries if entry.kind == "finished"}
    found = ((kind, newest[stage]) for stage, kind in RESULT_OF.items() if stage in newest)
    return {kind: carried(kind, entry.data.get("result"), entry) for kind, entry in found}


def stage_records(entries: Sequence[Entry], results: Results) -> tuple[StageRecord, ...]:
    """Every stage of `run`, in its order."""
    return tuple(_stage(name, list(_of(entries, name)), results) for name in RESULT_OF)


def _of(entries: Sequence[Entry], stage: str) -> Iterator[Entry]:
    return (entry for entry in entries if entry.stage == stage and entry.kind in _STATE_AFTER)


def _stage(name: str, lines: Sequence[Entry], results: Results) -> StageRecord:
    if not lines:
        return StageRecord(name=name, state="not_reached", attempts=0)
    last = lines[-1]
    state = _STATE_AFTER[last.kind]
    return StageRecord(
        name=name,
        state=state,
        attempts=sum(line.kind == "started" for line in lines),
        seconds=_seconds(lines),
        headline=results[RESULT_OF[name]].headline() if state == "finished" else None,
        reference=last.name,
        what=last.data.get("what") or last.data.get("why"),
        hint=last.data.get("hint") or None,
    )


def _seconds(lines: Sequence[Entry]) -> float | None:
    """As measured where the stage finished; else between its lines. A stop without a start took no time of its own."""
    last, before = lines[-1], lines[-2:-1]
    if last.kind == "finished":
        return float(last.data["seconds"])
    if last.kind == "stopped" and before and before[0].kind == "started":
        return round((last.at - before[0].at).total_seconds(), 3)
    return None
