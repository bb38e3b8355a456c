"""The verbs, as their users know them."""

from __future__ import annotations

from eng5_pipeline.engine.stage import Touches
from eng5_pipeline.pipelines import PLAN, REGISTER_ANCHORS, RUN


def test_the_seven_stages_of_a_run_stand_in_their_order() -> None:
    names = [stage.name for stage in RUN]
    assert names == ["validate", "resolve_assignment", "anchor_preflight", "upload", "publish", "await", "extract"]


def test_a_plan_changes_nothing_outside() -> None:
    assert all(stage.touches < Touches.CHANGES_SERVICES for stage in PLAN)


def test_a_registration_needs_no_students_and_no_anchor_preflight() -> None:
    assert [stage.name for stage in REGISTER_ANCHORS] == [
        "validate",
        "resolve_assignment",
        "compare_anchors",
        "register_anchors",
    ]
