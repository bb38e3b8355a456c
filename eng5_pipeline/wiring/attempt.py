"""What one attempt is about."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from eng5_pipeline.engine.observe import Observer
from eng5_pipeline.run_folder import RunFolder
from eng5_pipeline.spec.model import RunSpec
from eng5_pipeline.stages.publish import Choice
from eng5_pipeline.wiring.world import World


@dataclass(frozen=True)
class Wishes:
    """What the command line says beyond the spec's own keys."""

    replace_anchors: bool = False
    outcome_choice: Choice | None = None


class Notices:
    """Where an adapter's word for the user goes, once there is somebody to tell."""

    observer: Observer | None = None

    def tell(self, stage: str, what: str) -> None:
        if self.observer is not None:
            self.observer.warned(stage, "cache-held", what)


@dataclass(frozen=True)
class Attempt:
    """`folder` is where the spec's paths start, `run` where this run is kept, `output` where all runs are."""

    spec: RunSpec
    spec_name: str
    folder: Path
    output: Path
    run: RunFolder
    batch_uuid: UUID
    world: World
    wishes: Wishes
    closing: ExitStack = field(default_factory=ExitStack)
    notices: Notices = field(default_factory=Notices)
