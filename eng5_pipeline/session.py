"""One attempt at a pipeline: opened, executed once, closed. What it did is in its folder whatever happens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

from eng5_pipeline.context import RunContext
from eng5_pipeline.durable import replace_file
from eng5_pipeline.engine.ending import Status, conclude, recorded_ending
from eng5_pipeline.engine.journal import Journal
from eng5_pipeline.engine.observe import Observer, Observers, Quiet
from eng5_pipeline.engine.run import Surroundings, execute, had_effects
from eng5_pipeline.errors import Eng5Error, Interrupted
from eng5_pipeline.report.both import write_both
from eng5_pipeline.results import Awaited, StageResult, Validated
from eng5_pipeline.run_folder import RunFolder
from eng5_pipeline.spec.effective import Effective
from eng5_pipeline.wiring.wiring import Wiring


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended. `bug` is an exception that nobody foresaw; `stage` is where it stopped."""

    exit_code: int
    status: Status | None
    final: bool
    effects: bool
    stage: str | None
    error: Eng5Error | None
    bug: Exception | None
    context: RunContext


class Session:
    """A context manager: entering takes what the attempt needs, leaving gives it back."""

    def __init__(self, name: str, wiring: Wiring, effective: Effective, journal: Journal, keeps: Keeps) -> None:
        self.name = name
        self.batch_uuid = wiring.attempt.batch_uuid
        self.label = effective.spec.label
        self.effective = effective
        self.folder = keeps.folder
        self.journal = journal
        self.pipeline = wiring.pipeline(name)
        self._wiring = wiring
        self._keeps = keeps

    @property
    def stage_names(self) -> tuple[str, ...]:
        return tuple(stage.name for stage in self.pipeline.stages)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._wiring.attempt.closing.close()

    def execute(self, observer: Observer, stop_requested: Callable[[], bool]) -> Outcome:
        """Run the stages, journal the ending, write what is kept of it. Raises nothing but KeyboardInterrupt."""
        ctx = RunContext()
        over = recorded_ending(self.journal)
        if over is not None and over.final and not self.journal.asked_anything_again:
            return self._already_over(ctx, over.exit_code)
        self._wiring.attempt.notices.observer = observer
        self._tell_opening_warnings(observer)
        observers = Observers(observer, _KeepsInputs(self._keeps.folder))
        around = Surroundings(self.journal, observers, self._wiring.attempt.world.clock.monotonic, stop_requested)
        begun_at = len(self.journal.entries)
        error: Exception | None = None
        try:
            execute(self.pipeline, ctx, around)
        except Interrupted:
            error = self._interrupted()
        except Exception as stopped:  # a bug is told apart by its type, and never passed over
            error = stopped
        return self._concluded(ctx, error, begun_at)

    def _tell_opening_warnings(self, observer: Observer) -> None:
        """What was journalled when the session was opened, before there was anybody to tell."""
        resumed = self.journal.last("resumed")
        for entry in self.journal.entries[resumed.n :] if resumed else ():
            if entry.kind == "warning":
                observer.warned(entry.stage or "", entry.name or "", str(entry.data["what"]))

    def _already_over(self, ctx: RunContext, code: int) -> Outcome:
        """Nothing changes, but a process killed between its last line and the artefact is made up for."""
        error: Eng5Error | None = None
        try:
            if self._keeps.is_behind():
                self._keeps.write(self.journal)
        except Eng5Error as unwritten:
            error, code = unwritten, unwritten.exit_code(effects=True)
        return self._outcome(ctx, code, error, len(self.journal.entries))

    def _concluded(self, ctx: RunContext, error: Exception | None, begun_at: int) -> Outcome:
        try:
            code = conclude(self.journal, error, self._status_when_done(ctx))
            if len(self.journal.entries) > begun_at:
                self._keeps.write(self.journal)
        except Eng5Error as unwritten:  # a full disk at the very end must not look like success
            error, code = unwritten, unwritten.exit_code(effects=had_effects(self.journal))
        return self._outcome(ctx, code, error, begun_at)

    def _status_when_done(self, ctx: RunContext) -> Status:
        return "published" if self.name == "run" and not ctx.has(Awaited) else "completed"

    def _outcome(self, ctx: RunContext, code: int, error: Exception | None, begun_at: int) -> Outcome:
        ending = recorded_ending(self.journal)
        began = [entry.stage for entry in self.journal.entries[begun_at:] if entry.kind in ("started", "stopped")]
        return Outcome(
            exit_code=code,
            status=ending.status if ending else None,
            final=ending.final if ending else False,
            effects=had_effects(self.journal),
            stage=began[-1] if began and error is not None else None,
            error=error if isinstance(error, Eng5Error) else None,
            bug=error if not isinstance(error, Eng5Error) else None,
            context=ctx,
        )

    def _interrupted(self) -> Interrupted:
        verb = {"run": "resume", "extract": "extract"}.get(self.name)
        again = "start it again; what is kept is not sent twice"
        hint = f"go on:  eng5-pipeline {verb} {self.batch_uuid}" if verb else again
        return Interrupted("interrupted", "stopped on request", hint=hint)


@dataclass(frozen=True)
class _KeepsInputs(Quiet):
    """Adds the digests of the inputs to effective.json once they have been read; its values stay as recorded."""

    folder: RunFolder | None

    def stage_finished(self, stage: str, result: StageResult, seconds: float) -> None:
        if self.folder is not None and isinstance(result, Validated):
            recorded = Effective.from_json(self.folder.effective.read_bytes())
            replace_file(self.folder.effective, [recorded.with_inputs(result.digests()).to_json().encode(), b"\n"])


class Keeps(Protocol):
    """What stays of an attempt besides its journal."""

    @property
    def folder(self) -> RunFolder | None: ...

    def is_behind(self) -> bool:
        """The journal has gone on since what is kept was written."""

    def write(self, journal: Journal) -> None: ...


class KeepsNothing:
    folder = None

    def is_behind(self) -> bool:
        return False

    def write(self, journal: Journal) -> None:
        return None


@dataclass(frozen=True)
class KeepsRun:
    """The artefact and the report of a run."""

    folder: RunFolder

    def is_behind(self) -> bool:
        written = (self.folder.artefact, self.folder.report)
        return any(not path.exists() or _changed(path) < _changed(self.folder.journal) for path in written)

    def write(self, journal: Journal) -> None:
        write_both(self.folder)


@dataclass(frozen=True)
class KeepsRegistration:
    """The outcome of a registration, beside its journal."""

    folder: RunFolder

    def is_behind(self) -> bool:
        return False

    def write(self, journal: Journal) -> None:
        ending = recorded_ending(journal)
        if ending is not None:
            replace_file(self.folder.path / "outcome.json", [ending.model_dump_json(indent=2).encode(), b"\n"])


def _changed(path: Path) -> int:
    return path.stat().st_mtime_ns
