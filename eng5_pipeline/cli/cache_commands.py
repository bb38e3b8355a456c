"""`cache` and what follows it: what each takes on the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

import typer

from eng5_pipeline.cli import options as o
from eng5_pipeline.cli.completion import run_names
from eng5_pipeline.cli.program import Job, Program

OfRun = Annotated[
    str | None,
    typer.Option("--run", metavar="RUN", help="For this run alone.", autocompletion=run_names),
]


def ls(run: OfRun = None, output_dir: o.WhereRunsAre = None, as_json: o.Json = False) -> Job:
    """List what was uploaded.

    With --run what that run uploaded; what it reused was uploaded by others.
    """

    def job(program: Program) -> int:
        from eng5_pipeline.cli.commands.cache import Place, ls
        from eng5_pipeline.cli.pages.cache import caches_json, caches_text

        return ls(program, Place(output_dir, run), caches_json if as_json else caches_text)

    return job


def explain(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An essay.", show_default=False, parser=o.path)],
    run: OfRun = None,
    output_dir: o.WhereRunsAre = None,
    content_url: o.ContentUrl = None,
    as_json: o.Json = False,
) -> Job:
    """Say whether an essay would be uploaded, and why.

    Which part of the key differs: the service's address, or the text. With --run as seen from that run.
    """

    def job(program: Program) -> int:
        from eng5_pipeline.cli.commands.cache import Place, explain
        from eng5_pipeline.cli.pages.cache import explanation_json, explanation_text

        page = explanation_json if as_json else explanation_text
        return explain(program, file, Place(output_dir, run), content_url, page)

    return job


def prune(
    run: Annotated[
        str | None,
        typer.Option("--run", metavar="RUN", help="What this run uploaded.", autocompletion=run_names),
    ] = None,
    other_than: Annotated[
        str | None,
        typer.Option("--other-than", metavar="URL", help="What went to another Content Service than this."),
    ] = None,
    missing: Annotated[
        bool, typer.Option("--missing", help="Essays that are gone from where their run found them.")
    ] = False,
    output_dir: o.WhereRunsAre = None,
) -> Job:
    """Forget uploads.

    Lines that newer ones replace, lines that nobody can read, and what the options name. What is forgotten and
    needed is uploaded again; nothing is removed from the Content Service.
    """

    def job(program: Program) -> int:
        from eng5_pipeline.cli.commands.cache import Place, prune

        return prune(program, Place(output_dir, run), other_than, missing)

    return job


CACHE: Final[dict[str, Callable[..., Job]]] = {"ls": ls, "explain": explain, "prune": prune}
