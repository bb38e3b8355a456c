"""`sandbox`: an embedded stack that stays up until it is told to stop."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from eng5_pipeline.cli.program import Inside, Program
from eng5_pipeline.cli.stop import Stop, stop_on_signals
from eng5_pipeline.errors import MachineFailed

LOOK_SECONDS: Final = 0.3


def sandbox(program: Program, folder: Path, seed: Path | None, options: Path | None) -> int:
    """Its end is wanted, so that a signal is no failure: 0, or 9 where the stack went down by itself."""
    sessions = program.sessions
    with (
        stop_on_signals(program.err.line) as stop,
        sessions.on_sandbox(sessions.here / folder, seed, options) as inside,
    ):
        program.out.lines(exports(inside.variables))
        program.err.lines([f"sandbox: {note}" for note in inside.notes])
        program.err.line("sandbox: up; end it with Ctrl-C")
        _stay(program, inside, stop)
    return 0


def exports(variables: Mapping[str, str]) -> list[str]:
    """To be pasted into another terminal."""
    return [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]


def _stay(program: Program, inside: Inside, stop: Stop) -> None:
    while not stop.requested():
        if not inside.alive():
            raise MachineFailed(
                "sandbox-down",
                "a process of the embedded stack ended by itself",
                hint="see the logs in its .sandbox folder",
            )
        program.sessions.clock.sleep(LOOK_SECONDS)
