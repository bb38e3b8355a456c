"""The commands that carry sessions out: what each takes on the command line.

Parsing a command gives a job, and the job does the work with what the program hands it, so that help and
version import nothing but typer.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from eng5_pipeline.cli import options as o
from eng5_pipeline.cli.program import Job, Program
from eng5_pipeline.errors import UsageError


def demo(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where the example goes.", parser=o.path)] = Path(
        "eng5-demo"
    ),
    display: o.Display = "auto",
    verbose: o.Verbose = False,
    quiet: o.Quiet = False,
) -> Job:
    """The whole job, on an embedded stack.

    With the bundled example and a simulated judge: copies it, registers its anchors, plans, runs.
    """

    def job(program: Program) -> int:
        from eng5_pipeline.cli.commands.demo import demo
        from eng5_pipeline.cli.conduct import Manner

        return demo(program, folder, Manner(display, o.verbosity(verbose=verbose, quiet=quiet)))

    return job


def plan(
    spec: o.Spec,
    as_json: o.Json = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Save it, for `run --plan FILE`.", parser=o.path)
    ] = None,
    batch_id: o.BatchId = None,
    max_comparisons: o.MaxComparisons = None,
    await_completion: o.AwaitCompletion = None,
    auto_extract: o.AutoExtract = None,
    force_reupload: o.ForceReupload = None,
    completion_timeout: o.CompletionTimeout = None,
    output_dir: o.OutputDir = None,
    cj_url: o.CjUrl = None,
    content_url: o.ContentUrl = None,
    kafka: o.Kafka = None,
    sandbox: o.Sandbox = False,
    display: o.Display = "auto",
    verbose: o.Verbose = False,
    quiet: o.Quiet = False,
) -> Job:
    """What a run would do.

    Preflights and upload plan; nothing is changed anywhere.
    """
    options = o.chosen(
        batch_id=batch_id,
        max_comparisons=max_comparisons,
        await_completion=await_completion,
        auto_extract=auto_extract,
        force_reupload=force_reupload,
        completion_timeout=completion_timeout,
        output_dir=output_dir,
        cj_url=cj_url,
        content_url=content_url,
        kafka=kafka,
    )

    if as_json and display == "json":
        raise UsageError(
            "options-contradict",
            "--json beside --display json: both want standard output for themselves",
            hint="leave out one of them",
        )

    def job(program: Program) -> int:
        from eng5_pipeline.cli.commands.plan import plan
        from eng5_pipeline.cli.conduct import Manner
        from eng5_pipeline.cli.pages.plan import no_page, plan_json, plan_text
        from eng5_pipeline.cli.places import EmbeddedStack, Platform

        manner = Manner(display, o.verbosity(verbose=verbose, quiet=quiet))
        place = EmbeddedStack() if sandbox else Platform()
        page = plan_json if as_json else plan_text if manner.shows_pages else no_page
        return plan(program, spec, options, place, manner, page, out)

    return job


def run(
    specs: o.Specs,
    at_once: Annotated[int, typer.Option("-j", metavar="N", min=1, help="So many specs at once.")] = 1,
    plan: Annotated[
        Path | None,
        typer.Option("--plan", metavar="FILE", help="Refuse whatever a saved plan did not show.", parser=o.path),
    ] = None,
    batch_id: o.BatchId = None,
    max_comparisons: o.MaxComparisons = None,
    await_completion: o.AwaitCompletion = None,
    auto_extract: o.AutoExtract = None,
    force_reupload: o.ForceReupload = None,
    completion_timeout: o.CompletionTimeout = None,
    output_dir: o.OutputDir = None,
    cj_url: o.CjUrl = None,
    content_url: o.ContentUrl = None,
    kafka: o.Kafka = None,
    sandbox: o.Sandbox = False,
    display: o.Display = "auto",
    verbose: o.Verbose = False,
    quiet: o.Quiet = False,
) -> Job:
    """Run specs, to a ranking with grades.

    Seven stages: validate, resolve_assignment, anchor_preflight, upload, publish, await, extract. Of several
    specs all are validated first; then each runs in a folder of its own, whatever the others do.
    """
    options = o.chosen(
        batch_id=batch_id,
        max_comparisons=max_comparisons,
        await_completion=await_completion,
        auto_extract=auto_extract,
        force_reupload=force_reupload,
        completion_timeout=completion_timeout,
        output_dir=output_dir,
        cj_url=cj_url,
        content_url=content_url,
        kafka=kafka,
    )

    def job(program: Program) -> int:
        from eng5_pipeline.cli.commands.run import run
        from eng5_pipeline.cli.conduct import Manner
        from eng5_pipeline.cli.places import EmbeddedStack, Platform

        manner = Manner(display, o.verbosity(verbose=verbose, quiet=quiet))
        place = EmbeddedStack() if sandbox else Platform()
        return run(program, specs, options, place, manner, at_once, plan)

    return job


def register_anchors(
    spec: o.Spec,
    replace: Annotated[bool, typer.Option("--replace", help="Overwrite what CJ holds differently.")] = False,
    output_dir: o.OutputDir = None,
    cj_url: o.CjUrl = None,
    content_url: o.ContentUrl = None,
    sandbox: o.Sandbox = False,
    display: o.Display = "auto",
    verbose: o.Verbose = False,
    quiet: o.Quiet = False,
) -> Job:
    """Register a spec's anchors with CJ.

    Once for an assignment; a run never does it. Anchors that CJ keeps already are not sent again.
    """
    options = o.chosen(output_dir=output_dir, cj_url=cj_url, content_url=content_url)

    def job(program: Program) -> int:
        from eng5_pipeline.cli.commands.register_anchors import register_anchors
        from eng5_pipeline.cli.conduct import Manner
        from eng5_pipeline.cli.places import EmbeddedStack, Platform

        manner = Manner(display, o.verbosity(verbose=verbose, quiet=quiet))
        place = EmbeddedStack() if sandbox else Platform()
        return register_anchors(program, spec, options, place, manner, replace)

    return job


def resume(
    run: o.Run,
    output_dir: o.WhereRunsAre = None,
    completion_timeout: o.CompletionTimeout = None,
    assume_published: Annotated[
        bool,
        typer.Option("--assume-published", help="Only where it cannot be known: CJ has the request; await it."),
    ] = False,
    publish_again: Annotated[
        bool, typer.Option("--publish-again", help="Only where it cannot be known: send the request again.")
    ] = False,
    display: o.Display = "auto",
    verbose: o.Verbose = False,
    quiet: o.Quiet = False,
) -> Job:
    """Go on with a run that is not over.

    One that was interrupted, timed out or not awaited. Nothing is paid twice.
    """
    options = o.chosen(completion_timeout=completion_timeout)

    def job(program: Program) -> int:
        from eng5_pipeline.cli.commands.resume import resume
        from eng5_pipeline.cli.conduct import Manner

        manner = Manner(display, o.verbosity(verbose=verbose, quiet=quiet))
        choice = o.outcome_choice(assume_published=assume_published, publish_again=publish_again)
        return resume(program, run, output_dir, options, choice, manner)

    return job


def extract(
    run: o.Run,
    output_dir: o.WhereRunsAre = None,
    sandbox: o.Sandbox = False,
    display: o.Display = "auto",
    verbose: o.Verbose = False,
    quiet: o.Quiet = False,
) -> Job:
    """Extract a completed run.

    Starts the extraction command of its spec, whatever became of an earlier start; the batch stays as it is.
    """

    def job(program: Program) -> int:
        from eng5_pipeline.cli.commands.extract import extract
        from eng5_pipeline.cli.conduct import Manner
        from eng5_pipeline.cli.places import EmbeddedStack, Platform

        manner = Manner(display, o.verbosity(verbose=verbose, quiet=quiet))
        return extract(program, run, output_dir, EmbeddedStack() if sandbox else Platform(), manner)

    return job
