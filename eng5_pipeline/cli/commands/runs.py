"""`runs`, `show` and `report`: what is known of runs, read from their folders alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from eng5_pipeline.cli.program import Program
from eng5_pipeline.cli.wording import near
from eng5_pipeline.report.listing import RunLine, RunView, list_runs, show_run
from eng5_pipeline.report.page.write import write_page
from eng5_pipeline.run_folder import every_run, find_run

ListPage = Callable[[tuple[RunLine, ...], Path], list[str]]
RunPage = Callable[[RunView, Path], list[str]]


def runs(program: Program, output: Path | None, page: ListPage) -> int:
    """Those that a name would find; oldest first."""
    here = program.sessions.here
    program.out.lines(page(list_runs(every_run(output, here)), here))
    return 0


def show(program: Program, name: str, output: Path | None, page: RunPage) -> int:
    here = program.sessions.here
    program.out.lines(page(show_run(find_run(name, output, here)), here))
    return 0


def report(program: Program, name: str, output: Path | None) -> int:
    """The page again, from what the folder holds."""
    here = program.sessions.here
    written = write_page(find_run(name, output, here))
    program.out.line(near(written, here))
    return 0
