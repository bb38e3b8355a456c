"""The commands beside the sessions: what each takes on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from eng5_pipeline.cli import options as o
from eng5_pipeline.cli.program import Job, Program


def init(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where the spec goes.", parser=o.path)] = Path(),
) -> Job:
    """Scaffold a run spec with comments.

    Beside it its JSON Schema, for editors, and the folders it names.
    """

    def job(program: Program) -> int:
        from eng5_pipeline.cli.commands.init import init

        return init(program, folder)

    return job


def validate(
    specs: o.Specs,
    form: Annotated[
        Literal["text", "json", "github", "sarif"], typer.Option("--format", help="How mistakes are written.")
    ] = "text",
) -> Job:
    """Look at specs and the files they name.

    Without network; nothing is changed anywhere.
    """

    def job(program: Program) -> int:
        from eng5_pipeline.cli.commands.validate import validate

        return validate(program, specs, form)

    return job


def show(run: o.Run, output_dir: o.WhereRunsAre = None, as_json: o.Json = False) -> Job:
    """Show one run.

    Its stages, its ranking, what went wrong.
    """

    def job(program: Program) -> int:
        from eng5_pipeline.cli.commands.runs import show
        from eng5_pipeline.cli.pages.one_run import run_json, run_text

        return show(program, run, output_dir, run_json if as_json else run_text)

    return job


def report(
    run: o.Run,
    output_dir: o.WhereRunsAre = None,
    anonymous: Annotated[
        bool, typer.Option("--anonymous", help="Without the names of files and the labels of anchors.")
    ] = False,
) -> Job:
    """Build the report of a run again.

    From the run folder, without network.
    """

    def job(program: Program) -> int:
        from eng5_pipeline.cli.commands.runs import report
        from eng5_pipeline.report.page.names import aliases, file_names

        return report(program, run, output_dir, aliases if anonymous else file_names)

    return job


def schema() -> Job:
    """Print the JSON Schema of the run spec."""

    def job(program: Program) -> int:
        from eng5_pipeline.cli.commands.schema import schema

        return schema(program)

    return job


def doctor(
    spec: Annotated[
        Path | None,
        typer.Argument(
            metavar="[SPEC]", help="A run spec; without it, its defaults.", show_default=False, parser=o.path
        ),
    ] = None,
    as_json: o.Json = False,
    auto_extract: o.AutoExtract = None,
    completion_timeout: o.CompletionTimeout = None,
    output_dir: o.OutputDir = None,
    cj_url: o.CjUrl = None,
    content_url: o.ContentUrl = None,
    kafka: o.Kafka = None,
    sandbox: o.Sandbox = False,
) -> Job:
    """Reach every service, topic and credential.

    A line each, with a remedy for what fails; nothing is changed anywhere.
    """
    options = o.chosen(
        auto_extract=auto_extract,
        completion_timeout=completion_timeout,
        output_dir=output_dir,
        cj_url=cj_url,
        content_url=content_url,
        kafka=kafka,
    )

    def job(program: Program) -> int:
        from eng5_pipeline.cli.commands.doctor import doctor, doctor_json, doctor_text
        from eng5_pipeline.cli.places import EmbeddedStack, Platform

        place = EmbeddedStack() if sandbox else Platform()
        return doctor(program, spec, options, place, doctor_json if as_json else doctor_text)

    return job


def verify_auth() -> Job:
    """Show which token CJ would get.

    Its source, its claims and its expiry; never the token.
    """

    def job(program: Program) -> int:
        from eng5_pipeline.cli.commands.verify_auth import verify_auth

        return verify_auth(program)

    return job


def sandbox(
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="State is kept in DIR/.sandbox.", parser=o.path)
    ] = Path("artefacts"),
    seed: Annotated[
        Path | None,
        typer.Option("--seed", metavar="FILE", help="Assignments and anchors to put in place.", parser=o.path),
    ] = None,
    options: Annotated[
        Path | None,
        typer.Option("--options", metavar="FILE", help="How it is to behave, and to misbehave.", parser=o.path),
    ] = None,
) -> Job:
    """Keep an embedded stack up.

    Prints the environment to export, and ends with Ctrl-C.
    """

    def job(program: Program) -> int:
        from eng5_pipeline.cli.commands.sandbox import sandbox

        return sandbox(program, folder, seed, options)

    return job
