"""Scores and grades of the batches that were observed, fitted and projected again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from eng5_pipeline.sandbox.batch.bradley_terry import Win, standard_errors, thetas
from eng5_pipeline.sandbox.batch.grades import Calibration, GradedTheta, calibrate, confidence
from eng5_pipeline.sandbox.kept.scales import SCALES
from tests.support.wire import CAPTURES, feed

Batch = dict[str, Any]
BATCHES: list[Batch] = json.loads((CAPTURES / "scores.json").read_text(encoding="utf-8"))
PROJECTED = [batch for batch in BATCHES if batch["projections"]]


def _wins(batch: Batch) -> list[Win]:
    place = {essay: n for n, essay in enumerate(batch["essays"])}
    return [
        (place[a], place[b]) if winner == "essay_a" else (place[b], place[a]) for a, b, winner in batch["comparisons"]
    ]


def _calibration(batch: Batch) -> Calibration | None:
    theta = dict(zip(batch["essays"], batch["thetas"], strict=True))
    anchors = [GradedTheta(grade, theta[essay]) for essay, grade in batch["anchor_grades"].items()]
    return calibrate(SCALES[batch["scale"]].grades, anchors)


@pytest.mark.parametrize("batch", BATCHES, ids=lambda batch: f"job {batch['job']}")
def test_thetas_come_out_as_cj_fitted_them(batch: Batch) -> None:
    assert thetas(len(batch["essays"]), _wins(batch)) == pytest.approx(batch["thetas"], abs=1e-8)


@pytest.mark.parametrize("batch", BATCHES, ids=lambda batch: f"job {batch['job']}")
def test_standard_errors_come_out_as_cj_kept_them(batch: Batch) -> None:
    fitted = standard_errors(batch["thetas"], _wins(batch), len(batch["essays"]) - 1)
    kept = [(new, old) for new, old in zip(fitted, batch["standard_errors"], strict=True) if old is not None]
    assert [new for new, _ in kept] == pytest.approx([old for _, old in kept], abs=1e-6)


def test_thetas_of_a_published_result_follow_from_its_comparisons() -> None:
    values = [json.loads(record["value"])["data"] for record in feed("15a-8nodes-default-budget-serial_bundle")]
    published = {e["essay_id"]: e["bt_score"] for v in values for e in v.get("essay_results", ())}
    place = {essay: n for n, essay in enumerate(published)}
    judged = [
        (v["winner"], v["request_metadata"]["essay_a_id"], v["request_metadata"]["essay_b_id"])
        for v in values
        if "winner" in v
    ]
    wins = [(place[a], place[b]) if winner == "Essay A" else (place[b], place[a]) for winner, a, b in judged]
    assert thetas(len(place), wins) == pytest.approx(list(published.values()), abs=1e-7)


@pytest.mark.parametrize("batch", PROJECTED, ids=lambda batch: f"job {batch['job']}")
def test_grade_centres_and_boundaries_come_out(batch: Batch) -> None:
    found = _calibration(batch)
    assert found is not None
    assert found.centres == pytest.approx(batch["calibration"]["centres"], abs=1e-12)
    assert found.boundaries == pytest.approx(batch["calibration"]["boundaries"], abs=1e-12)


@pytest.mark.parametrize("batch", PROJECTED, ids=lambda batch: f"job {batch['job']}")
def test_every_student_gets_the_grade_that_was_projected(batch: Batch) -> None:
    found, theta = _calibration(batch), dict(zip(batch["essays"], batch["thetas"], strict=True))
    assert found is not None
    for essay, projection in batch["projections"].items():
        trust = confidence(projection["comparisons"])
        assert found.grade_of(theta[essay]) == projection["grade"]
        assert (trust.score, trust.label) == (projection["confidence"], projection["label"])
