"""Carries sessions out: tells how each goes, keeps its log, says how it ended and what comes next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from eng5_pipeline.cli import failures
from eng5_pipeline.cli.afterwards import Afterwards
from eng5_pipeline.cli.deeds import what_was_done
from eng5_pipeline.cli.display.choose import Kind, display_for
from eng5_pipeline.cli.display.protocol import Display
from eng5_pipeline.cli.log import library_records, run_log
from eng5_pipeline.cli.program import Outcome, Program, Session
from eng5_pipeline.cli.stop import Stop, stop_on_signals
from eng5_pipeline.cli.witness import Warned, Witness
from eng5_pipeline.engine.observe import Observers


@dataclass(frozen=True)
class Manner:
    """How to talk: `display` is the form, `verbosity` -1, 0 or 1."""

    display: Kind = "auto"
    verbosity: int = 0

    @property
    def shows_pages(self) -> bool:
        """Whether a person reads standard output."""
        return self.display not in ("json", "none")


@dataclass(frozen=True)
class Followed:
    """An outcome with what was told on the way; `went_on` is False where the session had ended before."""

    outcome: Outcome
    warnings: tuple[Warned, ...]
    went_on: bool


class Conductor:
    """One for a command; its sessions may run at the same time in several threads."""

    def __init__(self, program: Program, manner: Manner) -> None:
        self.program = program
        self.manner = manner
        self._displays: list[Display] = []

    def say(self, text: str) -> None:
        """Through the console that is up, so that it is not torn."""
        for display in self._displays[-1:]:
            display.say(text)
        if not self._displays and self.manner.display != "none":
            self.program.err.line(text)

    def carry_out(self, session: Session, stop: Stop, after: Afterwards, *, name: str = "") -> Followed:
        """`name` leads the lines where several sessions share the console."""
        sessions, witness = self.program.sessions, Witness()
        display = display_for(self.manner.display, self.program, quiet=self.manner.verbosity < 0, name=name)
        with (
            run_log(session, sessions.clock) as log,
            self._up(display),
            self._last_words(session, stop, after),
        ):
            display.opened(session)
            outcome = session.execute(Observers(witness, log, display), stop.requested)
            if outcome.bug is not None:
                log.bug(outcome.bug)
            display.ended(session, outcome)
        self._tell_end(session, outcome, witness, after)
        return Followed(outcome, tuple(witness.warnings), witness.went_on)

    @contextmanager
    def _up(self, display: Display) -> Iterator[None]:
        with display:
            self._displays.append(display)
            try:
                yield
            finally:
                self._displays.remove(display)

    @contextmanager
    def _last_words(self, session: Session, stop: Stop, after: Afterwards) -> Iterator[None]:
        """What a second Ctrl-C leaves on the screen."""
        words = ""
        if session.folder is not None and session.name == "run":
            words = f"{after.go_on(session.folder, self.program.sessions.here)}\n"
        stop.last_words.append(words)
        yield
        stop.last_words.remove(words)

    def _tell_end(self, session: Session, outcome: Outcome, witness: Witness, after: Afterwards) -> None:
        err = self.program.err
        if outcome.error is None and outcome.bug is None:
            return
        done = what_was_done(session, outcome, witness.reached)
        hints = after.ways_on(session, outcome, self.program.sessions.here)
        if outcome.error is not None:
            err.lines(failures.block(outcome.error, stage=outcome.stage, done=done, hints=hints))
        elif outcome.bug is not None:
            failures.tell_bug(outcome.bug, err, session.folder.log if session.folder else None, [done, *hints])


@contextmanager
def conducting(program: Program, manner: Manner) -> Iterator[tuple[Conductor, Stop]]:
    """Takes the signals, and what libraries log, for as long as sessions are carried out."""
    conductor = Conductor(program, manner)
    shown = program.err if manner.verbosity > 0 else None
    with library_records(shown), stop_on_signals(conductor.say) as stop:
        yield conductor, stop
