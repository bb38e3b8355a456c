"""What a start is given: the only reader of the environment."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

from eng5_pipeline.adapters.clock import SystemClock
from eng5_pipeline.adapters.patience import Patience
from eng5_pipeline.ports import Clock


@dataclass(frozen=True)
class World:
    """What differs between a real start and a test: nothing below looks at these behind its back.

    `broker_ends` where Kafka, and all that is on it, ends with this process.
    """

    environment: Mapping[str, str] = field(repr=False)
    here: Path
    home: Path
    clock: Clock
    new_uuid: Callable[[], UUID]
    patience: Patience = field(default_factory=Patience)
    broker_ends: bool = False


def real_world() -> World:
    return World(dict(os.environ), Path.cwd(), Path.home(), SystemClock(), uuid4)
