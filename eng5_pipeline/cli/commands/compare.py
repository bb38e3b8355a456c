"""`compare`: what differs between two runs, in their results and in what their specs say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from eng5_pipeline.cli.program import Program
from eng5_pipeline.report.account import Account, read_account
from eng5_pipeline.report.between_runs import BetweenRuns, between_runs
from eng5_pipeline.review.spec_changes import Change, value_changes
from eng5_pipeline.run_folder import find_run

Page = Callable[[BetweenRuns, tuple[Change, ...]], list[str]]


def compare(program: Program, first: str, second: str, output: Path | None, page: Page) -> int:
    here = program.sessions.here
    before, after = (read_account(find_run(name, output, here)) for name in (first, second))
    program.out.lines(page(between_runs(before, after), _in_specs(before, after)))
    return 0


def _in_specs(before: Account, after: Account) -> tuple[Change, ...]:
    """Of what was effective: options and environment are in it."""
    one, other = before.record.effective, after.record.effective
    return value_changes(one.spec, other.spec) if one and other else ()
