"""The arguments and options that several commands share: each is described once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from eng5_pipeline.cli.completion import run_names, spec_paths
from eng5_pipeline.cli.program import Options, OutcomeChoice
from eng5_pipeline.errors import UsageError


def path(text: str | Path) -> Path:
    """An empty one is a variable that is not set, more often than the current folder.

    Whether it may be read is for who reads it to say.
    """
    if not str(text).strip():
        raise ValueError("the path is empty")
    return Path(text)


Specs = Annotated[
    list[Path],
    typer.Argument(metavar="SPEC...", help="Run specs.", show_default=False, parser=path, autocompletion=spec_paths),
]
Spec = Annotated[
    Path,
    typer.Argument(metavar="SPEC", help="A run spec.", show_default=False, parser=path, autocompletion=spec_paths),
]
Run = Annotated[
    str,
    typer.Argument(
        metavar="RUN",
        help="A run folder, a batch_uuid or a unique prefix of one, or `latest`.",
        show_default=False,
        autocompletion=run_names,
    ),
]

BatchId = Annotated[
    str | None,
    typer.Option("--batch-id", metavar="LABEL", help="Label of the batch, for people; never an identifier."),
]
MaxComparisons = Annotated[
    int | None, typer.Option("--max-comparisons", metavar="N", help="At most so many comparisons.")
]
AwaitCompletion = Annotated[
    bool | None,
    typer.Option("--await-completion/--no-await-completion", help="Wait for the results, or leave when published."),
]
AutoExtract = Annotated[
    bool | None,
    typer.Option(
        "--auto-extract-eng5-db/--no-auto-extract-eng5-db",
        help="Run the extraction command after a completed batch.",
    ),
]
ForceReupload = Annotated[
    bool | None, typer.Option("--force-reupload", help="Upload every essay again, known to the cache or not.")
]
CompletionTimeout = Annotated[
    str | None,
    typer.Option("--completion-timeout", metavar="DURATION", help="How long to wait for the batch, such as 30m."),
]
OutputDir = Annotated[
    Path | None, typer.Option("--output-dir", metavar="DIR", help="The folder of all runs.", parser=path)
]
WhereRunsAre = Annotated[
    Path | None,
    typer.Option(
        "--output-dir", metavar="DIR", help="Where runs are looked for; else below the current folder.", parser=path
    ),
]
CjUrl = Annotated[str | None, typer.Option("--cj-service-url", metavar="URL", help="CJ Assessment Service.")]
ContentUrl = Annotated[
    str | None,
    typer.Option("--content-service-url", metavar="URL", help="Content Service, with the path of uploads."),
]
Kafka = Annotated[str | None, typer.Option("--kafka-bootstrap", metavar="HOST:PORT,...", help="Kafka's brokers.")]
Sandbox = Annotated[
    bool,
    typer.Option("--sandbox", help="Use an embedded stack, started for this command; state in <output>/.sandbox."),
]
DisplayKind = Literal["auto", "rich", "plain", "json", "none"]
Display = Annotated[
    DisplayKind,
    typer.Option("--display", help="How to tell what happens; json: one object a line on standard output."),
]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="Show what libraries log as well.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Show warnings, errors and the result alone.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


def chosen(
    *,
    batch_id: str | None = None,
    max_comparisons: int | None = None,
    await_completion: bool | None = None,
    auto_extract: bool | None = None,
    force_reupload: bool | None = None,
    completion_timeout: str | None = None,
    output_dir: Path | None = None,
    cj_url: str | None = None,
    content_url: str | None = None,
    kafka: str | None = None,
) -> Options:
    """What was given, by option; what was not is left out."""
    values = {
        "--batch-id": batch_id,
        "--max-comparisons": max_comparisons,
        "--await-completion": await_completion,
        "--auto-extract-eng5-db": auto_extract,
        "--force-reupload": force_reupload,
        "--completion-timeout": completion_timeout,
        "--output-dir": output_dir,
        "--cj-service-url": cj_url,
        "--content-service-url": content_url,
        "--kafka-bootstrap": kafka,
    }
    return {name: value for name, value in values.items() if value is not None}


def refuse_beside_sandbox(options: Options) -> None:
    """The embedded stack has addresses of its own, so that another one beside it is a contradiction."""
    for name in ("--cj-service-url", "--content-service-url", "--kafka-bootstrap"):
        if name in options:
            raise UsageError(
                "options-contradict",
                f"{name} beside --sandbox: the embedded stack has addresses of its own",
                hint=f"leave out one of them:  --sandbox or {name}",
            )


def verbosity(*, verbose: bool, quiet: bool) -> int:
    """-1, 0 or 1."""
    if verbose and quiet:
        raise UsageError("options-contradict", "-v beside -q: one says more, the other less", hint="leave out one")
    return int(verbose) - int(quiet)


def outcome_choice(*, assume_published: bool, publish_again: bool) -> OutcomeChoice | None:
    if assume_published and publish_again:
        raise UsageError(
            "options-contradict",
            "--assume-published beside --publish-again: either CJ has the request or it has not",
            hint="choose one of them",
        )
    if assume_published:
        return "assume-published"
    return "publish-again" if publish_again else None
