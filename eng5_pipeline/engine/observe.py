"""Who is told what happens: the console, the run's log, tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from eng5_pipeline.results import StageResult


class Observer(Protocol):
    """Told in the order things happen; must not raise."""

    def stage_started(self, stage: str) -> None: ...

    def stage_finished(self, stage: str, result: StageResult, seconds: float) -> None: ...

    def stage_replayed(self, stage: str, result: StageResult) -> None: ...

    def stage_skipped(self, stage: str, why: str) -> None: ...

    def stage_stopped(self, stage: str, reference: str, what: str) -> None: ...

    def warned(self, stage: str, reference: str, what: str) -> None: ...

    def progressed(self, stage: str, done: int, total: int | None, facts: Mapping[str, object]) -> None: ...


class Quiet:
    """Tells nobody anything; to be refined where only some of it matters."""

    def stage_started(self, stage: str) -> None:
        return None

    def stage_finished(self, stage: str, result: StageResult, seconds: float) -> None:
        return None

    def stage_replayed(self, stage: str, result: StageResult) -> None:
        return None

    def stage_skipped(self, stage: str, why: str) -> None:
        return None

    def stage_stopped(self, stage: str, reference: str, what: str) -> None:
        return None

    def warned(self, stage: str, reference: str, what: str) -> None:
        return None

    def progressed(self, stage: str, done: int, total: int | None, facts: Mapping[str, object]) -> None:
        return None


class Observers:
    """Several as one, in the order given."""

    def __init__(self, *observers: Observer) -> None:
        self._observers = observers

    def stage_started(self, stage: str) -> None:
        for observer in self._observers:
            observer.stage_started(stage)

    def stage_finished(self, stage: str, result: StageResult, seconds: float) -> None:
        for observer in self._observers:
            observer.stage_finished(stage, result, seconds)

    def stage_replayed(self, stage: str, result: StageResult) -> None:
        for observer in self._observers:
            observer.stage_replayed(stage, result)

    def stage_skipped(self, stage: str, why: str) -> None:
        for observer in self._observers:
            observer.stage_skipped(stage, why)

    def stage_stopped(self, stage: str, reference: str, what: str) -> None:
        for observer in self._observers:
            observer.stage_stopped(stage, reference, what)

    def warned(self, stage: str, reference: str, what: str) -> None:
        for observer in self._observers:
            observer.warned(stage, reference, what)

    def progressed(self, stage: str, done: int, total: int | None, facts: Mapping[str, object]) -> None:
        for observer in self._observers:
            observer.progressed(stage, done, total, facts)
