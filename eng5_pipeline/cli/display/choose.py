"""Which display a session gets."""

from __future__ import annotations

from typing import Literal

from eng5_pipeline.cli.display.protocol import Display
from eng5_pipeline.cli.program import Program

Kind = Literal["auto", "rich", "plain", "json", "none"]


def display_for(kind: Kind, program: Program, *, quiet: bool = False, name: str = "") -> Display:
    """`name` tells sessions apart that share the console; those are never redrawn."""
    from eng5_pipeline.cli.display.plain import PlainDisplay
    from eng5_pipeline.cli.display.silent import QuietDisplay, SilentDisplay

    sessions = program.sessions
    if kind == "json":
        from eng5_pipeline.cli.display.json_lines import JsonDisplay

        return JsonDisplay(program.out, sessions.clock)
    if kind == "none":
        return SilentDisplay()
    if quiet:
        return QuietDisplay(program.err)
    if name or kind == "plain" or (kind == "auto" and not _can_redraw(program)):
        return PlainDisplay(program.err, sessions.clock, sessions.here, name)
    from eng5_pipeline.cli.display.live import LiveDisplay

    return LiveDisplay(program.err, sessions.environment, sessions.here)


def _can_redraw(program: Program) -> bool:
    return program.err.isatty() and program.sessions.environment.get("TERM") not in (None, "", "dumb")
