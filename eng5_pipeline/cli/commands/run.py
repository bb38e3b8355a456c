"""`run`: one spec or several, each in a run folder of its own."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from eng5_pipeline.cli import failures
from eng5_pipeline.cli.conduct import Conductor, Manner, conducting
from eng5_pipeline.cli.pages.batch import tell_batch
from eng5_pipeline.cli.places import Place
from eng5_pipeline.cli.program import Options, Program
from eng5_pipeline.cli.reading import outputs, read_specs
from eng5_pipeline.cli.stop import EXIT_CODE, Stop
from eng5_pipeline.cli.wording import label, near, table
from eng5_pipeline.errors import Eng5Error, UsageError
from eng5_pipeline.spec.reading import ReadSpec


@dataclass(frozen=True)
class Ran:
    """A row of the last table; `folder` is None where none was made."""

    spec: ReadSpec
    exit_code: int
    status: str
    folder: Path | None


@dataclass(frozen=True)
class _Runs:
    """What the runs of one command share; `programs` by output folder."""

    programs: dict[Path, Program]
    conductor: Conductor
    stop: Stop
    place: Place
    options: Options
    several: bool
    plan: Path | None

    def run(self, spec: ReadSpec) -> Ran:
        if self.stop.requested():
            return Ran(spec, EXIT_CODE, "not started", None)
        program = self.programs[spec.output]
        try:
            return self._run(spec, program)
        except Eng5Error as error:
            return Ran(spec, failures.tell(error, program.err), "not started", None)

    def _run(self, spec: ReadSpec, program: Program) -> Ran:
        with program.sessions.run(spec.path, self.options, self.plan) as session:
            name = f"{label(session.label)} {str(session.batch_uuid)[:8]}" if self.several else ""
            outcome = self.conductor.carry_out(session, self.stop, self.place.after, name=name).outcome
            folder = session.folder
        if folder is None:
            return Ran(spec, outcome.exit_code, outcome.status or "", None)
        if self.conductor.manner.shows_pages:
            tell_batch(program, folder, self.place.after, outcome.exit_code)
        return Ran(spec, outcome.exit_code, outcome.status or "", folder.path)


def run(
    program: Program,
    specs: Sequence[Path],
    options: Options,
    place: Place,
    manner: Manner,
    at_once: int,
    plan: Path | None = None,
) -> int:
    """0 where all are 0, else the code of the first in the order given that is not."""
    place.check(options)
    _refuse_one_label_for_all(specs, options)
    _refuse_one_plan_for_all(specs, plan)
    read = read_specs(specs, options, program.sessions)
    with conducting(program, manner) as (conductor, stop), ExitStack() as standing:
        programs = {output: standing.enter_context(place.stands(program, output)) for output in outputs(read)}
        runs = _Runs(programs, conductor, stop, place, options, len(read) > 1, plan)
        ran = _all(runs, read, at_once)
    if len(ran) > 1 and manner.shows_pages:
        program.out.lines(["", *_summary(ran, program.sessions.here)])
    return next((each.exit_code for each in ran if each.exit_code), 0)


def _refuse_one_label_for_all(specs: Sequence[Path], options: Options) -> None:
    if len(specs) > 1 and "--batch-id" in options:
        raise UsageError(
            "options-contradict",
            "--batch-id beside several specs: it labels one batch",
            hint="leave it out; each spec has its own label",
        )


def _refuse_one_plan_for_all(specs: Sequence[Path], plan: Path | None) -> None:
    if len(specs) > 1 and plan is not None:
        raise UsageError(
            "options-contradict", "--plan beside several specs: it is of one", hint="run each with its own plan"
        )


def _all(runs: _Runs, specs: list[ReadSpec], at_once: int) -> list[Ran]:
    """In the order given. One at a time is done here, where signals arrive."""
    if at_once == 1:
        return [runs.run(spec) for spec in specs]
    with ThreadPoolExecutor(max_workers=at_once) as pool:
        return list(pool.map(runs.run, specs))


def _summary(ran: Sequence[Ran], here: Path) -> list[str]:
    rows = [
        (
            str(each.spec.path),
            label(each.spec.effective.spec.label),
            each.status,
            str(each.exit_code),
            near(each.folder, here) if each.folder else "-",
        )
        for each in ran
    ]
    return table(("spec", "label", "status", "exit code", "run"), rows)
