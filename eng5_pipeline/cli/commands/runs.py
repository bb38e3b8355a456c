"""`runs`, `show` and `report`: what is known of runs, read from their folders alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from eng5_pipeline.cli.program import Program
from eng5_pipeline.cli.wording import near
from eng5_pipeline.report.listing import RunLine, RunView, Wanted, list_runs, show_run
from eng5_pipeline.report.page.names import Names
from eng5_pipeline.report.page.write import write_page
from eng5_pipeline.report.run_record import RunRecord
from eng5_pipeline.run_folder import every_run, find_run

NamesOf = Callable[[RunRecord], Names]
ListPage = Callable[[tuple[RunLine, ...], Path], list[str]]
RunPage = Callable[[RunView, Path], list[str]]


def runs(program: Program, output: Path | None, wanted: Wanted, page: ListPage) -> int:
    """Of those that a name would find the wanted ones; oldest first."""
    here = program.sessions.here
    program.out.lines(page(wanted.among(list_runs(every_run(output, here))), here))
    return 0


def show(program: Program, name: str, output: Path | None, page: RunPage) -> int:
    here = program.sessions.here
    program.out.lines(page(show_run(find_run(name, output, here)), here))
    return 0


def report(program: Program, name: str, output: Path | None, names: NamesOf) -> int:
    """The page again, from what the folder holds."""
    here = program.sessions.here
    written = write_page(find_run(name, output, here), names)
    program.out.line(near(written, here))
    return 0
