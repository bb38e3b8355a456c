"""What differs, for a person, for a pull request, for a program."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from eng5_pipeline.cli.json_text import harmless
from eng5_pipeline.cli.pages.cost import amount
from eng5_pipeline.cli.wording import cut, visible
from eng5_pipeline.review.diff import Diff
from eng5_pipeline.review.spec_changes import Change

MOST_NAMES: Final = 20
_LONGEST: Final = 60


def diff_text(diff: Diff) -> list[str]:
    return list(_text(diff))


def _text(diff: Diff) -> Iterator[str]:
    yield visible(f"{diff.before} -> {diff.after}" if diff.before else diff.after)
    if diff.is_empty:
        yield f"  {_nothing(diff)}"
    for change in diff.changes:
        yield f"{'!' if change.risk else ' '} {visible(change.told)}"
        if change.risk:
            yield f"      risky: {change.risk}"
        if change.where == "essays":
            yield from _names(diff)
    yield from (f"? not compared: {visible(what)}" for what in diff.unknown)
    if not diff.is_empty:
        yield f"  cost {_cost(diff)}"


def _nothing(diff: Diff) -> str:
    return "no difference in what could be compared" if diff.unknown else "no difference"


def _names(diff: Diff) -> Iterator[str]:
    essays = diff.essays
    for sign, names in (("+", essays.added), ("-", essays.removed), ("~", essays.changed)):
        yield from (f"      {sign} {cut(name, _LONGEST)}" for name in names[:MOST_NAMES])
        if len(names) > MOST_NAMES:
            yield f"      {sign} and {len(names) - MOST_NAMES} more"


def _cost(diff: Diff) -> str:
    after = amount(diff.cost_after)
    return f"{amount(diff.cost_before)} -> {after}" if diff.before else after


def diff_markdown(diff: Diff) -> list[str]:
    """For a comment: essays are counted and not named, for their names may be those of pupils."""
    return list(_markdown(diff))


def _markdown(diff: Diff) -> Iterator[str]:
    yield f"### {_plain(diff.after)}"
    yield ""
    if diff.is_empty:
        yield f"Compared with {_plain(diff.before or '')}: {_nothing(diff)}."
    else:
        if diff.before:
            yield f"Compared with {_plain(diff.before)}:"
            yield ""
        yield "| | change | risk |"
        yield "|---|---|---|"
        yield from (_row(change) for change in diff.changes)
        yield ""
        yield f"Cost: {_plain(_cost(diff))}"
    for what in diff.unknown:
        yield ""
        yield f"Not compared: {_plain(what)}"


def _row(change: Change) -> str:
    mark = "⚠️" if change.risk else ""
    return f"| {mark} | {_plain(change.told)} | {f'**risky**: {_plain(change.risk)}' if change.risk else ''} |"


def _plain(text: str) -> str:
    """Text that Markdown takes for text: nobody's label becomes a link, a mention or a table's column."""
    shown = visible(text)
    escaped = "".join(f"\\{char}" if char in "\\`*_{}[]<>()#+!|~" else char for char in shown)
    return escaped.replace("@", "@\u200b").replace("://", ":\u200b//")


def diff_json(diff: Diff) -> list[str]:
    return harmless(diff.model_dump_json(indent=2))
