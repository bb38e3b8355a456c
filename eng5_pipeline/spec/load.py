"""A run spec's file -> LoadedSpec, or every mistake in it at once.

A byte-order mark at the beginning is left out, a missing label is the file's stem, an alias stands for the
value it names; `scalars` says how words without quotes are read. After a mistake that ends the YAML, the text
without its line is looked at, so that the other mistakes are told too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from pydantic import ValidationError

from eng5_pipeline.errors import MachineFailed, Problem, SpecInvalid, UsageError, typed
from eng5_pipeline.spec.explain import explain, is_absence
from eng5_pipeline.spec.loaded import LoadedSpec, Position
from eng5_pipeline.spec.model import RunSpec
from eng5_pipeline.spec.rules import clipped
from eng5_pipeline.spec.secrets import blank, is_secret_value
from eng5_pipeline.spec.shape import dotted
from eng5_pipeline.spec.source import (
    LARGEST,
    Mistake,
    Span,
    Unreadable,
    comments,
    decode,
    mend,
    shown,
    split_lines,
)
from eng5_pipeline.spec.tree import REMOVE, SECRET, Data, Tree
from eng5_pipeline.spec.yaml_nodes import Composed, NotYaml, compose

NEW_SPEC = "write one:  eng5-pipeline init"

_FIRST_LINES = "spec: eng5-pipeline/v1, then assignment and essays; `eng5-pipeline init` writes an example"
_NO_SPEC = Mistake(Position(1, 1), "", "there is nothing in this file but blanks and comments", _FIRST_LINES)
_NO_LABEL = Mistake(
    Position(1, 1), "label", "is missing, and the file's name cannot stand for it", "label: role-models-baseline"
)
_NO_MAPPING = Mistake(Position(1, 1), "", "the file does not consist of keys with values", _FIRST_LINES)


def load_spec(path: Path, here: Path = Path()) -> LoadedSpec:
    """SpecInvalid with every mistake, UsageError `spec-not-found`, or MachineFailed without permission.

    `here` is what `path` is relative to; mistakes name the path as it was given.
    """
    return parse_spec(_read(path, here), path, here)


def _read(path: Path, here: Path) -> bytes:
    try:
        with (here / path).open("rb") as file:
            return file.read(LARGEST + 1)
    except IsADirectoryError:
        raise UsageError("spec-not-found", f"{path} is a folder, not a run spec", hint=_specs_in(path, here)) from None
    except PermissionError:
        raise MachineFailed(
            "spec-unreadable", f"{path}: no permission to read it", hint="let this user read the file"
        ) from None
    except (OSError, ValueError):
        raise UsageError("spec-not-found", f"{path} is not there", hint=f"check the path, or {NEW_SPEC}") from None


def _specs_in(folder: Path, here: Path) -> str:
    specs = sorted((here / folder).glob("*.yaml"))
    return f"name the file:  eng5-pipeline validate {typed(folder / specs[0].name)}" if specs else NEW_SPEC


def parse_spec(raw: bytes, path: Path, here: Path = Path()) -> LoadedSpec:
    """The spec in these bytes as if they stood at `path`; no file is read."""
    try:
        text, mistakes = decode(raw)
        mended, unfit = mend(text)
    except Unreadable as end:
        beginning = split_lines(raw[:200].decode("utf-8", errors="replace"))[:1]
        raise _invalid(path, beginning, [end.mistake], []) from None
    draft = _draft(mended)
    lines = split_lines(text)
    spec, wrong = _validated(draft, path.stem)
    mistakes += [
        *unfit,
        *draft.mistakes,
        *draft.tree.mistakes,
        *_in_comments(lines, draft.tree.hidden),
        *wrong,
    ]
    if spec is None or mistakes:
        raise _invalid(path, lines, mistakes, draft.tree.hidden)
    return LoadedSpec(
        spec=spec,
        raw=raw,
        path=path,
        folder=(here / path).absolute().parent,
        digest=hashlib.sha256(raw).hexdigest(),
        positions=MappingProxyType({dotted(key): at for key, at in draft.tree.values.items() if key}),
        lines=shown(lines, ()),
    )


@dataclass(frozen=True)
class _Draft:
    """What a text holds before anything is known to be right; `whole` unless a line had to be left out."""

    data: Data
    tree: Tree
    mistakes: tuple[Mistake, ...]
    whole: bool


def _draft(text: str) -> _Draft:
    try:
        return _read_nodes(compose(text), (), whole=True)
    except NotYaml as end:
        return _read_nodes(_compose_rest(text, end.mistake.at.line), (end.mistake,), whole=False)


def _compose_rest(text: str, line: int) -> Composed:
    """What can be read without this line, else what stands before it."""
    lines = text.split("\n")
    for rest in ([*lines[: line - 1], "", *lines[line:]], lines[: line - 1]):
        try:
            return compose("\n".join(rest))
        except NotYaml:
            continue
    return Composed(None, ())


def _read_nodes(composed: Composed, mistakes: tuple[Mistake, ...], *, whole: bool) -> _Draft:
    tree = Tree()
    data = tree.read(composed.root) if composed.root is not None else None
    return _Draft(data, tree, (*mistakes, *composed.mistakes), whole)


def _validated(draft: _Draft, stem: str) -> tuple[RunSpec | None, list[Mistake]]:
    """The spec, or the mistakes in its values; absences count only in a text that was read whole."""
    if not isinstance(draft.data, dict):
        return None, [_NO_SPEC if draft.data is None else _NO_MAPPING] if draft.whole else []
    data = draft.data if "label" in draft.data else {**draft.data, "label": stem}
    try:
        return RunSpec.model_validate(data), []
    except ValidationError as errors:
        told = [error for error in errors.errors(include_url=False) if draft.whole or not is_absence(error)]
        found = [mistake for error in told if (mistake := explain(error, draft.tree))]
        return None, [_NO_LABEL if data is not draft.data and m.where == "label" else m for m in found]


def _in_comments(lines: Sequence[str], hidden: Sequence[Span]) -> Iterator[Mistake]:
    for at, comment in comments(lines):
        if is_secret_value(comment) and not any(span.start.line <= at.line <= span.end.line for span in hidden):
            yield Mistake(at, "", f"a comment {SECRET}", REMOVE)


def _invalid(path: Path, lines: Sequence[str], mistakes: Sequence[Mistake], hidden: Sequence[Span]) -> SpecInvalid:
    texts = shown(lines, hidden)
    last = max((number for number, line in enumerate(texts, 1) if line), default=1)
    written = texts[:last]
    located = {replace(mistake, at=_inside(written, mistake.at)) for mistake in mistakes}
    return SpecInvalid([_problem(path, mistake, texts) for mistake in sorted(located, key=_order)])


def _order(mistake: Mistake) -> tuple[Position, str, str]:
    return mistake.at, mistake.where, mistake.what


def _inside(lines: Sequence[str], at: Position) -> Position:
    """The end of the text is shown as the end of its last line."""
    if at.line > len(lines):
        return Position(len(lines), len(lines[-1]) + 1)
    return Position(at.line, min(at.column, len(lines[at.line - 1]) + 1))


def _problem(path: Path, mistake: Mistake, lines: Sequence[str]) -> Problem:
    at = mistake.at
    where = clipped(blank(mistake.where))
    return Problem(str(path), at.line, at.column, where, mistake.what, mistake.instead, lines[at.line - 1])
