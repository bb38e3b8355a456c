"""What two specs, two states of one, or a run and a spec would do differently: meaning, not text."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final, Literal

from eng5_pipeline.domain.comparisons import apply_comparison_limit
from eng5_pipeline.domain.forecast import Forecast
from eng5_pipeline.domain.value import Value
from eng5_pipeline.review import risks
from eng5_pipeline.review.sides import Side, SideEssay, SideFile
from eng5_pipeline.review.spec_changes import Change, shown, value_changes

VERSION: Final = 1
_NO_RISK: Final = frozenset({"judge.prices"})

Foresee = Callable[[Side], Forecast | None]


class EssayChanges(Value):
    """Local ids; the same text under another name is one removed and one added."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    def told(self) -> str:
        """`+3 essays, -1 essay, 1 changed`; empty where nothing changed."""
        counts = [f"+{_essays(len(self.added))}"] if self.added else []
        counts += [f"-{_essays(len(self.removed))}"] if self.removed else []
        counts += (
            [f"{len(self.changed)} changed" if counts else f"{_essays(len(self.changed))} changed"]
            if self.changed
            else []
        )
        return ", ".join(counts)


class Diff(Value):
    """`before` and `after` name the sides; of a spec that is new there is no side before.

    `unknown` says what could not be compared, and why. Costs are null where they cannot be foreseen.
    """

    v: Literal[1] = VERSION
    before: str | None
    after: str
    changes: tuple[Change, ...]
    essays: EssayChanges
    unknown: tuple[str, ...]
    cost_before: Forecast | None
    cost_after: Forecast | None

    @property
    def is_empty(self) -> bool:
        return not self.changes


def diff_of(before: Side | None, after: Side, foresee: Foresee) -> Diff:
    essays = _essay_changes(before, after)
    return Diff(
        before=before.name if before else None,
        after=after.name,
        changes=tuple(_new(after) if before is None else _changes(before, after, essays)),
        essays=essays,
        unknown=(*(before.unknown if before else ()), *after.unknown),
        cost_before=foresee(_with_anchors_of(after, before)) if before else None,
        cost_after=foresee(_with_anchors_of(before, after)),
    )


def _new(after: Side) -> Iterator[Change]:
    known = f", {_essays(len(after.essays))}" if after.essays is not None else ""
    label = after.effective.spec.label
    yield Change(where="", before=None, after=label, told=f"a new spec, {label}{known}", risk=None)


def _changes(before: Side, after: Side, essays: EssayChanges) -> Iterator[Change]:
    for change in value_changes(before.effective.spec, after.effective.spec):
        is_limit = change.where == "limits.max_comparisons"
        yield change.model_copy(update={"told": change.told + _possible(before, after)}) if is_limit else change
    if told := essays.told():
        yield Change(
            where="essays",
            before=len(before.essays or ()),
            after=len(after.essays or ()),
            told=told,
            risk=risks.OTHER_TEXT if essays.changed else None,
        )
    yield from _file_changes(before.files, after.files)
    yield from _anchor_changes(before, after)


def _with_anchors_of(other: Side | None, side: Side) -> Side:
    """Where nothing tells of a side's anchors: those of the other, if it is of the same assignment."""
    if side.anchors is not None or other is None:
        return side
    same = other.effective.spec.assignment.id == side.effective.spec.assignment.id
    return replace(side, anchors=other.anchors) if same else side


def _possible(before: Side, after: Side) -> str:
    """Of how many pairs; those of the students alone where nobody has told of anchors yet."""
    sides = (_with_anchors_of(after, before), _with_anchors_of(before, after))
    counts = [str(_pairs(side)) for side in sides if side.essays is not None]
    among = "" if all(side.anchors is not None for side in sides) else " between students"
    return f" (of {', then '.join(dict.fromkeys(counts))} possible{among})" if counts else ""


def _pairs(side: Side) -> int:
    return apply_comparison_limit(len(side.anchors or ()), len(side.essays or ()), None).possible_pairs


def _essay_changes(before: Side | None, after: Side) -> EssayChanges:
    if before is None or before.essays is None or after.essays is None:
        return EssayChanges()
    old, new = before.essays, after.essays
    return EssayChanges(
        added=tuple(sorted(new.keys() - old.keys())),
        removed=tuple(sorted(old.keys() - new.keys())),
        changed=tuple(sorted(name for name in old.keys() & new.keys() if _text_changed(old[name], new[name]))),
    )


def _text_changed(before: SideEssay, after: SideEssay) -> bool:
    return before.text_sha256 != after.text_sha256


def _file_changes(before: Mapping[str, SideFile], after: Mapping[str, SideFile]) -> Iterator[Change]:
    """Of what stands in the files that both sides name; that another one is named is a change of the spec's values."""
    for role in sorted(before.keys() & after.keys()):
        old, new = before[role], after[role]
        if old.sha256 != new.sha256:
            lines = _lines_changed(old.text, new.text)
            yield Change(
                where=role,
                before=old.sha256,
                after=new.sha256,
                told=f"{shown(new.path)}: {lines}",
                risk=None if role in _NO_RISK else risks.JUDGED_OTHERWISE,
            )


def _lines_changed(before: str | None, after: str | None) -> str:
    """A line that was changed counts once."""
    if before is None or after is None:
        return "changed"
    matcher = difflib.SequenceMatcher(None, before.splitlines(), after.splitlines(), autojunk=False)
    count = sum(max(b - a, d - c) for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal")
    if count == 0:
        return "line ends alone changed"
    return f"{count} line{'s' if count > 1 else ''}"


def _anchor_changes(before: Side, after: Side) -> Iterator[Change]:
    if before.grade_scale != after.grade_scale and None not in (before.grade_scale, after.grade_scale):
        told = f"grade scale {before.grade_scale} -> {after.grade_scale}"
        yield Change(
            where="anchors.grade_scale",
            before=before.grade_scale,
            after=after.grade_scale,
            told=told,
            risk=risks.OTHER_ANCHORS,
        )
    if before.anchors is None or after.anchors is None:
        return
    old = {anchor.anchor_id: (anchor.grade, anchor.storage_id) for anchor in before.anchors}
    new = {anchor.anchor_id: (anchor.grade, anchor.storage_id) for anchor in after.anchors}
    if old != new:
        changed = sum(old[name] != new[name] for name in old.keys() & new.keys())
        parts = [f"+{len(new.keys() - old.keys())}", f"-{len(old.keys() - new.keys())}", f"{changed} changed"]
        told = ", ".join(part for part in parts if part not in ("+0", "-0", "0 changed"))
        yield Change(where="anchors", before=len(old), after=len(new), told=f"anchors {told}", risk=risks.OTHER_ANCHORS)


def _essays(count: int) -> str:
    return f"{count} essay{'' if count == 1 else 's'}"
