"""The commands upon runs: what each takes on the command line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from eng5_pipeline.cli import options as o
from eng5_pipeline.cli.program import Job, Program

StatusWord = Literal[
    "completed", "partial", "failed", "published", "refused", "interrupted", "error", "unfinished", "damaged"
]


def runs(
    status: Annotated[
        StatusWord | None, typer.Option("--status", help="How they ended; unfinished: without an end.")
    ] = None,
    label: Annotated[str, typer.Option("--label", metavar="TEXT", help="With this in their label.")] = "",
    since: Annotated[
        datetime | None,
        typer.Option("--since", metavar="DAY", formats=["%Y-%m-%d"], help="Begun on this day or later (UTC)."),
    ] = None,
    last: Annotated[int | None, typer.Option("--last", metavar="N", min=1, help="So many, the newest.")] = None,
    output_dir: o.WhereRunsAre = None,
    as_json: o.Json = False,
) -> Job:
    """List runs, or delete one with `runs rm`."""

    def job(program: Program) -> int:
        from eng5_pipeline.cli.commands.runs import runs
        from eng5_pipeline.cli.pages.runs import runs_json, runs_text
        from eng5_pipeline.report.listing import Wanted

        wanted = Wanted(status, label, since.date() if since else None, last)
        return runs(program, output_dir, wanted, runs_json if as_json else runs_text)

    return job


def remove(
    run: o.Run,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    output_dir: o.WhereRunsAre = None,
) -> Job:
    """Delete a run's folder with all that it holds.

    What was uploaded stays with the Content Service and in the upload cache, results stay with CJ.
    """

    def job(program: Program) -> int:
        from eng5_pipeline.cli.commands.remove_run import agreed_before, ask, remove_run

        return remove_run(program, run, output_dir, agreed_before if yes else ask)

    return job


def compare(
    first: o.Run,
    second: o.Run,
    output_dir: o.WhereRunsAre = None,
    as_json: o.Json = False,
) -> Job:
    """What differs between two runs.

    Grades and thetas of essays that have the same file and text, and what their specs say. Runs that do not
    differ show nothing.
    """

    def job(program: Program) -> int:
        from eng5_pipeline.cli.commands.compare import compare
        from eng5_pipeline.cli.pages.compare import compared_json, compared_text

        return compare(program, first, second, output_dir, compared_json if as_json else compared_text)

    return job


def export(
    run: o.Run,
    form: Annotated[
        Literal["csv", "parquet"], typer.Option("--format", help="parquet needs the extra `parquet`.")
    ] = "csv",
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Where to; else export/ in the run's folder.", parser=o.path),
    ] = None,
    output_dir: o.WhereRunsAre = None,
) -> Job:
    """Write a run's essays and comparisons as tables.

    The comparisons hold what the judge said, which may quote an essay.
    """

    def job(program: Program) -> int:
        from eng5_pipeline.cli.commands.export import export
        from eng5_pipeline.report.export import write_csv, write_parquet

        write = {"csv": write_csv, "parquet": write_parquet}[form]
        return export(program, run, output_dir, out, form, write)

    return job


RUNS: Final[dict[str, Callable[..., Job]]] = {"rm": remove}
