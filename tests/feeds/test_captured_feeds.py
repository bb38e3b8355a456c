"""Captured batches, played into a broker after the publish intent, come out of `resume` as what they were."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaProducer

from eng5_pipeline import sandbox
from eng5_pipeline.adapters.kafka.bus import KafkaBus
from eng5_pipeline.adapters.kafka.settings import KafkaSettings
from eng5_pipeline.embedded import Embedded, embedded_stack
from eng5_pipeline.opening import resume_session
from eng5_pipeline.run_folder import RunFolder
from eng5_pipeline.sandbox.batch.feed_settings import FeedSettings
from eng5_pipeline.session import Outcome
from eng5_pipeline.wiring.world import real_world
from tests.support import wire
from tests.support.observers import Remembering
from tests.support.prepared import past_the_intent

LEGACY, NUMERIC = "eng5_np_legacy_9_step", "eng5_np_national_9_step"
GRADES = {9: "A", 10: "B", 11: "C+", 12: "D+", 13: "F+"}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """A broker whose platform says nothing of its own."""
    options = sandbox.SandboxOptions(feed=FeedSettings(silent=True))
    output = tmp_path_factory.mktemp("output")
    with embedded_stack(output, replace(real_world(), here=output), options) as embedded:
        yield embedded


Played = Callable[[str, str], tuple[RunFolder, Outcome]]


@pytest.fixture(scope="module")
def played(stack: Embedded, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Each feed is played once, however many tests look at what came of it."""

    @cache
    def play(name: str, scale: str) -> tuple[RunFolder, Outcome]:
        return _played(stack, name, tmp_path_factory.mktemp("run"), scale)

    return play


def _played(stack: Embedded, name: str, output: Path, scale: str) -> tuple[RunFolder, Outcome]:
    settings = KafkaSettings.from_environment(stack.variables["KAFKA_BOOTSTRAP_SERVERS"], stack.world.environment)
    records = wire.feed(name)
    run = past_the_intent(output, records[0]["value"], KafkaBus(settings), scale=scale, anchors=GRADES)
    producer = KafkaProducer(**settings.common())
    for record in records:
        key = record["key"].encode() if record["key"] else None
        producer.send(record["topic"], record["value"].encode(), key=key).get(10)
    producer.close()
    with resume_session(run, {}, stack.world) as session:
        return run, session.execute(Remembering(), lambda: False)


def artefact(run: RunFolder) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(run.artefact.read_text(encoding="utf-8"))
    return value


@pytest.mark.parametrize(
    ("name", "scale", "status", "final", "code", "comparisons"),
    [
        ("01-happy-anchors-3students", LEGACY, "completed", True, 0, 8),
        ("02-numeric-grade-scale", NUMERIC, "partial", True, 6, 8),
        ("03-no-assignment-3students", LEGACY, "completed", True, 0, 8),
        ("05-unknown-assignment", LEGACY, "failed", True, 5, 0),
        ("07-same-batch-id-three-runs", LEGACY, "completed", True, 0, 4),
        ("11a-all-llm-errors", LEGACY, "failed", True, 5, 4),
        ("15a-8nodes-default-budget-serial_bundle", LEGACY, "completed", True, 0, 56),
        ("04b-1student-5anchors", LEGACY, "partial", False, 6, 0),
    ],
)
def test_a_captured_batch_ends_as_it_did(
    played: Played, name: str, scale: str, status: str, final: bool, code: int, comparisons: int
) -> None:
    run, outcome = played(name, scale)
    written = artefact(run)
    assert (outcome.exit_code, outcome.status, outcome.final) == (code, status, final)
    assert (written["status"], written["final"], len(written["llm_comparisons"])) == (status, final, comparisons)


def test_students_of_a_batch_without_anchors_are_all_ungraded(played: Played) -> None:
    run, _ = played("03-no-assignment-3students", LEGACY)
    assert {projection["grade"] for projection in artefact(run)["grade_projections"]} == {"U"}


def test_the_jobs_of_others_are_kept_on_disk_and_told_apart(played: Played) -> None:
    run, _ = played("07-same-batch-id-three-runs", LEGACY)
    assert sorted(job["cj_assessment_job_id"] for job in artefact(run)["other_jobs"]) == ["16", "17"]
    assert sum('"topic"' in line[:20] for line in run.events.read_text(encoding="utf-8").splitlines()) == 18


def test_all_comparisons_of_a_batch_whose_judge_failed_are_failed(played: Played) -> None:
    run, _ = played("11a-all-llm-errors", LEGACY)
    assert [comparison["status"] for comparison in artefact(run)["llm_comparisons"]] == ["failed"] * 4


def test_anchors_carry_their_true_grade_and_not_the_u_of_the_result(played: Played) -> None:
    run, _ = played("01-happy-anchors-3students", LEGACY)
    anchors = [entry for entry in artefact(run)["bt_summary"] if entry["is_anchor"]]
    assert sorted(anchor["anchor_grade"] for anchor in anchors) == sorted(GRADES.values())
