"""Those that say little: warnings alone, or nothing. Errors are told after the session all the same."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from eng5_pipeline.cli.display import phrases
from eng5_pipeline.cli.program import Outcome, Session
from eng5_pipeline.cli.streams import Stream
from eng5_pipeline.engine.observe import Quiet


class SilentDisplay(Quiet):
    def opened(self, session: Session) -> None:
        return None

    def say(self, text: str) -> None:
        return None

    def ended(self, session: Session, outcome: Outcome) -> None:
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


class QuietDisplay(SilentDisplay):
    """Warnings, and what answers the user."""

    def __init__(self, err: Stream) -> None:
        self._err = err

    def say(self, text: str) -> None:
        self._err.line(text)

    def warned(self, stage: str, reference: str, what: str) -> None:
        self._err.line(phrases.warning(stage, reference, what))
