"""Specs differ in their values or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from eng5_pipeline.review.spec_changes import Change, value_changes
from eng5_pipeline.spec.dump import Json, dump, plain
from eng5_pipeline.spec.model import RunSpec
from eng5_pipeline.spec.shape import leaves
from tests.support.properties import FEW_OR_MANY, holds
from tests.support.run_specs import FULL, MINIMAL, loaded, run_specs, spec_pairs


def changes(before: str, after: str) -> tuple[Change, ...]:
    return value_changes(loaded(before).spec, loaded(after).spec)


def told(before: str, after: str) -> list[str]:
    return [change.told for change in changes(before, after)]


@FEW_OR_MANY
def test_a_spec_does_not_differ_from_itself_loaded_from_its_dump(examples: int) -> None:
    def check(spec: RunSpec) -> None:
        assert value_changes(spec, loaded(dump(spec)).spec) == ()

    holds(examples, run_specs(), check)


@FEW_OR_MANY
def test_there_and_back_are_the_same_changes(examples: int) -> None:
    def check(pair: tuple[RunSpec, RunSpec]) -> None:
        there, back = value_changes(*pair), value_changes(*reversed(pair))
        assert [(c.where, c.before, c.after) for c in there] == [(c.where, c.after, c.before) for c in back]

    holds(examples, spec_pairs(), check)


OTHERWISE: dict[str, Json] = {
    "assignment.course_code": "SV1",
    "assignment.language": "sv",
    "judge.provider": "openai",
    "judge.reasoning_effort": "high",
    "judge.output_verbosity": "high",
    "judge.batching_mode_hint": "per_request",
    "allow": ["plain-http"],
    "limits.completion_timeout": "7m",
    "limits.grace": "7s",
    "extraction.timeout": "7m",
    "services.cj": "http://cj.example.org:1",
    "services.content": "http://content.example.org:1",
    "services.kafka": "kafka.example.org:1",
    "flags.auto_extract_eng5_db": True,
    "assignment.course_id": "00000000-0000-0000-0000-000000000007",
}
"""Where not any word or number does."""


def changed(value: Json, key: str) -> Json:
    if key in OTHERWISE:
        return OTHERWISE[key]
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    return [*value, "else"] if isinstance(value, list) else "else"


@pytest.mark.parametrize("path", [path for path in leaves() if path != ("spec",)], ids=".".join)
def test_a_value_that_is_another_is_the_one_change(path: tuple[str, ...]) -> None:
    data: Any = plain(loaded(FULL).spec)
    section = data
    for name in path[:-1]:
        section = section[name]
    section[path[-1]] = changed(section[path[-1]], ".".join(path))
    found = value_changes(loaded(FULL).spec, RunSpec.model_validate(data))
    assert [change.where for change in found] == [".".join(path)]


def test_layout_and_the_order_of_keys_are_no_change() -> None:
    lines = MINIMAL.splitlines()
    turned = "\n".join(["# another comment", *lines[3:], *lines[1:3], lines[0], ""])
    other = turned.replace('["essays/students/*.docx"]', "\n    - essays/students/*.docx")
    assert told(MINIMAL, other) == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("max_comparisons: 60", "max_comparisons: 45", "limits.max_comparisons 60 -> 45"),
        ("temperature: 0.0", "temperature: 0.2", "judge.temperature 0.0 -> 0.2"),
        ("  temperature: 0.0\n", "", "judge.temperature 0.0 -> none"),
        ("timeout: 30m", "timeout: 1h", "limits.completion_timeout 30m -> 1h"),
        ("allow: [missing-student-prompt, ", "allow: [", "allow -missing-student-prompt"),
        ("exclude: []", "exclude: [a, b]", "essays.students.exclude +a +b"),
        ("[A, B, C+,", "[B, A, C+,", "assignment.expect.anchor_grades in another order"),
        ("await_completion: true", "await_completion: false", "flags.await_completion true -> false"),
    ],
)
def test_a_change_is_told_as_a_person_would_write_it(before: str, after: str, expected: str) -> None:
    assert told(FULL, FULL.replace(before, after)) == [expected]


def test_a_judge_of_ones_own_is_a_change_even_without_a_word_to_it() -> None:
    assert told(MINIMAL, MINIMAL + "judge: {}\n") == ["judge CJ's own -> overrides for this batch"]


def test_what_stands_in_a_section_that_was_absent_is_told_too() -> None:
    assert told(MINIMAL, MINIMAL + "judge: {model: judge-1, temperature: 0.5}\n") == [
        "judge CJ's own -> overrides for this batch",
        "judge.model none -> judge-1",
        "judge.temperature none -> 0.5",
    ]


RISKY: dict[str, tuple[str, str]] = {
    "limits.max_comparisons": ("max_comparisons: 60", "max_comparisons: 61"),
    "limits.max_cost_usd": ("max_cost_usd: 5.00", "max_cost_usd: null"),
    "assignment.id": ("0000-000000000001", "0000-000000000002"),
    "assignment.expect.min_anchors": ("min_anchors: 12", "min_anchors: 11"),
    "assignment.expect.anchor_grades": ("[A, B,", "[A,"),
    "assignment.expect.grade_scale": ("grade_scale: eng5_np_legacy_9_step", "grade_scale: null"),
    "judge.model": ("claude-sonnet-4-5-20250929", "judge-2"),
    "services.cj": ("localhost:9095", "cj.example.org"),
    "extraction.command": ("[eng5-extract-db,", "[other,"),
    "essays.students.follow_links": ("follow_links: false", "follow_links: true"),
    "flags.force_reupload": ("force_reupload: false", "force_reupload: true"),
    "requester.user_id": ("eng5-research", "somebody"),
}


@pytest.mark.parametrize("where", sorted(RISKY))
def test_what_is_risky_is_marked_with_the_reason(where: str) -> None:
    (change,) = changes(FULL, FULL.replace(*RISKY[where]))
    assert change.where == where
    assert change.risk


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("max_comparisons: 60", "max_comparisons: 59"),
        ("max_cost_usd: 5.00", "max_cost_usd: 4.00"),
        ("min_anchors: 12", "min_anchors: 13"),
        ("uploads: 10", "uploads: 20"),
        ("label: role-models-baseline", "label: other"),
        ("missing-student-prompt, ", ""),
        ("grace: 10s", "grace: 20s"),
    ],
)
def test_what_is_harmless_is_not(before: str, after: str) -> None:
    (change,) = changes(FULL, FULL.replace(before, after))
    assert change.risk is None


def test_a_limit_where_there_was_none_is_no_risk() -> None:
    added: Any = changes(MINIMAL, MINIMAL + "limits: {max_comparisons: 10, max_cost_usd: 1.00}\n")
    assert [change.risk for change in added] == [None, None]
