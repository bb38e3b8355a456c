"""docs/reference/cli.md: every command and option, from the command line itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, get_args

import typer

from eng5_pipeline.cli import app
from tests.docs.tables import cell, table

Command = Any
"""A command as typer makes it; its class is not public."""


def every_command() -> Iterator[tuple[str, Command]]:
    """By the words that are typed, in the order of `--help`."""
    for name, job in app.COMMANDS.items():
        yield name, _made(job)
    for group, (_, inner) in app.GROUPS.items():
        yield from ((f"{group} {name}", _made(job)) for name, job in inner.items())
    for name, (listing, inner) in app.LISTS.items():
        yield name, _made(listing)
        yield from ((f"{name} {word}", _made(job)) for word, job in inner.items())


def _made(job: Callable[..., object]) -> Command:
    alone = typer.Typer(add_completion=False, rich_markup_mode=None)
    alone.command()(job)
    return typer.main.get_command(alone)


def commands() -> str:
    return "\n\n".join(_section(name, command) for name, command in every_command())


def _section(name: str, command: Command) -> str:
    arguments = " ".join(each.metavar for each in command.params if not each.opts[0].startswith("-"))
    typed = " ".join(part for part in ("eng5-pipeline", name, arguments) if part)
    rows = [[_names(each), _default(each), cell(each.help)] for each in command.params]
    about = " ".join(str(command.help).split())
    shown = f"\n\n{table(['', 'default', ''], rows)}" if rows else ""
    return f"### {name}\n\n    {typed}\n\n{about}{shown}"


def _names(parameter: Any) -> str:
    if not parameter.opts[0].startswith("-"):
        return f"`{parameter.metavar}`"
    names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
    value = _value(parameter)
    return f"{names} {value}" if value else names


def _value(parameter: Any) -> str:
    if parameter.metavar:
        return f"`{parameter.metavar}`"
    if parameter.is_flag:
        return ""
    return " ".join(f"`{word}`" for word in _words(parameter.type_descriptor.annotation))


def _words(kind: object) -> list[str]:
    """The choices of a Literal, with or without None beside it."""
    return [word for part in get_args(kind) for word in ([part] if isinstance(part, str) else _words(part))]


def _default(parameter: Any) -> str:
    if parameter.default in (None, False, "") or parameter.required:
        return ""
    return f"`{parameter.default}`"
