"""`diff`: what two specs, two states of one, or a run and a spec would do differently."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from eng5_pipeline.cli.program import Program
from eng5_pipeline.comparing import Comparing
from eng5_pipeline.errors import UsageError
from eng5_pipeline.review.diff import Diff

DIFFERENT: Final = 8

Page = Callable[[Diff], list[str]]


def diff(
    program: Program, first: str, second: str | None, against: str | None, output: Path | None, page: Page
) -> Diff:
    """Shown as `page` has it; without a second side or a revision, the first names a run."""
    comparing = Comparing(program.sessions, output)
    if against is not None and second is not None:
        raise UsageError(
            "options-contradict",
            "--against beside a second spec: there are two sides only",
            hint="leave out one of them",
        )
    if against is not None:
        found = comparing.since_revision(first, against)
    else:
        found = comparing.two(first, second) if second is not None else comparing.since_run(first)
    program.out.lines(page(found))
    return found
