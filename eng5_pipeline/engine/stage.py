"""What a stage is, and what it may ask of the engine while it runs."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any, Protocol, TypeVar

from eng5_pipeline.context import RunContext
from eng5_pipeline.results import StageResult

R_co = TypeVar("R_co", bound=StageResult, covariant=True)
Note = Mapping[str, Any]  # a journalled JSON object; the stage that wrote it is the only one that reads it


class Touches(IntEnum):
    """How far a stage reaches."""

    DISK = 1
    READS_SERVICES = 2
    CHANGES_SERVICES = 3


class StageLog(Protocol):
    """A stage's own page of the journal."""

    def note(self, name: str, **data: Any) -> None:
        """On the disk when it returns."""

    def last(self, name: str) -> Note | None:
        """The newest note of this name that this stage wrote, in this process or an earlier one."""

    def started_before(self) -> bool:
        """An earlier process began this stage and did not finish it."""

    def effect(self) -> None:
        """Say, before it happens, that something outside is about to change. Cheap when said already."""

    def commit(self, **data: Any) -> None:
        """The point of no return: after it no earlier stage ever runs again. Implies an effect."""

    def committed(self) -> Note | None:
        """What `commit` was told, if it was called."""

    def warn(self, reference: str, what: str) -> None: ...

    def progress(self, done: int, total: int | None, **facts: object) -> None:
        """For the eye alone; nothing is journalled."""

    def safe_point(self) -> None:
        """Raises Interrupted when the user has asked to stop."""


class Stage(Protocol[R_co]):
    """Constructor fields are what it talks to; it returns a frozen value and writes nowhere else."""

    @property
    def name(self) -> str: ...

    @property
    def needs(self) -> tuple[type[StageResult], ...]: ...

    @property
    def gives(self) -> type[R_co]: ...

    @property
    def touches(self) -> Touches: ...

    def skip(self, ctx: RunContext) -> str | None:
        """Why this run goes without the stage; None where it does not."""

    def ready(self, ctx: RunContext) -> None:
        """Raises what would keep the stage from working; asked before anything changes outside."""

    def run(self, ctx: RunContext, log: StageLog) -> R_co: ...


class AlwaysReady:
    """The usual answers, for stages that are never skipped and need nothing to stand beforehand."""

    def skip(self, ctx: RunContext) -> str | None:
        return None

    def ready(self, ctx: RunContext) -> None:
        return None
