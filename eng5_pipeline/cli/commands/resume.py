"""`resume`: go on with a run that was interrupted, timed out or not awaited."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from eng5_pipeline.cli import failures
from eng5_pipeline.cli.afterwards import after_run
from eng5_pipeline.cli.conduct import Manner, conducting
from eng5_pipeline.cli.pages.batch import tell_batch
from eng5_pipeline.cli.program import Options, Outcome, OutcomeChoice, Program
from eng5_pipeline.errors import Eng5Error, ExtractionFailed
from eng5_pipeline.run_folder import RunFolder, find_run


def resume(
    program: Program,
    name: str,
    output: Path | None,
    options: Options,
    choice: OutcomeChoice | None,
    manner: Manner,
) -> int:
    sessions = program.sessions
    run = find_run(name, output, sessions.here)
    after = after_run(run)
    with conducting(program, manner) as (conductor, stop), ExitStack() as held:
        try:
            session = held.enter_context(sessions.resume(run, options, choice))
        except Eng5Error as error:
            return failures.tell(error, program.err, failures.NOTHING_NEW)
        followed = conductor.carry_out(session, stop, after)
    if not followed.went_on and followed.outcome.error is None and followed.outcome.bug is None:
        conductor.say(_ended_before(followed.outcome, run))
    if manner.shows_pages:
        tell_batch(program, run, after, followed.outcome.exit_code)
    return followed.outcome.exit_code


def _ended_before(outcome: Outcome, run: RunFolder) -> str:
    told = f"this run had ended before: {outcome.status}, exit code {outcome.exit_code}; nothing was changed"
    if outcome.exit_code == ExtractionFailed.after_effects:
        return f"{told}. Start the extraction again:  eng5-pipeline extract {run.path.name}"
    return told if outcome.status == "completed" else f"{told}. What it was to do needs a new run"
