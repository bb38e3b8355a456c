"""What tells a person, or a program, how a session goes."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from eng5_pipeline.cli.program import Outcome, Session
from eng5_pipeline.engine.observe import Observer


class Display(Observer, Protocol):
    """An observer with a beginning and an end; it is entered, so that a live one can be taken down."""

    def opened(self, session: Session) -> None: ...

    def say(self, text: str) -> None:
        """A word that belongs to no stage; called from any thread."""

    def ended(self, session: Session, outcome: Outcome) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
