"""One JSON object a line on standard output. `v` changes when a field changes its meaning or goes."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from uuid import UUID

from eng5_pipeline.cli.display.pace import Pace
from eng5_pipeline.cli.display.phrases import Facts
from eng5_pipeline.cli.program import Outcome, Session
from eng5_pipeline.cli.streams import Stream
from eng5_pipeline.ports import Clock
from eng5_pipeline.results import StageResult

VERSION: Final = 1
PROGRESS_SECONDS: Final = 1.0


class JsonDisplay:
    """Every line has v, event, at and, of a run, batch_uuid."""

    def __init__(self, out: Stream, clock: Clock) -> None:
        self._out = out
        self._clock = clock
        self._pace = Pace(PROGRESS_SECONDS, clock.monotonic)
        self._batch_uuid: UUID | None = None

    def opened(self, session: Session) -> None:
        self._batch_uuid = session.batch_uuid if session.name in ("run", "extract") else None
        folder = session.folder.path if session.folder else None
        self._put(
            "opened",
            pipeline=session.name,
            label=session.label,
            folder=folder,
            stages=list(session.stage_names),
        )

    def say(self, text: str) -> None:
        self._put("said", text=text)

    def ended(self, session: Session, outcome: Outcome) -> None:
        error = outcome.error
        told = {"reference": error.reference, "what": error.what, "hint": error.hint} if error else None
        self._put(
            "ended",
            exit_code=outcome.exit_code,
            status=outcome.status,
            final=outcome.final,
            stage=outcome.stage,
            error=told,
            bug=type(outcome.bug).__name__ if outcome.bug else None,
            artefact=_if_there(session.folder.artefact if session.folder else None),
            report=_if_there(session.folder.report if session.folder else None),
        )

    def stage_started(self, stage: str) -> None:
        self._pace.begin()
        self._put("stage_started", stage=stage)

    def stage_finished(self, stage: str, result: StageResult, seconds: float) -> None:
        self._put("stage_finished", stage=stage, headline=result.headline(), seconds=round(seconds, 3))

    def stage_replayed(self, stage: str, result: StageResult) -> None:
        self._put("stage_replayed", stage=stage, headline=result.headline())

    def stage_skipped(self, stage: str, why: str) -> None:
        self._put("stage_skipped", stage=stage, why=why)

    def stage_stopped(self, stage: str, reference: str, what: str) -> None:
        self._put("stage_stopped", stage=stage, reference=reference, what=what)

    def warned(self, stage: str, reference: str, what: str) -> None:
        self._put("warning", stage=stage, reference=reference, what=what)

    def progressed(self, stage: str, done: int, total: int | None, facts: Facts) -> None:
        if self._pace.due():
            self._put("progress", stage=stage, done=done, total=total, facts=dict(facts))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def _put(self, event: str, **fields: object) -> None:
        batch = {"batch_uuid": self._batch_uuid} if self._batch_uuid else {}
        line = {"v": VERSION, "event": event, "at": self._clock.now().isoformat(), **batch, **fields}
        self._out.line(json.dumps(line, ensure_ascii=True, default=_plain))


def _plain(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else str(value)


def _if_there(path: Path | None) -> Path | None:
    return path if path is not None and path.is_file() else None
