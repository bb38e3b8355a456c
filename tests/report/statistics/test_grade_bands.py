from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eng5_pipeline.report.statistics.grade_bands import ORDERS, Bands, bands
from eng5_pipeline.sandbox.kept.scales import SCALES

CAPTURES = Path(__file__).parents[2] / "contracts" / "captures"
PROJECTED: list[dict[str, Any]] = [
    batch for batch in json.loads((CAPTURES / "scores.json").read_text("utf-8")) if batch["projections"]
]


def drawn(batch: dict[str, Any]) -> tuple[Bands, dict[str, float]]:
    theta = dict(zip(batch["essays"], batch["thetas"], strict=True))
    anchors = [(grade, theta[essay]) for essay, grade in batch["anchor_grades"].items()]
    found = bands(ORDERS[batch["scale"]], anchors)
    assert found is not None
    return found, theta


@pytest.mark.parametrize("batch", PROJECTED, ids=lambda batch: f"job {batch['job']}")
def test_boundaries_are_those_that_cj_kept(batch: dict[str, Any]) -> None:
    found, _ = drawn(batch)
    assert list(found.boundaries) == pytest.approx(batch["calibration"]["boundaries"], abs=1e-12)


@pytest.mark.parametrize("batch", PROJECTED, ids=lambda batch: f"job {batch['job']}")
def test_every_grade_that_cj_projected_follows(batch: dict[str, Any]) -> None:
    found, theta = drawn(batch)
    assert {essay: found.grade(theta[essay]) for essay in batch["projections"]} == {
        essay: told["grade"] for essay, told in batch["projections"].items()
    }


def test_orders_are_those_of_the_scales_that_cj_was_seen_to_have() -> None:
    assert {name: scale.grades for name, scale in SCALES.items()} == ORDERS


def test_grades_between_two_thetas_leave_out_bands_of_no_width() -> None:
    found = Bands(("E", "D", "C", "B"), (-1.0, 1.0, 1.0))
    assert found.between(-2.0, 0.0) == ("E", "D")
    assert found.between(0.0, 2.0) == ("D", "B")
    assert found.between(0.0, 0.5) == ("D",)
    assert found.edges("D") == (-1.0, 1.0)


def test_anchors_of_one_grade_draw_no_bands() -> None:
    assert bands(("E", "D", "C"), [("D", 0.3), ("D", 0.4)]) is None
