"""For files and terminals that cannot redraw: a line for every event, and signs of life in between."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Final, Self

from eng5_pipeline.cli.display import phrases
from eng5_pipeline.cli.display.pace import Pace
from eng5_pipeline.cli.program import Outcome, Session
from eng5_pipeline.cli.streams import Stream
from eng5_pipeline.ports import Clock
from eng5_pipeline.results import StageResult

HEARTBEAT_SECONDS: Final = 10.0


class PlainDisplay:
    """`name` leads every line where several sessions share a console."""

    def __init__(self, err: Stream, clock: Clock, here: Path, name: str = "") -> None:
        self._err = err
        self._clock = clock
        self._here = here
        self._name = f"{name}: " if name else ""
        self._pace = Pace(HEARTBEAT_SECONDS, clock.monotonic)

    def opened(self, session: Session) -> None:
        for line in phrases.heading(session, self._here):
            self.say(line)

    def say(self, text: str) -> None:
        self._err.line(f"{self._clock.now():%H:%M:%SZ} {self._name}{text}")

    def ended(self, session: Session, outcome: Outcome) -> None:
        return None

    def stage_started(self, stage: str) -> None:
        self._pace.begin()
        self.say(phrases.stage_line(stage, "begins", ""))

    def stage_finished(self, stage: str, result: StageResult, seconds: float) -> None:
        self.say(phrases.stage_line(stage, "done", phrases.finished(result, seconds)))

    def stage_replayed(self, stage: str, result: StageResult) -> None:
        self.say(phrases.stage_line(stage, "kept", result.headline()))

    def stage_skipped(self, stage: str, why: str) -> None:
        self.say(phrases.stage_line(stage, "skipped", why))

    def stage_stopped(self, stage: str, reference: str, what: str) -> None:
        self.say(phrases.stage_line(stage, "stopped", reference))

    def warned(self, stage: str, reference: str, what: str) -> None:
        self.say(phrases.warning(stage, reference, what))

    def progressed(self, stage: str, done: int, total: int | None, facts: phrases.Facts) -> None:
        if self._pace.due():
            self.say(phrases.stage_line(stage, "running", phrases.progress(stage, done, total, facts)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None
