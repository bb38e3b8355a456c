"""`export`: a run's two tables as files."""

from __future__ import annotations

from pathlib import Path

from eng5_pipeline.cli.program import Program
from eng5_pipeline.cli.wording import near
from eng5_pipeline.report.account import read_account
from eng5_pipeline.report.export import Write
from eng5_pipeline.report.export import export as write_tables
from eng5_pipeline.run_folder import find_run


def export(program: Program, name: str, output: Path | None, out: Path | None, ending: str, write: Write) -> int:
    here = program.sessions.here
    folder = find_run(name, output, here)
    target = folder.export if out is None else here / out
    written = write_tables(read_account(folder), target, ending, write)
    program.out.lines([near(path, here) for path in written])
    return 0
