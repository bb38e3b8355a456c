"""An observer that remembers."""

from __future__ import annotations

from collections.abc import Mapping

from eng5_pipeline.results import StageResult


class Remembering:
    def __init__(self) -> None:
        self.finished: list[str] = []
        self.replayed: list[str] = []
        self.skipped: list[str] = []
        self.stopped: list[tuple[str, str]] = []
        self.warnings: list[tuple[str, str, str]] = []

    def stage_started(self, stage: str) -> None:
        return None

    def stage_finished(self, stage: str, result: StageResult, seconds: float) -> None:
        self.finished.append(stage)

    def stage_replayed(self, stage: str, result: StageResult) -> None:
        self.replayed.append(stage)

    def stage_skipped(self, stage: str, why: str) -> None:
        self.skipped.append(stage)

    def stage_stopped(self, stage: str, reference: str, what: str) -> None:
        self.stopped.append((stage, reference))

    def warned(self, stage: str, reference: str, what: str) -> None:
        self.warnings.append((stage, reference, what))

    def progressed(self, stage: str, done: int, total: int | None, facts: Mapping[str, object]) -> None:
        return None
