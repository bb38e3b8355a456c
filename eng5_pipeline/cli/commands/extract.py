"""`extract`: start the extraction command of a completed run, whatever became of an earlier start."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from eng5_pipeline.cli import failures
from eng5_pipeline.cli.conduct import Manner, conducting
from eng5_pipeline.cli.places import Place
from eng5_pipeline.cli.program import Outcome, Program
from eng5_pipeline.cli.wording import near
from eng5_pipeline.errors import Eng5Error
from eng5_pipeline.results import Extracted
from eng5_pipeline.run_folder import RunFolder, find_run


def extract(program: Program, name: str, output: Path | None, place: Place, manner: Manner) -> int:
    """What the command wrote is told on standard output, a file a line."""
    run = find_run(name, output, program.sessions.here)
    with conducting(program, manner) as (conductor, stop), ExitStack() as held:
        there = held.enter_context(place.stands(program, run.path.parent))
        try:
            session = held.enter_context(there.sessions.extract(run))
        except Eng5Error as error:
            return failures.tell(error, program.err, failures.NOTHING_NEW)
        outcome = conductor.carry_out(session, stop, place.after).outcome
    if manner.shows_pages:
        program.out.lines(_written(run, outcome, program.sessions.here))
    return outcome.exit_code


def _written(run: RunFolder, outcome: Outcome, here: Path) -> list[str]:
    found = outcome.context.get(Extracted).outcome.files if outcome.context.has(Extracted) else ()
    return [near(run.extraction / name, here) for name, _, _ in found]
