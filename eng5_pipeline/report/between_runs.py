"""Two runs side by side: essays joined by local id and text, how each run went, and the files that their specs name.

Thetas are those computed here, for they have standard errors. Each run centres its thetas on its own essays, so they
are moved onto a common origin first: the mean of the essays that both runs compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import hypot

from eng5_pipeline.domain.value import Value
from eng5_pipeline.report.account import Account
from eng5_pipeline.report.endings import in_words
from eng5_pipeline.report.judged import judge_name
from eng5_pipeline.report.ranking import anchor_of, registered_anchors
from eng5_pipeline.report.statistics.position import Z
from eng5_pipeline.results import Validated

_EQUAL = 1e-9


class EssayChange(Value):
    """`difference` is theta of the second run less that of the first, `error` its standard error.

    Each is None where one of the runs has no such estimate. `name` is a local id or an anchor's label.
    """

    name: str
    is_anchor: bool
    grade_before: str | None
    grade_after: str | None
    difference: float | None
    error: float | None

    @property
    def grade_changed(self) -> bool:
        return self.grade_before != self.grade_after

    @property
    def beyond_error(self) -> bool | None:
        """Whether the difference is more than 1.96 of its standard errors."""
        if self.difference is None or self.error is None:
            return None
        return abs(self.difference) > Z * self.error


class Circumstance(Value):
    """What was not the same, besides the specs: None where a run does not tell."""

    what: str
    before: str | None
    after: str | None


class BetweenRuns(Value):
    """`changes` are of essays of both runs that differ in grade or theta, the largest difference first.

    `only_first` and `only_second` are essays of one run; `other_text` are local ids that both have, with another text;
    `other_anchors` are labels of both that CJ has registered anew. `files` are the roles of files, as prompts, of which
    both have one and not the same.
    """

    joined: int
    circumstances: tuple[Circumstance, ...]
    changes: tuple[EssayChange, ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    other_text: tuple[str, ...]
    other_anchors: tuple[str, ...]
    files: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        return not any(value for name, value in self if name != "joined")


def between_runs(first: Account, second: Account) -> BetweenRuns:
    before, after = _essays(first), _essays(second)
    both = sorted(before.keys() & after.keys())
    shift = _shift([(before[key], after[key]) for key in both])
    changes = [_change(before[key], after[key], shift) for key in both]
    names_before, names_after = ({essay.name for essay in essays.values()} for essays in (before, after))
    others = [before[key] for key in before.keys() - after.keys() if before[key].name in names_after]
    return BetweenRuns(
        joined=len(both),
        circumstances=tuple(_circumstances(first, second)),
        changes=tuple(
            sorted(filter(_differs, changes), key=lambda change: (-abs(change.difference or 0), change.name))
        ),
        only_first=tuple(sorted(names_before - names_after)),
        only_second=tuple(sorted(names_after - names_before)),
        other_text=tuple(sorted(essay.name for essay in others if not essay.is_anchor)),
        other_anchors=tuple(sorted(essay.name for essay in others if essay.is_anchor)),
        files=_files(first, second),
    )


def _circumstances(first: Account, second: Account) -> Iterator[Circumstance]:
    before, after = _went(first), _went(second)
    for what, value in before.items():
        if value != after[what]:
            yield Circumstance(what=what, before=value, after=after[what])


def _went(account: Account) -> Mapping[str, str | None]:
    """The judge is the one that was used, whether or not a spec names it."""
    judged = account.judged
    return {
        "ended": in_words(account.record.ending),
        "grade scale": account.record.grade_scale,
        "judge": ", ".join(judge_name((each.provider, each.model)) for each in judged.spending) or None,
        "comparisons": str(judged.comparisons),
        "failed comparisons": str(judged.failed),
    }


@dataclass(frozen=True)
class _Essay:
    name: str
    is_anchor: bool
    grade: str | None
    theta: float | None
    error: float | None


_Key = tuple[str, str]


def _essays(account: Account) -> Mapping[_Key, _Essay]:
    """Students by local id and digest of their text; anchors by registry id and storage id."""
    grades = {essay.essay_id: essay.grade for essay in account.ranked}
    found = {
        (student.local_id, student.text_sha256): _essay(
            account, student.essay_id, student.local_id, grades.get(student.essay_id)
        )
        for student in account.record.students
    }
    registered = registered_anchors(account.record)
    in_batch = {anchor.anchor_id: id for id in account.judged.counts if (anchor := anchor_of(id, registered))}
    for number, anchor in registered.items():
        name = anchor.label or f"anchor {number}"
        found[f"anchor {number}", anchor.storage_id or ""] = _essay(
            account, in_batch.get(number), name, anchor.grade, is_anchor=True
        )
    return found


def _essay(account: Account, essay_id: str | None, name: str, grade: str | None, *, is_anchor: bool = False) -> _Essay:
    if account.diagnosis is None or essay_id is None:
        return _Essay(name, is_anchor, grade, None, None)
    fitted = account.diagnosis.fitted
    return _Essay(name, is_anchor, grade, fitted.theta.get(essay_id), fitted.errors.get(essay_id))


def _shift(pairs: list[tuple[_Essay, _Essay]]) -> float:
    """By how much all essays together moved: nothing that the runs say of any one of them."""
    moved = [b.theta - a.theta for a, b in pairs if a.theta is not None and b.theta is not None]
    return sum(moved) / len(moved) if moved else 0.0


def _change(before: _Essay, after: _Essay, shift: float) -> EssayChange:
    difference = error = None
    if before.theta is not None and after.theta is not None:
        difference = after.theta - before.theta - shift
        if before.error is not None and after.error is not None:
            error = hypot(before.error, after.error)
    return EssayChange(
        name=after.name,
        is_anchor=after.is_anchor,
        grade_before=before.grade,
        grade_after=after.grade,
        difference=difference,
        error=error,
    )


def _differs(change: EssayChange) -> bool:
    return change.grade_changed or abs(change.difference or 0) > _EQUAL


def _files(first: Account, second: Account) -> tuple[str, ...]:
    before, after = (
        {file.role: file.sha256 for file in validated.inputs} if validated else {}
        for validated in (account.record.result(Validated) for account in (first, second))
    )
    return tuple(sorted(role for role in before.keys() & after.keys() if before[role] != after[role]))
