"""Remembers of a session what is asked for at its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eng5_pipeline.engine.observe import Quiet
from eng5_pipeline.results import StageResult


@dataclass(frozen=True)
class Warned:
    stage: str
    reference: str
    what: str


class Witness(Quiet):
    """An observer: how far each stage had come, what was warned of, whether anything was done at all."""

    def __init__(self) -> None:
        self.reached: dict[str, int] = {}
        self.warnings: list[Warned] = []
        self.went_on = False

    def stage_started(self, stage: str) -> None:
        self.went_on = True

    def stage_replayed(self, stage: str, result: StageResult) -> None:
        self.went_on = True

    def stage_stopped(self, stage: str, reference: str, what: str) -> None:
        self.went_on = True

    def warned(self, stage: str, reference: str, what: str) -> None:
        self.warnings.append(Warned(stage, reference, what))

    def progressed(self, stage: str, done: int, total: int | None, facts: Mapping[str, object]) -> None:
        self.reached[stage] = done
