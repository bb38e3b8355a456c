"""A whole run of a batch of known truth: its comparisons, and the result that CJ would have published."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from uuid import UUID

from eng5_pipeline.contracts import topics
from eng5_pipeline.domain.positions import Record
from eng5_pipeline.sandbox.batch.bradley_terry import thetas
from eng5_pipeline.sandbox.batch.grades import GradedTheta, calibrate
from eng5_pipeline.sandbox.kept.scales import SCALES
from tests.support.judged_pairs import judged
from tests.support.run_folders import BATCH, GRADES, SCALE, Run, comparison, feed

Shown = tuple[str, str, str | None]
"""First essay id, second essay id, `Essay A`, `Essay B` or None."""

STUDENTS = tuple(f"essays/students/{name}.docx" for name in ("Åsa", "Örjan", "Lars", "Märta", "Tova", "Noor"))


def begun_run(path: Path, students: Sequence[str] = STUDENTS, batch: UUID = BATCH, anchors: int = 5) -> Run:
    """Uploaded and published, with nothing back yet."""
    run = Run(path, batch, tuple(students), registry_ids=tuple(range(1, anchors + 1))).checked().uploaded()
    return run.published(feed("01")[0].value or b"")


def essays_of(run: Run) -> list[str]:
    """Students and then anchors, as CJ names them."""
    return [*run.essay_ids, *(f"ANCHOR_{number}_{number:08x}" for number in run.registry_ids)]


def simulated(run: Run, comparisons: int, seed: int, order_effect: float = 0.0) -> list[Shown]:
    """Anchors are as good as their grades, students are drawn; pairs are drawn too."""
    random, names = Random(seed), essays_of(run)
    steps = [GRADES[at % len(GRADES)] for at in range(len(run.registry_ids))]
    order = SCALES[SCALE].grades
    truth = [random.gauss(0, 1.5) for _ in run.essay_ids] + [0.6 * order.index(grade) - 2.4 for grade in steps]
    shown: list[Shown] = []
    for _ in range(comparisons):
        first, second = random.sample(range(len(names)), 2)
        won = judged(truth, random, first, second, order_effect).winner == first
        shown.append((names[first], names[second], "Essay A" if won else "Essay B"))
    return shown


def completed_run(
    run: Run, shown: Sequence[Shown], models: Callable[[int], str] = lambda _: "claude", cost: str = "0.0004"
) -> Run:
    """The comparisons kept and CJ's result after them."""
    records = [
        comparison(run, number, (first, second), winner=winner, model=models(number), cost=cost)
        for number, (first, second, winner) in enumerate(shown)
    ]
    return run.kept([*records, result(run, shown)]).completed("1", len(shown))


def result(run: Run, shown: Sequence[Shown]) -> Record:
    """As CJ fits and projects it."""
    names = essays_of(run)
    place = {name: number for number, name in enumerate(names)}
    decided = [(a, b) if winner == "Essay A" else (b, a) for a, b, winner in shown if winner]
    fitted = thetas(len(names), [(place[a], place[b]) for a, b in decided])
    return result_of(run, dict(zip(names, fitted, strict=True)))


def result_of(run: Run, theta: dict[str, float]) -> Record:
    """As CJ ranks and projects these thetas of all essays."""
    ranked = sorted(essays_of(run), key=lambda name: -theta[name])
    grades = _grades(run, theta)
    essays = [
        {
            "essay_id": name,
            "letter_grade": grades.get(name, "U"),
            "bt_score": theta[name],
            "rank": rank,
            "is_anchor": name not in run.essay_ids,
            "normalized_score": 0.5,
            "confidence_score": 0.5,
            "confidence_label": "MID",
        }
        for rank, name in enumerate(ranked, start=1)
    ]
    data = {"batch_id": str(run.batch_uuid), "cj_assessment_job_id": "1", "essay_results": essays}
    value = {"event_id": "result", "event_timestamp": "2026-11-22T09:50:00Z", "correlation_id": "r", "data": data}
    return Record(topics.RESULT, 0, 0, 0, b"1", json.dumps(value).encode())


def _grades(run: Run, theta: dict[str, float]) -> dict[str, str]:
    anchors = [
        GradedTheta(GRADES[at % len(GRADES)], theta[f"ANCHOR_{number}_{number:08x}"])
        for at, number in enumerate(run.registry_ids)
    ]
    found = calibrate(SCALES[SCALE].grades, anchors)
    return {essay: found.grade_of(theta[essay]) for essay in run.essay_ids} if found else {}
