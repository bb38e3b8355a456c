"""A run as a notebook loads it, and as files that other programs open."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet
import pytest

import eng5_pipeline
from eng5_pipeline.errors import UsageError
from eng5_pipeline.report.account import read_account
from eng5_pipeline.report.export import export, write_csv, write_parquet
from tests.support import run_ends
from tests.support.judged_run import begun_run, completed_run, simulated
from tests.support.run_folders import STUDENTS, Run, comparison


def judged(path: Path) -> Run:
    run = begun_run(path)
    return completed_run(run, simulated(run, 60, seed=1))


def exported(run: Run, name: str) -> list[dict[str, str]]:
    folder = run.folder.path / "export"
    export(read_account(run.folder), folder, "csv", write_csv)
    with (folder / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_run_is_loaded_by_its_folder(tmp_path: Path) -> None:
    run = eng5_pipeline.load_run(judged(tmp_path).folder.path)
    assert (run.label, run.status, len(run.essays), len(run.comparisons)) == (
        "role-models-baseline",
        "completed",
        11,
        60,
    )


def test_its_essays_are_ranked_with_cjs_theta_and_our_error(tmp_path: Path) -> None:
    first, *_, last = eng5_pipeline.load_run(judged(tmp_path).folder.path).essays
    assert (first.rank, first.kind, first.expert_grade, first.grade) == (1, "anchor", "A", None)
    assert (last.rank, last.kind, last.local_id) == (11, "student", "essays/students/Märta.docx")
    assert first.theta == pytest.approx(first.theta_here, abs=1e-6)
    assert (first.standard_error or 0) > 0


def test_its_comparisons_are_those_of_the_artefact(tmp_path: Path) -> None:
    run = run_ends.timed_out(tmp_path)
    told = json.loads(run.put_artefact().read_bytes(), parse_float=Decimal)["llm_comparisons"]
    loaded = eng5_pipeline.load_run(run.folder.path).comparisons
    assert [(row.request_id, row.winner_id, row.cost_usd) for row in loaded] == [
        (one["request_id"], one["winner_id"], one["cost_usd"]) for one in told
    ]
    assert [row.winner for row in loaded] == [None, "a"]


def test_records_become_data_frames(tmp_path: Path) -> None:
    run = eng5_pipeline.load_run(judged(tmp_path).folder.path)
    frame = run.comparisons.frame()
    assert list(frame.columns) == list(run.comparisons[0]._fields)
    assert frame["cost_usd"].sum() == pytest.approx(0.024)
    assert frame.groupby("model").size().to_dict() == {"claude": 60}


def test_a_run_before_any_comparison_has_essays_and_an_empty_frame(tmp_path: Path) -> None:
    run = eng5_pipeline.load_run(run_ends.refused_by_preflight(tmp_path).folder.path)
    assert {(essay.local_id, essay.rank, essay.theta_here) for essay in run.essays} == {
        (name, None, None) for name in STUDENTS
    }
    frame = run.comparisons.frame()
    assert (len(frame), list(frame["winner_id"])) == (0, [])


def test_a_notebook_shows_a_run_in_a_line(tmp_path: Path) -> None:
    run = judged(tmp_path)
    loaded = eng5_pipeline.load_run(run.folder.path)
    assert repr(loaded) == (
        f"<LoadedRun {run.batch_uuid} 'role-models-baseline': completed, 11 essays, 60 comparisons>"
    )
    assert repr(loaded.essays).startswith("<Essays: 11 rows of essay_id, local_id, kind, rank, theta, ")


def test_a_path_that_is_no_run_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no run"):
        eng5_pipeline.load_run(tmp_path / "nothing")


def test_what_is_exported_is_what_is_loaded(tmp_path: Path) -> None:
    run = judged(tmp_path)
    loaded = eng5_pipeline.load_run(run.folder.path).essays
    rows = exported(run, "essays")
    assert [row["essay_id"] for row in rows] == [essay.essay_id for essay in loaded]
    assert [float(row["theta"]) for row in rows] == [essay.theta for essay in loaded]
    assert rows[0]["grade"] == ""


def test_parquet_has_the_same_rows_and_typed_columns(tmp_path: Path) -> None:
    run = judged(tmp_path)
    export(read_account(run.folder), tmp_path, "parquet", write_parquet)
    table = pyarrow.parquet.read_table(tmp_path / "essays.parquet")
    assert table.num_rows == 11
    assert {name: str(table.schema.field(name).type) for name in ("theta", "rank", "local_id", "words")} == {
        "theta": "double",
        "rank": "int64",
        "local_id": "string",
        "words": "int64",
    }


def test_parquet_of_no_comparison_still_has_its_columns(tmp_path: Path) -> None:
    export(read_account(run_ends.refused_at_once(tmp_path).folder), tmp_path, "parquet", write_parquet)
    table = pyarrow.parquet.read_table(tmp_path / "comparisons.parquet")
    assert (table.num_rows, str(table.schema.field("cost_usd").type)) == (0, "double")


HOSTILE = {
    '=HYPERLINK("http://x")': """'=HYPERLINK("http://x")""",
    "+1+1": "'+1+1",
    "-2+3|cmd": "'-2+3|cmd",
    "@SUM(A1)": "'@SUM(A1)",
    " =1": "' =1",
    "\t=1": "\\t=1",
    "\N{FULLWIDTH EQUALS SIGN}1": "'\N{FULLWIDTH EQUALS SIGN}1",
    "\x1b[31mred": "\\x1b[31mred",
    'a\r\nb,"c"': '\\r\\nb,"c"'.join(["a", ""]),
    "\u202egnp.exe": "\\u202egnp.exe",
    "<script>alert(1)</script>": "<script>alert(1)</script>",
}


@pytest.mark.parametrize(("said", "shown"), HOSTILE.items(), ids=range(len(HOSTILE)))
def test_a_hostile_justification_is_only_text_in_a_table(said: str, shown: str, tmp_path: Path) -> None:
    run = Run(tmp_path).checked().uploaded()
    run.kept([comparison(run, 1, (run.essay_ids[0], run.essay_ids[1]), justification=said)])
    [row] = exported(run, "comparisons")
    assert row["justification"] == shown


def test_a_hostile_essay_name_is_only_text_in_a_table(tmp_path: Path) -> None:
    name = "=1+1/\x1b[31m.docx"
    run = Run(tmp_path, students=(name, *STUDENTS)).checked().uploaded()
    run.kept([comparison(run, 1, (run.essay_ids[0], run.essay_ids[1]))])
    assert "'=1+1/\\x1b[31m.docx" in [row["local_id"] for row in exported(run, "essays")]


def test_hostile_labels_of_anchors_are_only_text_in_a_table(tmp_path: Path) -> None:
    run = Run(tmp_path, registry_ids=tuple(range(len(HOSTILE)))).checked().uploaded()
    journal = run.folder.journal.read_text()
    for number, label in enumerate(HOSTILE):
        journal = journal.replace(f'"anchor {number}"', json.dumps(label))
    run.folder.journal.write_text(journal)
    run.kept(comparison(run, n, (run.essay_ids[0], f"ANCHOR_{n}_{n:08x}")) for n in range(len(HOSTILE)))
    shown = {row["anchor_id"]: row["anchor_label"] for row in exported(run, "essays")}
    assert [shown[str(number)] for number in range(len(HOSTILE))] == list(HOSTILE.values())


def test_a_negative_number_is_no_formula(tmp_path: Path) -> None:
    thetas = [row["theta"] for row in exported(judged(tmp_path), "essays")]
    assert [theta for theta in thetas if theta.startswith("-")]


def test_the_export_leaves_the_artefact_as_it_was(tmp_path: Path) -> None:
    run = judged(tmp_path)
    before = run.put_artefact().read_bytes()
    exported(run, "essays")
    assert run.put_artefact().read_bytes() == before
