"""The command line, on tables of the embedded stack."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from typing import Any

import pytest

from eng5_pipeline.extract_db.address import SqliteFile
from eng5_pipeline.extract_db.failures import Unreadable
from eng5_pipeline.extract_db.main import perform
from eng5_pipeline.extract_db.sqlite import sqlite_snapshot
from tests.support.cj_file import BATCH, CjFile


@pytest.fixture
def cj(tmp_path: Path) -> CjFile:
    """Two students and an anchor: b beat a twice and the anchor once; one comparison failed, one is open."""
    file = CjFile(tmp_path / "cj å.sqlite3")
    file.batch()
    file.essay("a", score=-0.5)
    file.essay("b", score=1.5)
    file.essay("ANCHOR_7_c", score=-1.0, known_grade="C+", anchor_label="C+1", anchor_ref_id="7")
    tokens = {"prompt_tokens": 90, "completion_tokens": 10, "total_tokens": 100}
    file.comparison("a", "b", "essay_b", provider="mock", model="m", token_usage=tokens, cost_estimate=0.0000004)
    file.comparison("b", "a", "essay_a")
    file.comparison("b", "ANCHOR_7_c", "essay_a")
    file.comparison("a", "ANCHOR_7_c", "error")
    file.comparison("a", "ANCHOR_7_c", None)
    return file


def extract(cj: CjFile, output: Path, *options: str, name: str = "1") -> tuple[int, str]:
    err = io.StringIO()
    return perform([name, "--output", str(output), *options], cj.environment, err), err.getvalue()


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "out"


def extracted(cj: CjFile, output: Path) -> dict[str, Any]:
    assert extract(cj, output) == (0, "")
    found: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
    return found


def test_the_whole_batch_is_one_object(cj: CjFile, output: Path) -> None:
    found = extracted(cj, output)
    assert all(isinstance(found[part], list) for part in ("comparisons", "essays", "anchors", "projections"))
    assert isinstance(found["batch"], dict)
    assert isinstance(found["bradley_terry"], dict)
    assert found["state"] is None
    assert "SECRET" not in output.read_text(encoding="utf-8")


def test_wins_losses_and_failures_are_counted(cj: CjFile, output: Path) -> None:
    essays = {e["essay_id"]: (e["wins"], e["losses"], e["failed"]) for e in extracted(cj, output)["essays"]}
    assert essays == {"b": (3, 0, 0), "a": (0, 2, 1), "ANCHOR_7_c": (0, 1, 1)}


def test_a_comparison_names_winner_loser_and_cost(cj: CjFile, output: Path) -> None:
    first, *_, failed, still_open = extracted(cj, output)["comparisons"]
    assert (first["winner"], first["winner_id"], first["loser_id"]) == ("essay_b", "b", "a")
    assert (first["cost_usd"], first["total_tokens"], first["model"]) == (4e-7, 100, "m")
    assert (failed["winner"], failed["winner_id"], failed["error_code"]) == ("error", None, "EXTERNAL_SERVICE_ERROR")
    assert (still_open["winner"], still_open["winner_id"], still_open["error_code"]) == (None, None, None)


def test_an_anchor_has_its_label_grade_and_registry_id(cj: CjFile, output: Path) -> None:
    [anchor] = extracted(cj, output)["anchors"]
    assert (anchor["label"], anchor["grade"], anchor["anchor_id"]) == ("C+1", "C+", 7)


def test_the_fit_says_what_it_rests_on(cj: CjFile, output: Path) -> None:
    fit = extracted(cj, output)["bradley_terry"]
    assert (fit["comparisons"], fit["left_out"]) == (3, 2)
    assert (fit["weak_components"], fit["strong_components"]) == (1, 3)
    assert [score["essay_id"] for score in fit["scores"]] == ["b", "a", "ANCHOR_7_c"]


def test_an_essay_without_a_verdict_has_no_theta(cj: CjFile, output: Path) -> None:
    cj.essay("d")
    *_, last = extracted(cj, output)["bradley_terry"]["scores"]
    assert last == {"essay_id": "d", "theta": None, "standard_error": None, "wins": 0, "losses": 0}


def test_what_cj_measured_of_its_scores_is_kept(cj: CjFile, output: Path) -> None:
    cj.state({"last_score_change": 0.01, "bt_se_summary": {"max_se": 2.0, "item_count": 3}, "unknown": "SECRET"})
    state = extracted(cj, output)["state"]
    assert (state["state"], state["last_score_change"]) == ("COMPLETED", 0.01)
    assert state["bt_se_summary"] == {"max_se": 2.0, "item_count": 3}
    assert state["last_activity_at"] == "2026-11-22T09:45:13.500000Z"


def test_a_batch_that_was_never_compared_is_written_too(tmp_path: Path, output: Path) -> None:
    cj = CjFile(tmp_path / "cj.sqlite3")
    cj.batch(status="ERROR_PROCESSING")
    found = extracted(cj, output)
    assert (found["batch"]["status"], found["essays"], found["bradley_terry"]["scores"]) == ("ERROR_PROCESSING", [], [])


def test_several_jobs_of_one_batch_uuid_are_listed(cj: CjFile, output: Path) -> None:
    cj.batch(2)
    code, told = extract(cj, output, name=BATCH)
    assert code == 4
    assert told.splitlines() == [
        f"error[batch-ambiguous]: batch {BATCH} names 2 jobs: 1 (COMPLETE_STABLE, begun 2026-11-22 09:45:13 UTC),"
        " 2 (COMPLETE_STABLE, begun 2026-11-22 09:45:13 UTC)",
        "  hint: name one of them:  eng5-extract-db 2",
    ]


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ('+"a",\n@b', '\'+"a",\\n@b'),
        (" =1+1", "' =1+1"),
        ("\N{FULLWIDTH EQUALS SIGN}1", "'\N{FULLWIDTH EQUALS SIGN}1"),
        ("\x1b[2J\u202evil", "\\x1b[2J\\u202evil"),
        ("A-1 Åsa", "A-1 Åsa"),
    ],
)
def test_hostile_names_do_no_harm_in_a_spreadsheet(cj: CjFile, output: Path, label: str, shown: str) -> None:
    cj.essay("=cmd|' /C calc'!A0", known_grade="A", anchor_label=label, anchor_ref_id="8")
    assert extract(cj, output, "--format", "csv") == (0, "")
    with output.open(encoding="utf-8", newline="") as file:
        anchors = [row for row in csv.DictReader(file) if row["section"] == "anchors"]
    assert (anchors[-1]["essay_id"], anchors[-1]["label"]) == ("'=cmd|' /C calc'!A0", shown)


def test_hostile_names_do_no_harm_in_a_terminal(cj: CjFile, output: Path) -> None:
    cj.essay("x\x1b[2J", known_grade="A", anchor_label="\u202eevil\n", anchor_ref_id="8")
    assert extract(cj, output, "--format", "text") == (0, "")
    written = output.read_text(encoding="utf-8")
    assert "x\\x1b[2J" in written
    assert "\\u202eevil\\n" in written
    assert "\x1b" not in written


def test_a_hostile_name_in_an_error_stays_on_its_line(cj: CjFile, output: Path) -> None:
    code, told = extract(cj, output, name="\x1b[2J\nerror[fake]: no")
    assert code == 3
    assert told.startswith("error[batch-unknown]: CJ has no batch \\x1b[2J\\nerror[fake]: no\n  hint: ")


def test_text_says_what_a_reader_must_know(cj: CjFile, output: Path) -> None:
    cj.batch(2)
    cj.essay("lone")
    cj.essay("taken", job=2)
    cj.comparison("a", "taken", "error")
    assert extract(cj, output, "--format", "text") == (0, "")
    written = output.read_text(encoding="utf-8")
    assert "3 groups without a comparison between them" in written
    assert "not linked both ways by wins" in written
    assert "essays of this job belong to job 2 now" in written


def test_the_old_file_stands_until_the_new_one_is_whole(cj: CjFile, output: Path) -> None:
    output.write_text("old", encoding="utf-8")
    assert extract(cj, output, name="99")[0] == 3
    assert output.read_text(encoding="utf-8") == "old"
    extracted(cj, output)
    assert sorted(path.name for path in output.parent.iterdir()) == ["cj å.sqlite3", "out"]


def test_a_file_that_cannot_be_written_is_told(cj: CjFile, tmp_path: Path) -> None:
    code, told = extract(cj, tmp_path)
    assert code == 9
    assert told.startswith("error[output-unwritable]: ")


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path, output: Path, cj: CjFile) -> None:
    cj.path = tmp_path / "nowhere.sqlite3"
    code, told = extract(cj, output)
    assert (code, told.partition(":")[0]) == (5, "error[database-missing]")
    assert not cj.path.exists()


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 100])
def test_a_file_that_is_not_cjs_is_told(tmp_path: Path, output: Path, cj: CjFile, content: bytes) -> None:
    cj.path = tmp_path / "other"
    cj.path.write_bytes(content)
    code, told = extract(cj, output)
    assert (code, told.partition(":")[0]) == (7, "error[database-unreadable]")


def test_a_row_of_another_shape_is_told_without_its_text(cj: CjFile, output: Path) -> None:
    cj.change("UPDATE cj_comparison_pairs SET processing_metadata = 'SECRET' WHERE id = 1")
    code, told = extract(cj, output)
    assert (code, told.partition(":")[0]) == (7, "error[row-not-understood]")
    assert "SECRET" not in told


def test_the_file_is_read_and_never_written(cj: CjFile) -> None:
    with sqlite_snapshot(SqliteFile(cj.path)) as tables, pytest.raises(Unreadable, match="readonly"):
        tables.rows("DELETE FROM cj_comparison_pairs WHERE cj_batch_id = :job", job=1)


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ([], "JOB_ID|BATCH_UUID"),
        (["1"], "--output"),
        (["1", "--output", "x", "--format", "xml"], "'xml'"),
        (["1", "2", "--output", "x"], "unrecognized arguments: 2"),
    ],
)
def test_bad_usage_is_two_lines_and_exit_code_2(arguments: list[str], what: str) -> None:
    err = io.StringIO()
    assert perform(arguments, {}, err) == 2
    error, hint = err.getvalue().splitlines()
    assert error.startswith("error[usage]: ")
    assert what in error
    assert hint == "  hint: see:  eng5-extract-db --help"


def test_a_database_that_nobody_named_is_bad_usage() -> None:
    err = io.StringIO()
    assert perform(["1", "--output", "x"], {}, err) == 2
    assert err.getvalue().startswith("error[database-not-named]: ")


def test_a_pipe_is_written_to_and_stays(cj: CjFile, output: Path) -> None:
    os.mkfifo(output)
    reader = os.open(output, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert extract(cj, output) == (0, "")
        assert os.read(reader, 1).startswith(b"{")
    finally:
        os.close(reader)
    assert output.is_fifo()


def test_a_link_stays_a_link_to_the_new_file(cj: CjFile, output: Path, tmp_path: Path) -> None:
    output.symlink_to("elsewhere.json")
    assert extracted(cj, output)["batch"]
    assert output.is_symlink()
    assert (tmp_path / "elsewhere.json").is_file()
