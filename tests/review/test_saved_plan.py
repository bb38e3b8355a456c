"""A run is held against the plan that was reviewed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import JsonValue

from eng5_pipeline.domain.request import STORAGE, Draft
from eng5_pipeline.errors import Differs, UsageError
from eng5_pipeline.results import AnchorsVerified, ResolvedAssignment, Validated
from eng5_pipeline.review.saved_plan import (
    PlanDocument,
    PlannedUpload,
    PlannedValue,
    PlanReview,
    SavedPlan,
    plan_differs,
    read_plan,
)
from eng5_pipeline.spec.effective import from_spec
from tests.support.reviewed import anchor, likely, resolved, validated, verified
from tests.support.run_specs import FULL, loaded

ESSAYS = {"a.txt": "the first", "b.txt": "the second"}
PROMPTS = {"judge.rubric": "Which is better?"}


def request(a: str = STORAGE, b: str = "5" * 32) -> Draft:
    essays: list[JsonValue] = [{"essay_id": "<a>", "text_storage_id": a}, {"essay_id": "<b>", "text_storage_id": b}]
    return {"event_type": "requested.v1", "data": {"essays_for_cj": essays}}


def document(
    text: str = FULL,
    essays: Mapping[str, str] = ESSAYS,
    prompts: Mapping[str, str] = PROMPTS,
    assignment: ResolvedAssignment | None = None,
    anchors: AnchorsVerified | None = None,
    sent: Draft | None = None,
) -> PlanDocument:
    return PlanDocument(
        program="0.1.0",
        label="role-models",
        exit_code=0,
        stage=None,
        error=None,
        effective=tuple(
            PlannedValue(key=key, value=value, source=source) for key, value, source in from_spec(loaded(text)).rows()
        ),
        essays=validated(essays, prompts),
        assignment=assignment or resolved(),
        anchors=anchors or verified(anchor(1, "A")),
        upload=PlannedUpload(to_upload=("a.txt",), to_reuse=("b.txt",)),
        request=sent or request(),
        cost=likely(),
        warnings=(),
    )


def saved(made: PlanDocument) -> SavedPlan:
    return read_plan(made.model_dump_json().encode(), "plan.json")


def told(now: PlanDocument) -> list[str]:
    return list(plan_differs(saved(document()), saved(now)))


def test_what_is_as_it_was_planned_does_not_differ() -> None:
    assert told(document()) == []


def test_layout_of_the_spec_is_no_difference() -> None:
    assert told(document(FULL.replace("limits:", "limits:   # how much"))) == []


def test_every_difference_is_named() -> None:
    now = document(
        FULL.replace("max_comparisons: 60", "max_comparisons: 61"),
        {"a.txt": "the first", "c.txt": "the third"},
        {"judge.rubric": "Which is worse?"},
        resolved(prompt="8"),
        verified(anchor(1, "B")),
    )
    assert told(now) == [
        "limits.max_comparisons: 60 -> 61",
        "file of judge.rubric: rubric.md changed",
        "essay b.txt: gone",
        "essay c.txt: new",
        f"assignment's student_prompt_storage_id: {'7' * 32} -> {'8' * 32}",
        "anchor 1: grade A -> B",
    ]


def test_a_source_alone_is_no_difference() -> None:
    assert told(document(FULL.replace("  uploads: 10\n", ""))) == []


class TestStorageIds:
    def test_a_blank_takes_any(self) -> None:
        assert told(document(sent=request(a="9" * 32))) == []

    def test_one_that_was_planned_is_final(self) -> None:
        assert told(document(sent=request(b=STORAGE))) == [
            f"request.data.essays_for_cj[1].text_storage_id: {'5' * 32} -> <storage id after upload>"
        ]


def test_a_text_that_looks_like_a_blank_is_none() -> None:
    planned, now = (request() | {"label": text} for text in (STORAGE, "another"))
    found = list(plan_differs(saved(document(sent=planned)), saved(document(sent=now))))
    assert found == ["request.label: <storage id after upload> -> another"]


def test_what_another_version_would_send_otherwise_is_a_difference() -> None:
    assert told(document(sent=request() | {"schema_version": 2})) == ["request.schema_version: null -> 2"]


@pytest.mark.parametrize("damage", ["", "{}", "[1]", '{"v": 2}'])
def test_what_is_no_plan_is_refused(damage: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_plan(damage.encode(), "plan.json")
    assert caught.value.reference == "plan-unreadable"


def test_half_a_plan_is_refused() -> None:
    half = document().model_copy(update={"anchors": None})
    with pytest.raises(UsageError):
        saved(half)


class TestReview:
    """Of a run in a folder."""

    def review(self, folder: Path, now: Validated) -> None:
        effective = folder / "effective.json"
        effective.write_text(from_spec(loaded(FULL)).to_json())
        review = PlanReview(folder / "plan.json", effective, lambda _: request(), "a.yaml")
        assert list(review.review(now, resolved(), verified(anchor(1, "A")))) == []

    def test_without_a_plan_nothing_is_held(self, tmp_path: Path) -> None:
        self.review(tmp_path, validated({}))

    def test_with_a_plan_everything_is(self, tmp_path: Path) -> None:
        (tmp_path / "plan.json").write_text(document().model_dump_json())
        self.review(tmp_path, validated(ESSAYS, PROMPTS))
        with pytest.raises(Differs) as caught:
            self.review(tmp_path, validated({}, PROMPTS))
        assert caught.value.what == "2 differences from the plan: essay a.txt: gone; essay b.txt: gone"
        assert caught.value.hint.endswith("eng5-pipeline plan a.yaml --out plan.json")
