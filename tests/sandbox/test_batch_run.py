"""Whole batches: what CJ publishes for requests good and odd, and how many comparisons it makes."""

from __future__ import annotations

from collections import Counter

import pytest

from eng5_pipeline.contracts.topics import COMPARISON, COMPLETED, FAILED, RESULT
from eng5_pipeline.sandbox.batch.batch_records import RESOURCE
from eng5_pipeline.sandbox.batch.batches import BatchSettings
from eng5_pipeline.sandbox.batch.intake import read_request
from eng5_pipeline.sandbox.batch.judge import JudgeSettings
from tests.support.batch_world import Played, World, request_value

FIVE = ("F+", "E-", "D+", "C+", "A")
FINISHED = {COMPLETED: 1, RESULT: 1, RESOURCE: 1}


def _said(played: Played) -> dict[str, int]:
    """How many records went to each topic."""
    return dict(Counter(record.topic for record in played.records))


@pytest.mark.parametrize(
    ("students", "grades", "asked", "comparisons"),
    [
        (3, FIVE, 8, 8),
        (3, FIVE, 4, 4),
        (3, (), 8, 8),
        (2, (), 30, 30),
        (3, FIVE, 40, 40),
        (3, FIVE, None, 56),
        (4, (), None, 12),
        (12, FIVE, 60, 60),
        (12, FIVE, None, 120),
        (3, FIVE, True, 1),
        (3, FIVE, "8", 56),
        (3, FIVE, 8.0, 56),
        (3, FIVE, -1, 56),
    ],
)
def test_a_batch_makes_as_many_comparisons_as_cj_was_seen_to(
    students: int, grades: tuple[str, ...], asked: object, comparisons: int
) -> None:
    world = World(batches=BatchSettings(stable_change=0))
    world.assignment(grades)
    played = world.play(request_value(world.students(students), metadata={"max_comparisons": asked}))
    assert _said(played) == {COMPARISON: comparisons, **FINISHED}


def test_a_stalled_batch_waits_for_the_sweep() -> None:
    world = World(batches=BatchSettings(stable_change=0, sweep_s=270))
    world.assignment(FIVE)
    played = world.play(request_value(world.students(3)))
    assert played.seconds > 270
    assert played.data(COMPLETED)["processing_summary"]["processing_time_seconds"] > 270


def test_a_batch_below_its_number_of_pairs_never_waits_for_the_sweep() -> None:
    world = World(batches=BatchSettings(sweep_s=270))
    world.assignment(FIVE)
    assert world.play(request_value(world.students(12))).seconds < 10


def test_a_stable_batch_ends_before_its_limit() -> None:
    world = World(batches=BatchSettings(stable_change=10))
    world.assignment(FIVE)
    played = world.play(request_value(world.students(3), metadata={"max_comparisons": 40}))
    assert _said(played) == {COMPARISON: 12, **FINISHED}


def test_the_result_grades_students_and_shows_anchors_as_ungraded() -> None:
    world = World(judge=JudgeSettings(noise=0))
    world.assignment(FIVE)
    results = world.play(request_value(world.students(3))).data(RESULT)["essay_results"]
    students = [each for each in results if not each["is_anchor"]]
    assert all(each["letter_grade"] != "U" and each["confidence_score"] > 0 for each in students)
    assert [(a["letter_grade"], a["normalized_score"]) for a in results if a["is_anchor"]] == [("U", 0)] * 5
    assert [each["rank"] for each in results] == list(range(1, 9))


def test_without_noise_the_better_student_gets_the_better_place_and_no_worse_grade() -> None:
    world = World(judge=JudgeSettings(noise=0))
    world.assignment(FIVE)
    results = world.play(request_value(world.students(9))).data(RESULT)["essay_results"]
    students = [each for each in results if not each["is_anchor"]]
    assert [each["essay_id"] for each in students] == [f"student-{n}" for n in range(9, 0, -1)]
    scores = [each["normalized_score"] for each in students]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("grades", [(), ("B",), ("B", "B", "B")])
def test_without_anchors_of_two_grades_nobody_is_graded(grades: tuple[str, ...]) -> None:
    world = World()
    world.assignment(grades)
    results = world.play(request_value(world.students(3), metadata={"max_comparisons": 8})).data(RESULT)
    graded = {(e["letter_grade"], e["confidence_score"], e["confidence_label"]) for e in results["essay_results"]}
    assert graded == {("U", 0.0, "LOW")}


def test_the_same_seed_and_texts_give_the_same_batch() -> None:
    def winners() -> list[str]:
        world = World()
        world.assignment(FIVE)
        return [e["data"]["winner"] for e in world.play(request_value(world.students(3))).of(COMPARISON)]

    assert winners() == winners()


def test_one_student_alone_fails_and_yet_has_a_result() -> None:
    world = World()
    played = world.play(request_value(world.students(1), assignment=None))
    assert _said(played) == {COMPLETED: 1, RESULT: 1}
    assert played.data(COMPLETED)["status"] == "failed_critically"
    assert [e["letter_grade"] for e in played.data(RESULT)["essay_results"]] == ["U"]


def test_one_student_with_anchors_hears_nothing() -> None:
    world = World()
    world.assignment(FIVE)
    assert world.play(request_value(world.students(1))).records == []


def test_a_batch_whose_texts_are_all_missing_hears_nothing() -> None:
    world = World()
    world.assignment(FIVE)
    assert world.play(request_value({"one": "nowhere", "two": "nowhere-else"})).records == []


@pytest.mark.parametrize("body", [b"", b" \n\t ", b"\xff\xfe\x41", "na\u00efve".encode("latin-1")])
def test_a_text_that_is_blank_or_not_utf_8_makes_its_essay_vanish(body: bytes) -> None:
    world = World()
    essays = {**world.students(2), "vanishing": world.text("odd", body)}
    summary = world.play(request_value(essays, assignment=None)).data(COMPLETED)["processing_summary"]
    assert summary["total_essays"] == 2
    assert "vanishing" not in summary["successful_essay_ids"]


def test_an_id_that_begins_as_an_anchor_s_is_taken_for_one() -> None:
    world = World()
    essays = {**world.students(3), "ANCHOR_mine": world.text("mine", b"An essay of a student, in truth.")}
    played = world.play(request_value(essays, assignment=None, metadata={"max_comparisons": 6}))
    assert played.data(COMPLETED)["processing_summary"]["total_essays"] == 3
    (mine,) = [e for e in played.data(RESULT)["essay_results"] if e["essay_id"] == "ANCHOR_mine"]
    assert (mine["is_anchor"], mine["display_name"]) == (True, "ANCHOR GRADE U")


def test_a_numeric_scale_completes_and_never_publishes_a_result() -> None:
    world = World()
    world.assignment(("1", "3", "5", "7", "9"), scale="eng5_np_national_9_step")
    played = world.play(request_value(world.students(3), metadata={"max_comparisons": 8}))
    assert _said(played) == {COMPARISON: 8, COMPLETED: 1}
    assert played.data(COMPLETED)["status"] == "completed_successfully"
    kept = [row["primary_grade"] for row in world.store.rows("SELECT primary_grade FROM grade_projections")]
    assert len(kept) == 3
    assert set(kept) <= set("123456789")


def test_a_request_that_cannot_be_begun_fails_early() -> None:
    world = World()
    played = world.play(request_value(world.students(3), assignment="unheard-of"))
    failed = played.data(FAILED)
    assert _said(played) == {FAILED: 1}
    assert failed["cj_assessment_job_id"] == "INITIALIZATION_FAILED"
    assert "unheard-of" in failed["system_metadata"]["error_info"]["error_message"]


def test_a_batch_fails_at_its_limit_when_too_few_comparisons_succeed() -> None:
    world = World(judge=JudgeSettings(error_rate=1.0))
    world.assignment(FIVE)
    played = world.play(request_value(world.students(3), metadata={"max_comparisons": 4}))
    error = played.data(FAILED)["system_metadata"]["error_info"]
    assert _said(played) == {COMPARISON: 4, FAILED: 1}
    assert (error["reason"], error["details"]["failed_comparisons"]) == ("low_success_rate", 4)
    assert {e["data"]["winner"] for e in played.of(COMPARISON)} == {None}


def test_a_few_failed_comparisons_do_not_fail_a_batch() -> None:
    world = World(judge=JudgeSettings(error_rate=0.1, seed=3))
    world.assignment(FIVE)
    played = world.play(request_value(world.students(12), metadata={"max_comparisons": 60}))
    failures = sum(e["data"]["winner"] is None for e in played.of(COMPARISON))
    assert 0 < failures < 12
    assert played.data(COMPLETED)["status"] == "completed_successfully"


@pytest.mark.parametrize(("provider", "reachable"), [("oracle", True), ("mock", False)])
def test_a_batch_that_hears_no_answer_is_failed_as_stuck_when_the_monitor_comes_by(
    provider: str, reachable: bool
) -> None:
    world = World(judge=JudgeSettings(reachable=reachable), batches=BatchSettings(monitor_s=14_400))
    value = request_value(world.students(3), assignment=None, llm_config_overrides={"provider_override": provider})
    played = world.play(value)
    assert _said(played) == {FAILED: 1}
    assert played.seconds > 14_000


def test_an_essay_named_in_a_later_batch_is_lost_to_the_earlier_one() -> None:
    world = World()
    students = world.students(3)
    request = read_request(request_value(students, assignment=None, metadata={"max_comparisons": 8}))
    assert request is not None
    earlier = world.happen(request)
    begun = [next(earlier) for _ in range(3)]
    taken = {"student-1": students["student-1"], "student-2": students["student-2"]}
    world.play(request_value(taken, assignment=None, batch="another", metadata={"max_comparisons": 2}))
    left = Played([*begun, *earlier]).data(RESULT)["essay_results"]
    assert [each["essay_id"] for each in left] == ["student-3"]


def test_the_same_batch_id_runs_again_as_another_job() -> None:
    world = World()
    students = world.students(3)
    first, second = (world.play(request_value(students, assignment=None)) for _ in range(2))
    assert first.data(RESULT)["batch_id"] == second.data(RESULT)["batch_id"]
    assert [r.key for r in (*first.records, *second.records) if r.topic == RESULT] == ["1", "2"]


def test_whatever_the_request_asks_for_the_answers_say_that_they_are_simulated() -> None:
    world = World()
    asked = {"provider_override": "anthropic", "model_override": "claude"}
    played = world.play(request_value(world.students(2), assignment=None, llm_config_overrides=asked))
    for envelope in played.of(COMPARISON):
        assert envelope["data"]["request_metadata"]["resolved_provider"] == "mock"
    assert played.data(RESULT)["model_provider"] == "mock"


def test_no_record_holds_text_of_an_essay() -> None:
    world = World()
    world.assignment(FIVE)
    marked = world.text("marked", b"Xyzzyplugh stands in no other text. " * 20)
    played = world.play(request_value({**world.students(3), "marked": marked}))
    assert not any(b"yzzyplugh" in (record.value or b"") for record in played.records)
