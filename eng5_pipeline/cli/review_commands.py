"""The commands of a review: what each takes on the command line."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from eng5_pipeline.cli import options as o
from eng5_pipeline.cli.completion import specs_and_runs
from eng5_pipeline.cli.program import Job, Program
from eng5_pipeline.errors import UsageError


def diff(
    first: Annotated[
        str,
        typer.Argument(metavar="A", help="A run spec or a run.", show_default=False, autocompletion=specs_and_runs),
    ],
    second: Annotated[
        str | None,
        typer.Argument(
            metavar="[B]",
            help="What it is held against; a run alone is held against its spec as it stands.",
            show_default=False,
            autocompletion=specs_and_runs,
        ),
    ] = None,
    against: Annotated[
        str | None, typer.Option("--against", metavar="REV", help="The same spec at a revision of git.")
    ] = None,
    form: Annotated[
        Literal["text", "md", "json"],
        typer.Option("--format", help="md: for a pull request, without names of essays."),
    ] = "text",
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 0 where they are the same, with 8 where they differ.")
    ] = False,
    output_dir: o.WhereRunsAre = None,
) -> Job:
    """What two specs would do differently.

    Meaning, not text: layout does not count. What is risky is marked.
    """

    def job(program: Program) -> int:
        from eng5_pipeline.cli.commands.diff import DIFFERENT, diff
        from eng5_pipeline.cli.pages.diff import diff_json, diff_markdown, diff_text

        page = {"text": diff_text, "md": diff_markdown, "json": diff_json}[form]
        found = diff(program, first, second, against, output_dir, page)
        return DIFFERENT if exit_code and not found.is_empty else 0

    return job


def lock(
    specs: o.Specs,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing: exit 8 where a file is not as it was locked.")
    ] = False,
    output_dir: o.OutputDir = None,
    cj_url: o.CjUrl = None,
    sandbox: o.Sandbox = False,
    display: o.Display = "auto",
    verbose: o.Verbose = False,
    quiet: o.Quiet = False,
) -> Job:
    """Write SPEC.lock.

    Digests of essays, prompts and tables, and CJ's grade scale and anchors. --check needs no network.
    """
    options = o.chosen(output_dir=output_dir, cj_url=cj_url)
    if check and (options or sandbox):
        raise UsageError("options-contradict", "--check asks no service", hint="leave the other options out")

    def job(program: Program) -> int:
        from eng5_pipeline.cli.commands.lock import lock
        from eng5_pipeline.cli.conduct import Manner
        from eng5_pipeline.cli.places import EmbeddedStack, Platform

        manner = Manner(display, o.verbosity(verbose=verbose, quiet=quiet))
        return lock(program, specs, options, EmbeddedStack() if sandbox else Platform(), manner)

    def checking(program: Program) -> int:
        from eng5_pipeline.cli.commands.lock_check import lock_check

        return lock_check(program, specs)

    return checking if check else job
