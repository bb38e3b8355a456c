"""A process for tests of signals: `python -m tests.cli.stoppable FOLDER BEHAVIOUR`."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from eng5_pipeline.adapters.clock import SystemClock
from eng5_pipeline.cli.app import perform
from eng5_pipeline.cli.program import Outcome as OutcomeShape
from eng5_pipeline.cli.program import Program, Sessions
from eng5_pipeline.cli.streams import Stream
from eng5_pipeline.engine.observe import Observer
from eng5_pipeline.errors import Interrupted
from tests.cli.fakes import FakeSession, FakeSessions, Outcome, one_run, spec_in
from tests.support.run_folders import BATCH


def ready() -> None:
    os.write(1, b"ready\n")


def stops_when_its_input_ends(session: FakeSession, observer: Observer, asked: Callable[[], bool]) -> OutcomeShape:
    """Standard input, that is: until then it has not reached its safe point."""
    outcome = stops_when_asked(session, observer, asked)
    sys.stdin.read()
    return outcome


def stops_when_asked(_session: FakeSession, _observer: Observer, asked: Callable[[], bool]) -> OutcomeShape:
    ready()
    while not asked():
        time.sleep(0.01)
    error = Interrupted("interrupted", "stopped on request", hint=f"go on:  eng5-pipeline resume {BATCH}")
    return Outcome(130, "interrupted", False, error, None, True, "await")


def never_stops(_session: FakeSession, _observer: Observer, _asked: Callable[[], bool]) -> OutcomeShape:
    ready()
    while True:
        time.sleep(1)


BEHAVIOURS: Final = {
    "stops-when-asked": stops_when_asked,
    "stops-when-its-input-ends": stops_when_its_input_ends,
    "never-stops": never_stops,
}


def opened(here: Path, behaviour: str) -> Sessions:
    if behaviour == "opens-slowly":
        ready()
        time.sleep(60)
    if behaviour == "sandbox":
        ready()
        return FakeSessions(here, clock=SystemClock())
    return one_run(here, BEHAVIOURS[behaviour])


def main(folder: str, behaviour: str) -> int:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in what a shell starts in the background
    here = Path(folder)
    words = ["sandbox"] if behaviour == "sandbox" else ["run", str(spec_in(here))]
    return perform(words, Program(Stream(sys.stdout), Stream(sys.stderr), lambda: opened(here, behaviour)))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
