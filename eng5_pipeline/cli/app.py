"""The command line: which commands there are, and what becomes of one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from typing import IO, Annotated, Final, cast

import typer

from eng5_pipeline import __version__
from eng5_pipeline.cli import cache_commands as cache
from eng5_pipeline.cli import failures
from eng5_pipeline.cli import other_commands as other
from eng5_pipeline.cli import review_commands as review
from eng5_pipeline.cli import run_commands as runs
from eng5_pipeline.cli import session_commands as session
from eng5_pipeline.cli.program import Job, Program, Sessions
from eng5_pipeline.cli.signals import interrupt_when_asked
from eng5_pipeline.cli.streams import standard, take_closed_descriptors
from eng5_pipeline.errors import Eng5Error, MachineFailed, UsageError

NAME: Final = "eng5-pipeline"

COMMANDS: Final[dict[str, Callable[..., Job]]] = {
    "demo": session.demo,
    "init": other.init,
    "validate": other.validate,
    "plan": session.plan,
    "run": session.run,
    "register-anchors": session.register_anchors,
    "resume": session.resume,
    "extract": session.extract,
    "report": other.report,
    "show": other.show,
    "compare": runs.compare,
    "export": runs.export,
    "diff": review.diff,
    "lock": review.lock,
    "schema": other.schema,
    "doctor": other.doctor,
    "verify-auth": other.verify_auth,
    "sandbox": other.sandbox,
}

GROUPS: Final[dict[str, tuple[str, dict[str, Callable[..., Job]]]]] = {
    "cache": ("The uploads that are remembered.", cache.CACHE),
}

LISTS: Final[dict[str, tuple[Callable[..., Job], dict[str, Callable[..., Job]]]]] = {
    "runs": (runs.runs, runs.RUNS),
}
"""What lists things by itself, and commands upon them."""


def main() -> int:
    """The command line of this process: the exit code."""
    take_closed_descriptors()
    answers = sys.stdin if sys.stdin is not None and sys.stdin.isatty() else None
    out, err = standard(sys.stdout, 1), standard(sys.stderr, 2)
    return perform(sys.argv[1:], Program(out, err, _real_sessions, answers))


def perform(arguments: Sequence[str], program: Program) -> int:
    """Everything that ends a command ends here, as an exit code and in the same form."""
    try:
        with redirect_stdout(cast("IO[str]", program.out)):  # for help and version
            job = parse(arguments)
        code = job if isinstance(job, int) else job(program)
    except typer.TyperException as wrong:
        return failures.tell(_usage(wrong, arguments), program.err)
    except Eng5Error as error:
        return failures.tell(error, program.err)
    except KeyboardInterrupt:
        return failures.tell(failures.interrupted(), program.err)
    except Exception as bug:
        return failures.tell_bug(bug, program.err)
    return code or _written(program)


def version(asked: bool) -> None:
    if asked:
        typer.echo(f"{NAME} {__version__}")
        raise typer.Exit


def main_options(
    show_version: Annotated[
        bool, typer.Option("--version", callback=version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Run comparative-judgement batches of student essays from committed run specs."""


def parse(arguments: Sequence[str]) -> Job | int:
    """The job, or the exit code where help or version was all that was asked for."""
    app = typer.Typer(name=NAME, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.callback()(main_options)
    for name, command in COMMANDS.items():
        app.command(name)(command)
    for name, (about, commands) in GROUPS.items():
        group = typer.Typer(help=about, no_args_is_help=True, rich_markup_mode=None)
        for inner, command in commands.items():
            group.command(inner)(command)
        app.add_typer(group, name=name)
    for name, (listing, commands) in LISTS.items():
        group = typer.Typer(invoke_without_command=True, rich_markup_mode=None)
        group.callback()(listing)
        for inner, command in commands.items():
            group.command(inner)(command)
        app.add_typer(group, name=name)
    job: Job | int = typer.main.get_command(app).main(list(arguments), prog_name=NAME, standalone_mode=False)
    return job


def _real_sessions() -> Sessions:
    """Until here nothing is begun, and a signal ends the process at once."""
    from eng5_pipeline.cli.real import real_sessions

    sessions = real_sessions()
    interrupt_when_asked()
    return sessions


def _usage(wrong: typer.TyperException, arguments: Sequence[str]) -> UsageError:
    commands = COMMANDS.keys() | GROUPS.keys() | LISTS.keys()
    command = next((f" {argument}" for argument in arguments if argument in commands), "")
    what = " ".join(wrong.format_message().replace("Value error, ", "").split())
    return UsageError("usage", what, hint=f"see:  {NAME}{command} --help")


def _written(program: Program) -> int:
    """What went wrong with the output itself is told last; a reader that went away is no failure."""
    failure = program.out.failure
    if failure is None:
        return 0
    error = MachineFailed("output-failed", f"standard output: {failure.strerror}", hint="see to where it is sent")
    done = "the command did its work; what it had to say is lost"
    program.err.lines(failures.block(error, done=done))
    return error.exit_code(effects=False)
