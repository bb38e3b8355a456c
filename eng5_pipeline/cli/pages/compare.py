"""What differs between two runs, for a person and for a program."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from eng5_pipeline.cli.json_text import json_lines
from eng5_pipeline.cli.wording import LONGEST_NAME, count, cut, table, visible
from eng5_pipeline.report.between_runs import BetweenRuns, EssayChange
from eng5_pipeline.review.spec_changes import Change

VERSION: Final = 1


def compared_text(between: BetweenRuns, specs: Sequence[Change]) -> list[str]:
    """Nothing where nothing differs."""
    return [*_circumstances(between), *_specs(between, specs), *_essays(between), *_changes(between)]


def _circumstances(between: BetweenRuns) -> Iterator[str]:
    for each in between.circumstances:
        yield visible(f"run     {each.what}: {each.before or 'none'} -> {each.after or 'none'}")


def _specs(between: BetweenRuns, specs: Sequence[Change]) -> Iterator[str]:
    yield from (f"spec    {visible(change.told)}" for change in specs)
    yield from (f"file    {visible(role)}: another text" for role in between.files)


def _essays(between: BetweenRuns) -> Iterator[str]:
    for what, names in (
        ("first run only", between.only_first),
        ("second run only", between.only_second),
        ("another text", between.other_text),
        ("registered anew with CJ", between.other_anchors),
    ):
        yield from (f"essay   {cut(name, LONGEST_NAME)}: {what}" for name in names)


def _changes(between: BetweenRuns) -> Iterator[str]:
    if not between.changes:
        return
    graded = [change for change in between.changes if change.grade_changed]
    beyond = [change for change in between.changes if change.beyond_error]
    yield (
        f"{count(between.joined, 'essay')} in both runs: {count(len(graded), 'grade')} changed, "
        f"{count(len(beyond), 'change')} of theta beyond 1.96 standard errors"
    )
    head = ("essay", "grade before", "grade after", "theta change", "its error", "")
    yield from table(head, [_row(change) for change in between.changes])


def _row(change: EssayChange) -> tuple[str, ...]:
    notes = ["grade changed"] if change.grade_changed else []
    notes += ["beyond 1.96 errors"] if change.beyond_error else []
    return (
        cut(change.name, LONGEST_NAME),
        change.grade_before or "-",
        change.grade_after or "-",
        "-" if change.difference is None else f"{change.difference:+.3f}",
        "-" if change.error is None else f"{change.error:.3f}",
        ", ".join(notes),
    )


def compared_json(between: BetweenRuns, specs: Sequence[Change]) -> list[str]:
    told = {
        "v": VERSION,
        "same": between.is_empty and not specs,
        "spec": [change.model_dump(mode="json") for change in specs],
        **between.model_dump(mode="json", exclude={"changes"}),
        "changes": [
            change.model_dump(mode="json")
            | {"grade_changed": change.grade_changed, "beyond_error": change.beyond_error}
            for change in between.changes
        ],
    }
    return json_lines(told)
