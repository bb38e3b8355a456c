"""A pipeline is a tuple of stages that has been checked."""

from __future__ import annotations

from dataclasses import dataclass

from eng5_pipeline.engine.stage import Stage
from eng5_pipeline.results import StageResult


@dataclass(frozen=True)
class Pipeline:
    """Refuses, when built, a repeated name or result and a need that no earlier stage gives."""

    name: str
    stages: tuple[Stage[StageResult], ...]

    def __post_init__(self) -> None:
        names: set[str] = set()
        given: set[type[StageResult]] = set()
        for stage in self.stages:
            if stage.name in names:
                raise ValueError(f"{self.name}: two stages are called {stage.name}")
            if stage.gives in given:
                raise ValueError(f"{self.name}: {stage.name} gives {stage.gives.__name__} a second time")
            missing = [need.__name__ for need in stage.needs if need not in given]
            if missing:
                raise ValueError(f"{self.name}: {stage.name} needs {', '.join(missing)} before it")
            names.add(stage.name)
            given.add(stage.gives)
