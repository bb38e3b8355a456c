"""The pages of docs/evidence, made from nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path
from typing import Final

from eng5_pipeline.sandbox.http.settings import Face
from tests.evidence import afterwards, before
from tests.evidence.acceptance import acceptance
from tests.evidence.marks import MEANINGS
from tests.evidence.platform import Platform, platform
from tests.evidence.sheet import Sheet

HEAD: Final = "Made by `python -m tests.evidence`; a test makes it again and compares. [What is replaced](index.md)."

TITLES: Final[dict[str, str]] = {
    "r1": "R1: fail fast on invalid comparison counts",
    "r2": "R2: the label and the batch_uuid",
    "r3": "R3: the assignment, by CJ's word",
    "r4": "R4: anchors are a precondition",
    "r5": "R5: extraction, if asked for",
    "r6": "R6: anchor grades belong to CJ",
    "r7": "R7: a text is uploaded once",
    "end-to-end": "A whole run",
    "acceptance": "Tests, documentation, handoff",
}

Fill = Callable[[Sheet], None]
REPAIRED: Final[dict[str, Fill]] = {
    "r1": before.r1,
    "r2": afterwards.r2,
    "r3": before.r3,
    "r4": before.r4,
    "r5": afterwards.r5,
    "r6": before.r6,
    "r7": afterwards.r7,
    "end-to-end": afterwards.end_to_end,
    "acceptance": acceptance,
}
AS_IS: Final[dict[str, Fill]] = {"r3": before.r3_as_is, "r4": before.r4_as_is}
"""What is shown on a CJ with the defects that the real one has, at the end of the page."""


def made() -> dict[str, str]:
    """By file name."""
    with tempfile.TemporaryDirectory(prefix="eng5-evidence-") as temporary:
        root = Path(temporary).resolve()
        parts = _filled(root / "repaired", "repaired", REPAIRED)
        for name, lines in _filled(root / "as-is", "as-is", AS_IS).items():
            parts[name] += lines
    return {f"{name}.md": _page(name, lines) for name, lines in parts.items()} | {"index.md": _index()}


def _filled(folder: Path, face: Face, fills: dict[str, Fill]) -> dict[str, list[str]]:
    folder.mkdir()
    with platform(folder, face) as around:
        numbered = enumerate(fills.items(), start=1)
        return {name: _sheet(number, name, fill, around, folder) for number, (name, fill) in numbered}


def _sheet(number: int, name: str, fill: Fill, around: Platform, folder: Path) -> list[str]:
    sheet = Sheet(number, around, folder / name)
    with chdir(sheet.folder):
        fill(sheet)
    return sheet.lines


def _page(name: str, lines: list[str]) -> str:
    return "\n".join([f"# {TITLES[name]}", "", HEAD, *lines, ""])


def _index() -> str:
    listed = [f"- [{title}]({name}.md)" for name, title in TITLES.items()]
    marks = [f"| `{mark}` | {meaning} |" for mark, meaning in MEANINGS.items()]
    return "\n".join(["# Evidence", "", *INTRODUCTION, *listed, "", *ACCEPTANCE, "", *REPLACED, *marks, ""])


INTRODUCTION: Final = [
    "For every requirement of the original task: the command, what it really wrote, and the part of the artefact that",
    "matters. What is claimed where, with its test: [Requirements](../requirements.md).",
    "",
    "Everything here is made by one command, `python -m tests.evidence`, on an embedded stack. A test makes it again",
    "and compares byte by byte. The clock stands at 2026-11-22 09:00 UTC and uuids are counted; both are passed in",
    "from outside, as in every run. A text's storage id is its digest: students' texts go to a Content Service that",
    "names them so; anchors are at the embedded stack's own, whose database is told these names. Batches are judged by",
    "the embedded stack's own code on a clock of its own.",
    "",
    "So this shows what the program does, and not what a real platform does. What remains to be shown on one:",
    "[Operators' checklist](../operators-checklist.md).",
    "",
]
ACCEPTANCE: Final = [
    "## Lines of the task's acceptance",
    "",
    "| line | shown in |",
    "|---|---|",
    "| failure handling: invalid comparisons | [R1](r1.md); exit code 2 leaves no run folder |",
    "| failure handling: missing assignment | [R3](r3.md), with the artefact of the refusal |",
    "| failure handling: missing anchors | [R1](r1.md), with the artefact of the refusal, and [R4](r4.md) |",
    "| a successful run from end to end | [A whole run](end-to-end.md) |",
    "| the same with automated extraction | [R5](r5.md) |",
    "| R1 to R7 implemented and tested | [the tests](acceptance.md#r1-to-r7-implemented-and-tested) |",
    "| documentation of each of them | [checks of the pages](acceptance.md#documentation-describes), listed in "
    "[Requirements](../requirements.md) |",
    "| regression tests pass | [what continuous integration runs](acceptance.md#regression-tests-pass) |",
    "| handoff notes | [its parts](acceptance.md#handoff-notes) |",
]
REPLACED: Final = [
    "## What is replaced",
    "",
    "Where only some lines of an output matter, the others are left out. Nothing else is changed but:",
    "",
    "| mark | stands for |",
    "|---|---|",
]
