from __future__ import annotations

import hashlib
import json
import re
import tracemalloc
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from eng5_pipeline.domain.essays import essay_id
from eng5_pipeline.errors import MachineFailed
from tests.support import run_ends
from tests.support.run_folders import BATCH, STUDENTS, Run, comparison, published_run


def artefact(run: Run) -> Any:
    """Read so that every number keeps its digits."""
    return json.loads(run.put_artefact().read_bytes(), parse_float=Decimal)


# What was judged.


def test_a_feed_with_anchors_gives_its_comparisons_and_grades(tmp_path: Path) -> None:
    told = artefact(run_ends.completed(tmp_path))
    assert len(told["llm_comparisons"]) == 8
    assert [projection["grade"] for projection in told["grade_projections"]] == ["A", "A", "E-"]
    assert (told["status"], told["final"], told["exit_code"]) == ("completed", True, 0)


def test_students_without_a_projection_are_u(tmp_path: Path) -> None:
    told = artefact(run_ends.completed_without_grades(tmp_path))
    assert [projection["grade"] for projection in told["grade_projections"]] == ["U", "U", "U"]
    assert len(told["llm_comparisons"]) == 8


def test_other_jobs_of_the_same_batch_are_counted_and_not_listed(tmp_path: Path) -> None:
    told = artefact(run_ends.completed_beside_other_jobs(tmp_path))
    assert len(told["llm_comparisons"]) == 4
    assert [(job["cj_assessment_job_id"], job["comparisons"]) for job in told["other_jobs"]] == [("16", 4), ("17", 4)]
    assert told["metadata"]["cj_assessment_job_id"] == "15"


def test_nobody_won_a_failed_comparison(tmp_path: Path) -> None:
    told = artefact(run_ends.failed_late(tmp_path))["llm_comparisons"]
    assert len(told) == 4
    assert {(one["status"], one["winner_id"], one["loser_id"]) for one in told} == {("failed", None, None)}
    assert {one["failure_reason"] for one in told} == {"EXTERNAL_SERVICE_ERROR"}


def test_a_failed_comparison_names_the_judge_that_was_asked(tmp_path: Path) -> None:
    told = artefact(run_ends.failed_late(tmp_path))
    assert {(one["provider"], one["model"]) for one in told["llm_comparisons"]} == {("mock", "mock-model-v1")}


def test_a_comparison_without_a_winner_says_so(tmp_path: Path) -> None:
    undecided = artefact(run_ends.timed_out(tmp_path))["llm_comparisons"][0]
    assert (undecided["status"], undecided["failure_reason"]) == ("failed", "the answer names no winner")
    assert undecided["essay_b_id"] == "ANCHOR_9_b17efa9a"


def test_winner_and_loser_are_the_essays_of_their_slots(tmp_path: Path) -> None:
    run = Run(tmp_path).checked().uploaded()
    ada, ben, _ = run.essay_ids
    run.kept([comparison(run, 1, (ada, ben), winner="Essay B")])
    [told] = artefact(run)["llm_comparisons"]
    assert (told["winner_id"], told["loser_id"]) == (ben, ada)
    assert (told["essay_a_local_id"], told["essay_b_local_id"]) == STUDENTS[:2]


def test_a_comparison_that_came_twice_is_told_once(tmp_path: Path) -> None:
    run = Run(tmp_path).checked().uploaded()
    once = comparison(run, 1, (run.essay_ids[0], run.essay_ids[1]))
    told = artefact(run.kept([once, once._replace(offset=9)]))
    assert [one["sequence"] for one in told["llm_comparisons"]] == [1]
    assert told["diagnostics"]["comparisons"] == 1


def test_scores_are_cjs_own_and_what_it_does_not_publish_is_unknown(tmp_path: Path) -> None:
    told = artefact(run_ends.completed(tmp_path))
    best, projected = told["bt_summary"][0], told["grade_projections"][0]
    assert (best["rank"], best["theta"], best["grade_projection"]) == (1, Decimal("2.5111408601126186"), "A")
    assert [best["standard_error"], best["comparison_count"], projected["probabilities"]] == [None] * 3


def test_a_comparison_that_nobody_won_is_counted_apart(tmp_path: Path) -> None:
    run = run_ends.completed(tmp_path)
    events = run.folder.events.read_text()
    run.folder.events.write_text(events.replace(r"\"winner\": \"Essay A\"", r"\"winner\": \"Tie\"", 1))
    found = {count["essay_id"]: count for count in artefact(run)["diagnostics"]["comparisons_per_essay"]}
    counts = [found[f"student::a7a5f5_{number}"] for number in (1, 2, 3)]
    assert [(count["wins"] + count["losses"], count["undecided"]) for count in counts] == [(1, 1), (1, 1), (2, 0)]


def test_an_anchor_has_its_true_grade_by_registry_id(tmp_path: Path) -> None:
    told = artefact(run_ends.completed(tmp_path))
    ranked = {entry["anchor_id"]: entry["anchor_grade"] for entry in told["bt_summary"] if entry["is_anchor"]}
    assert ranked == {9: "A", 10: "B", 11: "C+", 12: "D-", 13: "E-"}
    assert ranked == {anchor["anchor_id"]: anchor["grade"] for anchor in told["anchors"]}


def test_an_anchor_that_the_registry_did_not_list_has_no_grade(tmp_path: Path) -> None:
    run = run_ends.completed(tmp_path)
    journal = run.folder.journal.read_text()
    run.folder.journal.write_text(journal.replace('"anchor_id":9,', '"anchor_id":900,'))
    unknown = [entry for entry in artefact(run)["bt_summary"] if entry["essay_id"].startswith("ANCHOR_9_")]
    assert ["anchor_grade" in entry or "grade_projection" in entry for entry in unknown] == [False]


def test_essays_that_did_not_come_back_are_named(tmp_path: Path) -> None:
    run = run_ends.completed(tmp_path)
    lost = run.essay_ids[1]
    events = run.folder.events.read_text()
    run.folder.events.write_text(events.replace(lost, "someone-else"))
    assert artefact(run)["vanished"] == [{"essay_id": lost, "local_id": STUDENTS[1]}]


# What it cost.


def test_costs_add_up_exactly(tmp_path: Path) -> None:
    run = Run(tmp_path).checked().uploaded()
    pair = (run.essay_ids[0], run.essay_ids[1])
    run.kept(comparison(run, number, pair, cost="4e-07") for number in range(200))
    told = artefact(run)
    assert told["costs"]["total_usd"] == Decimal("0.00008")
    assert sum(one["cost_usd"] for one in told["llm_comparisons"]) == Decimal("0.00008")


def test_no_digit_of_a_long_cost_is_lost(tmp_path: Path) -> None:
    run = Run(tmp_path).checked().uploaded()
    pair, costs = (run.essay_ids[0], run.essay_ids[1]), ("0.00000000000000000000000000001234", "1000.1")
    run.kept(comparison(run, number, pair, cost=cost) for number, cost in enumerate(costs))
    assert artefact(run)["costs"]["total_usd"] == Decimal("1000.10000000000000000000000000001234")


def test_a_comparison_that_states_no_cost_is_counted_as_such(tmp_path: Path) -> None:
    run = Run(tmp_path).checked().uploaded()
    run.kept([comparison(run, 1, (run.essay_ids[0], run.essay_ids[1]), cost="null")])
    told = artefact(run)
    assert told["llm_comparisons"][0]["cost_usd"] is None
    assert told["costs"]["token_counts"][0]["unpriced_comparisons"] == 1


def test_tokens_are_counted_by_provider_and_model(tmp_path: Path) -> None:
    [judge] = artefact(run_ends.completed(tmp_path))["costs"]["token_counts"]
    assert (judge["provider"], judge["model"]) == ("mock", "mock-model-v1")
    assert (judge["prompt_tokens"], judge["completion_tokens"], judge["comparisons"]) == (794, 145, 8)


# Who judged.


def test_a_mock_judge_is_called_simulated(tmp_path: Path) -> None:
    assert artefact(run_ends.completed(tmp_path))["simulated"] is True


def test_a_real_judge_is_not(tmp_path: Path) -> None:
    run = Run(tmp_path).checked().uploaded()
    run.kept([comparison(run, 1, (run.essay_ids[0], run.essay_ids[1]))])
    assert artefact(run)["simulated"] is False


def test_before_any_comparison_the_request_tells_who_is_to_judge(tmp_path: Path) -> None:
    assert artefact(run_ends.published(tmp_path))["simulated"] is True


def test_a_run_that_was_refused_had_no_judge(tmp_path: Path) -> None:
    assert artefact(run_ends.refused_at_once(tmp_path))["simulated"] is None


# How the run went.


def test_the_stage_that_stopped_says_why(tmp_path: Path) -> None:
    stages = {stage["name"]: stage for stage in artefact(run_ends.refused_by_preflight(tmp_path))["stages"]}
    stopped = stages["anchor_preflight"]
    assert (stopped["state"], stopped["reference"], stopped["what"]) == (
        "stopped",
        "anchors-missing",
        "CJ has no anchors",
    )
    assert stages["upload"]["state"] == "not_reached"


def test_a_killed_run_has_no_status_and_keeps_what_came(tmp_path: Path) -> None:
    told = artefact(run_ends.killed_while_waiting(tmp_path))
    assert (told["status"], told["final"]) == (None, None)
    assert len(told["llm_comparisons"]) == 8


def test_gaps_and_records_put_aside_are_told(tmp_path: Path) -> None:
    told = artefact(run_ends.timed_out(tmp_path))
    assert told["quarantine"] == {"records": 1, "reasons": {"not readable: json_invalid": 1}}
    assert [(gap["partition"], gap["expected"], gap["resumed_at"]) for gap in told["gaps"]] == [(2, 5, 9)]


def test_a_failed_extraction_leaves_the_batch_completed(tmp_path: Path) -> None:
    told = artefact(run_ends.extraction_failed(tmp_path))
    assert (told["status"], told["exit_code"]) == ("completed", 7)
    assert (told["extraction"]["state"], told["extraction"]["exit_code"]) == ("stopped", 3)


def test_an_extraction_that_nobody_saw_end_is_unknown(tmp_path: Path) -> None:
    told = artefact(run_ends.extraction_unknown(tmp_path))["extraction"]
    assert told.pop("state") == "begun"
    assert set(told.values()) == {None}


def test_an_extraction_lists_what_it_left(tmp_path: Path) -> None:
    [file] = artefact(run_ends.completed_and_extracted(tmp_path))["extraction"]["files"]
    assert file == {"path": "extraction/cj_results.json", "sha256": "0" * 64, "bytes": 12}


def test_of_what_an_extraction_said_the_end_is_kept_without_harm_or_secret(tmp_path: Path) -> None:
    run = run_ends.completed_and_extracted(tmp_path)
    run.folder.extraction.mkdir(exist_ok=True)
    said = (
        "".join(f"row {number}\n" for number in range(9000)) + "\x1b[2Jurl postgresql://ada:pencil@db/cj\n" + "å" * 999
    )
    (run.folder.extraction / "stdout.txt").write_text(said, encoding="utf-8")
    told = artefact(run)["extraction"]
    assert (len(told["stdout"]), told["stdout"][0], told["stderr"]) == (20, "row 8982", None)
    assert told["stdout"][-2:] == ["\\x1b[2Jurl postgresql://***********db/cj", "å" * 300]


# What it was made from.


def test_students_have_their_ids_before_they_are_uploaded(tmp_path: Path) -> None:
    students = artefact(run_ends.refused_by_preflight(tmp_path))["inputs"]["students"]
    assert [student["essay_id"] for student in students] == [str(essay_id(BATCH, name)) for name in STUDENTS]
    assert {student["storage_id"] for student in students} == {None}
    assert students[0]["file_name"] == "Åsa.docx"


def test_settings_tell_where_they_came_from(tmp_path: Path) -> None:
    settings = artefact(run_ends.completed(tmp_path))["provenance"]["settings"]
    assert settings["judge.provider"] == {"value": "mock", "source": "spec"}
    assert settings["limits.uploads"] == {"value": 10, "source": "default"}


def test_the_manifest_lists_what_is_done_with(tmp_path: Path) -> None:
    run = run_ends.completed(tmp_path)
    run.folder.extraction.mkdir()
    (run.folder.extraction / "out.json").write_bytes(b"{}")
    (run.folder.extraction / "elsewhere").symlink_to("/etc/passwd")
    run.folder.log.write_text("goes on")
    listed = {file["path"]: file for file in artefact(run)["validation"]["manifest"]}
    names = {"spec.yaml", "effective.json", "journal.jsonl", run.folder.request.name, "events.jsonl"}
    assert set(listed) == names | {"extraction/out.json"}
    assert listed["extraction/out.json"]["sha256"] == hashlib.sha256(b"{}").hexdigest()


# The file itself.


def test_the_checksum_is_of_the_file_without_it(tmp_path: Path) -> None:
    written = run_ends.completed(tmp_path).put_artefact().read_bytes()
    without = re.sub(rb'("artefact_checksum": ")[0-9a-f]{64}"', rb'\1"', written)
    assert json.loads(written)["validation"]["artefact_checksum"] == hashlib.sha256(without).hexdigest()


def test_the_same_folder_gives_the_same_bytes(tmp_path: Path) -> None:
    run = run_ends.completed(tmp_path)
    first = run.put_artefact().read_bytes()
    assert run.put_artefact().read_bytes() == first


def test_no_word_of_an_answer_or_an_essay_is_in_it(tmp_path: Path) -> None:
    written = run_ends.timed_out(tmp_path).put_artefact().read_text()
    assert "SECRET" not in written


def test_a_damaged_event_leaves_the_last_good_artefact(tmp_path: Path) -> None:
    run = run_ends.completed(tmp_path)
    good = run.put_artefact().read_bytes()
    with run.folder.events.open("ab") as file:
        file.write(b"no event\n")
    with pytest.raises(MachineFailed, match="is not an event line"):
        run.put_artefact()
    assert run.folder.artefact.read_bytes() == good
    assert [path.name for path in run.folder.path.iterdir() if path.name.endswith(".part")] == []


@pytest.mark.parametrize(
    ("kept", "told"),
    [(0, "0 of 8 comparisons, and without"), (3, "3 of 8 comparisons, and without"), (9, "8 of 8 comparisons, and")],
)
def test_events_that_were_lost_since_leave_the_last_good_artefact(tmp_path: Path, kept: int, told: str) -> None:
    run = run_ends.completed(tmp_path)
    good = run.put_artefact().read_bytes()
    whole = run.folder.events.read_bytes().splitlines(keepends=True)
    run.folder.events.write_bytes(b"".join(whole[:kept]))
    with pytest.raises(MachineFailed, match=told):
        run.put_artefact()
    assert run.folder.artefact.read_bytes() == good


def test_without_the_file_of_events_a_completed_run_is_damaged(tmp_path: Path) -> None:
    run = run_ends.completed(tmp_path)
    run.folder.events.unlink()
    with pytest.raises(MachineFailed, match=r"events\.jsonl is not whole"):
        run.put_artefact()


def test_memory_does_not_grow_with_the_text_of_the_comparisons(tmp_path: Path) -> None:
    few, many = peak(tmp_path / "few", 300), peak(tmp_path / "many", 3300)
    assert (many - few) / 3000 < 250  # bytes for each: its identity, of some 1,100 that stand in its line


def peak(path: Path, comparisons: int) -> int:
    run = Run(path).checked().uploaded()
    pair = (run.essay_ids[0], run.essay_ids[1])
    run.kept(comparison(run, number, pair) for number in range(comparisons))
    tracemalloc.start()
    run.put_artefact()
    _, highest = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return highest


def test_the_captured_batch_of_56_comparisons_is_whole(tmp_path: Path) -> None:
    told = artefact(published_run(tmp_path, "15a").completed("31", 56))
    assert len(told["llm_comparisons"]) == 56
    counts = told["diagnostics"]["comparisons_per_essay"]
    assert sum(count["wins"] for count in counts) == sum(count["losses"] for count in counts) == 56
