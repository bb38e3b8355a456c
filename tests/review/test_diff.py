"""What two sides would do differently: their values, essays, prompts, anchors and cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from eng5_pipeline.domain.assignment import Anchor
from eng5_pipeline.domain.forecast import Forecast
from eng5_pipeline.review.diff import Diff, diff_of
from eng5_pipeline.review.sides import Side, SideEssay, SideFile
from eng5_pipeline.spec.dump import plain
from eng5_pipeline.spec.effective import Effective, from_spec
from eng5_pipeline.spec.model import RunSpec
from tests.support.properties import FEW_OR_MANY, holds
from tests.support.reviewed import anchor, digest, likely
from tests.support.run_specs import FULL, loaded, spec_pairs

ESSAYS = {f"{number}.txt": f"text {number}" for number in range(12)}
ANCHORS = tuple(anchor(number, "A") for number in range(12))
RUBRIC = "one\ntwo\nthree\nfour\nfive\n"


def side(
    text: str = FULL,
    essays: Mapping[str, str] | None = ESSAYS,
    rubric: str | None = RUBRIC,
    anchors: tuple[Anchor, ...] | None = ANCHORS,
    unknown: tuple[str, ...] = (),
) -> Side:
    return Side(
        name="a.yaml",
        effective=from_spec(loaded(text)),
        essays=None
        if essays is None
        else {name: SideEssay(digest(words), len(words)) for name, words in essays.items()},
        files={} if rubric is None else {"judge.rubric": SideFile("rubric.md", digest(rubric), rubric)},
        grade_scale="eng5" if anchors else None,
        anchors=anchors,
        unknown=unknown,
    )


def nothing(_: Side) -> Forecast | None:
    return None


def diff(before: Side | None, after: Side) -> Diff:
    return diff_of(before, after, nothing)


def told(after: Side) -> list[str]:
    return [change.told for change in diff(side(), after).changes]


def test_a_side_does_not_differ_from_itself() -> None:
    assert diff(side(), side()).is_empty


@FEW_OR_MANY
def test_it_is_empty_exactly_where_the_effective_values_are_equal(examples: int) -> None:
    def check(specs: tuple[RunSpec, RunSpec]) -> None:
        one, other = (replace(side(), effective=Effective(spec=spec, sources={})) for spec in specs)
        assert diff(one, other).is_empty == (one.effective == other.effective) == (plain(specs[0]) == plain(specs[1]))

    holds(examples, spec_pairs(), check)


def test_a_limit_is_told_beside_what_is_possible() -> None:
    assert told(side(FULL.replace("max_comparisons: 60", "max_comparisons: 45"))) == [
        "limits.max_comparisons 60 -> 45 (of 276 possible)"
    ]


def test_what_is_possible_is_told_of_both_sides_where_it_differs() -> None:
    more = side(FULL.replace("max_comparisons: 60", "max_comparisons: 45"), {**ESSAYS, "x.txt": "x"})
    assert told(more)[0] == "limits.max_comparisons 60 -> 45 (of 276, then 300 possible)"


def test_anchors_that_one_side_tells_of_are_those_of_the_same_assignment() -> None:
    after = side(FULL.replace("max_comparisons: 60", "max_comparisons: 45"), anchors=None)
    assert told(after) == ["limits.max_comparisons 60 -> 45 (of 276 possible)"]


def test_where_nobody_told_of_anchors_it_is_what_is_possible_between_students() -> None:
    before = side(anchors=None)
    after = side(FULL.replace("max_comparisons: 60", "max_comparisons: 45"), anchors=None)
    assert diff(before, after).changes[0].told.endswith("(of 66 possible between students)")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"a": "x", "b": "x", "c": "x", "3.txt": "another"}, "+3 essays, 1 changed"),
        ({"a": "x"}, "+1 essay"),
        ({"3.txt": "another", "4.txt": "another"}, "2 essays changed"),
    ],
)
def test_essays_are_counted(change: dict[str, str], expected: str) -> None:
    assert told(side(essays={**ESSAYS, **change})) == [expected]


def test_essays_that_are_gone_are_named_in_the_value() -> None:
    fewer = {name: text for name, text in ESSAYS.items() if name != "3.txt"}
    found = diff(side(), side(essays=fewer))
    assert (found.changes[0].told, found.essays.removed) == ("-1 essay", ("3.txt",))


def test_a_changed_text_is_risky_and_a_new_one_is_not() -> None:
    changed, new = side(essays={**ESSAYS, "3.txt": "another"}), side(essays={**ESSAYS, "x": "x"})
    assert [diff(side(), after).changes[0].risk is None for after in (changed, new)] == [False, True]


@pytest.mark.parametrize(
    ("rubric", "expected"),
    [
        (RUBRIC.replace("two", "2").replace("four", "4"), "rubric.md: 2 lines"),
        (RUBRIC + "six\n", "rubric.md: 1 line"),
        ("", "rubric.md: 5 lines"),
        (RUBRIC.replace("\n", "\r\n"), "rubric.md: line ends alone changed"),
    ],
)
def test_lines_of_a_prompt_are_counted(rubric: str, expected: str) -> None:
    assert told(side(rubric=rubric)) == [expected]


def test_a_prompt_whose_text_nobody_has_is_told_as_changed() -> None:
    before = side()
    locked = Side(**{**vars(before), "files": {"judge.rubric": SideFile("rubric.md", "0" * 64, None)}})
    assert [change.told for change in diff(locked, before).changes] == ["rubric.md: changed"]


def test_anchors_as_they_were_last_seen() -> None:
    others = (anchor(0, "B"), *ANCHORS[2:], anchor(99, "A"), anchor(98, "A"))
    found = diff(side(), side(anchors=others)).changes
    assert [change.told for change in found] == ["anchors +2, -1, 1 changed"]
    assert found[0].risk


def test_a_spec_that_was_not_there_is_new() -> None:
    found = diff(None, side())
    assert [change.told for change in found.changes] == ["a new spec, role-models-baseline, 12 essays"]
    assert found.before is None


def test_what_is_not_known_is_said_and_not_compared() -> None:
    found = diff(side(), side(essays=None, unknown=("a.yaml: no essay matches *.docx",)))
    assert (found.is_empty, found.unknown) == (True, ("a.yaml: no essay matches *.docx",))


def test_cost_is_foreseen_for_both_sides() -> None:
    found = diff_of(side(), side(essays={}), lambda of: likely(40 if of.essays else 20))
    assert (found.cost_before, found.cost_after) == (likely(40), likely(20))
