"""How to go on with a session that did not get to its end."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Protocol

from eng5_pipeline.cli.program import Outcome, Session
from eng5_pipeline.cli.wording import near
from eng5_pipeline.engine.journal import read_entries
from eng5_pipeline.errors import typed
from eng5_pipeline.run_folder import SEARCH_DEPTH, RunFolder

RESUME: Final = "eng5-pipeline resume"
EXTRACT: Final = "eng5-pipeline extract"
NO_RESUME_HERE: Final = (
    "this run cannot be resumed: its broker ended with the command that began it. To try resume, keep a stack up:  "
    "eng5-pipeline sandbox"
)


class Afterwards(Protocol):
    """What can be done once the command has ended."""

    def ways_on(self, session: Session, outcome: Outcome, here: Path) -> list[str]:
        """The hint of what stopped the session, and how to go on where that is possible and not said yet."""

    def go_on(self, folder: RunFolder, here: Path) -> str:
        """With a run that is not over."""


class ServicesStay:
    """A run is named by its path: that is found from anywhere and is never ambiguous."""

    def ways_on(self, session: Session, outcome: Outcome, here: Path) -> list[str]:
        hint = _typable(outcome.error.hint, session, here) if outcome.error else ""
        ways = [hint] if hint else []
        if RESUME not in hint and not outcome.final and session.folder and session.name == "run":
            ways.append(f"go on:  {self.go_on(session.folder, here)}")
        return ways

    def go_on(self, folder: RunFolder, here: Path) -> str:
        return f"{RESUME} {typed(near(folder.path, here))}"


class BrokerEnds:
    """Where everything on the broker is lost with the command, no resume is promised."""

    def ways_on(self, session: Session, outcome: Outcome, here: Path) -> list[str]:
        ways = ServicesStay().ways_on(session, outcome, here)
        ways = [f"{way} --sandbox" if EXTRACT in way else way for way in ways]
        kept = [way for way in ways if RESUME not in way]
        return kept if len(kept) == len(ways) else [*kept, NO_RESUME_HERE]

    def go_on(self, folder: RunFolder, here: Path) -> str:
        return NO_RESUME_HERE


def after_run(folder: RunFolder) -> Afterwards:
    """Of a run that was begun by another command. Raises MachineFailed where its journal cannot be read."""
    opened = next(read_entries(folder.journal), None)
    return BrokerEnds() if opened and opened.data.get("broker_ends") else ServicesStay()


def _typable(hint: str, session: Session, here: Path) -> str:
    """A run is named by its path where the batch_uuid alone would not find it from `here`."""
    if session.folder is None or _is_found(session.folder, here):
        return hint
    return hint.replace(f" {session.batch_uuid}", f" {typed(session.folder.path)}")


def _is_found(folder: RunFolder, here: Path) -> bool:
    """Whether the run is where a name is looked for."""
    output = folder.path.parent
    if not output.is_relative_to(here):
        return False
    steps = output.relative_to(here).parts
    return len(steps) <= SEARCH_DEPTH and not any(step.startswith(".") for step in steps)
