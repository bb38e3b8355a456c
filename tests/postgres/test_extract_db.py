"""eng5-extract-db against CJ's own tables, with a role that may only read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eng5_pipeline.extract_db.address import PostgresServer, address_in
from eng5_pipeline.extract_db.failures import Unreadable
from eng5_pipeline.extract_db.main import perform
from eng5_pipeline.extract_db.postgres import postgres_snapshot
from tests.postgres.server import Login
from tests.support.raw_server import unused_port

pytestmark = pytest.mark.postgres

Batch = dict[str, Any]
CAPTURES = Path(__file__).parents[1] / "contracts" / "captures"
BATCHES: list[Batch] = json.loads((CAPTURES / "scores.json").read_text(encoding="utf-8"))
SHARED = "39fb07d4-11ea-47c2-8f08-a1efb753357e"  # the batch_uuid of the jobs 15, 16 and 17
each_batch = pytest.mark.parametrize("batch", BATCHES, ids=lambda batch: f"job {batch['job']}")


@dataclass(frozen=True)
class Told:
    code: int
    err: str

    @property
    def reference(self) -> str:
        """Of an error told in two lines."""
        first, second = self.err.splitlines()
        assert second.startswith("  hint: ")
        return first.removeprefix("error[").partition("]")[0]


def extract(login: Login, name: str, output: Path, *options: str) -> Told:
    err = io.StringIO()
    code = perform([name, "--output", str(output), *options], {"ENG5_CJ_DATABASE_URL": login.url}, err)
    return Told(code, err.getvalue())


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "out.json"


def extracted(login: Login, job: int, output: Path) -> Batch:
    assert extract(login, str(job), output) == Told(0, "")
    found: Batch = json.loads(output.read_text(encoding="utf-8"))
    return found


def of(found: Batch, part: str, field: str) -> dict[str, Any]:
    """A field by essay id."""
    return {each["essay_id"]: each[field] for each in found[part]}


@each_batch
def test_every_comparison_of_a_job_is_written(reader: Login, output: Path, batch: Batch) -> None:
    found = extracted(reader, batch["job"], output)
    told = {(c["essay_a"], c["essay_b"], c["winner"]) for c in found["comparisons"]}
    assert told == {tuple(comparison) for comparison in batch["comparisons"]}
    assert len(found["comparisons"]) == len(batch["comparisons"]) == found["state"]["completed_comparisons"]
    assert sum(of(found, "essays", "wins").values()) == len(batch["comparisons"])


@each_batch
def test_every_essay_has_cjs_own_score(reader: Login, output: Path, batch: Batch) -> None:
    found = extracted(reader, batch["job"], output)
    assert of(found, "essays", "bt_score") == dict(zip(batch["essays"], batch["thetas"], strict=True))
    assert of(found, "essays", "bt_se") == dict(zip(batch["essays"], batch["standard_errors"], strict=True))


@each_batch
def test_anchors_have_their_grades_and_students_their_projections(reader: Login, output: Path, batch: Batch) -> None:
    found = extracted(reader, batch["job"], output)
    assert of(found, "anchors", "grade") == batch["anchor_grades"]
    assert {a["essay_id"].split("_")[1] for a in found["anchors"]} == {str(a["anchor_id"]) for a in found["anchors"]}
    assert {a["label"] for a in found["anchors"]} >= {
        f"{grade}1" for grade in batch["anchor_grades"].values() if grade > "9"
    }
    assert of(found, "projections", "grade") == {e: p["grade"] for e, p in batch["projections"].items()}
    assert of(found, "projections", "confidence") == {e: p["confidence"] for e, p in batch["projections"].items()}


@each_batch
def test_the_fit_here_gives_cjs_scores(reader: Login, output: Path, batch: Batch) -> None:
    fit = extracted(reader, batch["job"], output)["bradley_terry"]
    thetas = {score["essay_id"]: score["theta"] for score in fit["scores"]}
    assert thetas == pytest.approx(dict(zip(batch["essays"], batch["thetas"], strict=True)), abs=1e-6)
    assert fit["largest_difference_from_cj"] < 1e-6


@each_batch
def test_its_standard_errors_are_those_of_the_whole_fisher_information(
    reader: Login, output: Path, batch: Batch
) -> None:
    fit = extracted(reader, batch["job"], output)["bradley_terry"]
    errors = {score["essay_id"]: score["standard_error"] for score in fit["scores"]}
    variances = np.diag(np.linalg.pinv(information(batch)))
    assert errors == pytest.approx(dict(zip(batch["essays"], np.sqrt(variances), strict=True)), rel=1e-4)


def information(batch: Batch) -> np.ndarray[Any, np.dtype[np.float64]]:
    essays: Sequence[str] = batch["essays"]
    matrix = np.zeros((len(essays), len(essays)))
    for a, b, _ in batch["comparisons"]:
        i, j = essays.index(a), essays.index(b)
        chance = 1 / (1 + np.exp(batch["thetas"][j] - batch["thetas"][i]))
        way = np.zeros(len(essays))
        way[i], way[j] = 1, -1
        matrix += chance * (1 - chance) * np.outer(way, way)
    return matrix


def test_a_batch_uuid_with_one_job_names_it(reader: Login, output: Path) -> None:
    assert extract(reader, "d0bc3be6-8143-422b-b35d-a77869d7547a", output).code == 0
    batch = json.loads(output.read_text(encoding="utf-8"))["batch"]
    assert (batch["job_id"], batch["status"]) == (1, "COMPLETE_STABLE")
    assert batch["completed_at"] == "2026-11-22T09:45:15.367067Z"


def test_a_batch_uuid_with_three_jobs_is_refused_with_all_three(reader: Login, output: Path) -> None:
    told = extract(reader, SHARED, output)
    assert (told.code, told.reference) == (4, "batch-ambiguous")
    assert all(f"{job} (COMPLETE_STABLE, begun 2026-11-22" in told.err for job in (15, 16, 17))
    assert not output.exists()


def test_essays_that_a_later_job_took_over_keep_what_this_one_found(reader: Login, output: Path) -> None:
    found = extracted(reader, 16, output)
    moved = {essay["essay_id"] for essay in found["essays"] if essay["moved_to_job"] == 17}
    assert moved == {"student::cfcf55_1", "student::cfcf55_2", "student::cfcf55_3"}
    assert of(found, "essays", "wins")["student::cfcf55_2"] == 1
    assert of(extracted(reader, 17, output), "essays", "wins")["student::cfcf55_2"] == 0


@pytest.mark.parametrize("form", ["json", "csv", "text"])
def test_no_text_of_an_essay_a_prompt_or_the_judge_is_written(reader: Login, output: Path, form: str) -> None:
    assert extract(reader, "1", output, "--format", form).code == 0
    written = output.read_text(encoding="utf-8")
    texts = ("lorem", "word word", "role models", "Judge content", "Compare the two", "better coherence")
    assert [text for text in texts if text in written] == []


def test_csv_has_every_row_under_the_columns_of_its_section(reader: Login, output: Path) -> None:
    assert extract(reader, "15", output, "--format", "csv").code == 0
    rows = list(csv.DictReader(io.StringIO(output.read_text(encoding="utf-8"))))
    counts = {section: sum(row["section"] == section for row in rows) for section in {row["section"] for row in rows}}
    assert counts["essays"] == counts["bradley_terry.scores"] == 8
    assert (counts["anchors"], counts["projections"], counts["comparisons"]) == (5, 3, 4)
    assert {row["grade"] for row in rows if row["section"] == "anchors"} == {"F+", "E-", "D+", "C+", "A"}


def test_text_has_a_line_for_every_essay(reader: Login, output: Path) -> None:
    assert extract(reader, "15", output, "--format", "text").code == 0
    lines = output.read_text(encoding="utf-8").splitlines()
    assert lines[0] == f"job 15 of batch {SHARED}: COMPLETE_STABLE"
    assert "student::b52bbe_2 A LOW 1.301 1.973 1.301 1.973 1 0" in {" ".join(line.split()) for line in lines}


@pytest.mark.parametrize("name", ["99", "2147483648", "00000000-0000-4000-8000-000000000000"])
def test_a_batch_that_cj_does_not_have_is_refused(reader: Login, output: Path, name: str) -> None:
    told = extract(reader, name, output)
    assert (told.code, told.reference) == (3, "batch-unknown")


def test_a_wrong_password_is_told_and_not_repeated(reader: Login, output: Path) -> None:
    told = extract(replace(reader, password="not-the-password"), "1", output)
    assert (told.code, told.reference) == (6, "login-refused")
    assert "not-the-password" not in told.err


def test_a_server_that_does_not_answer_is_told(reader: Login, output: Path) -> None:
    told = extract(replace(reader, port=unused_port()), "1", output)
    assert (told.code, told.reference) == (5, "server-out-of-reach")


def test_another_database_is_told_from_cjs(server: Login, reader: Login, output: Path) -> None:
    unknown = extract(replace(reader, database="eng5_test_nowhere"), "1", output)
    assert (unknown.code, unknown.reference) == (6, "database-unknown")
    with server.database_with("CREATE TABLE other ()") as other:
        assert extract(other, "1", output).reference == "database-unreadable"


def test_a_role_that_may_not_read_is_told_what_to_grant(cj: Login, output: Path) -> None:
    with cj.role() as stranger:
        told = extract(stranger, "1", output)
    assert (told.code, told.reference) == (6, "reading-refused")
    assert f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {stranger.user}" in told.err


def test_a_file_that_cannot_be_written_is_told(reader: Login, tmp_path: Path) -> None:
    told = extract(reader, "1", tmp_path / "no" / "such" / "folder.json")
    assert (told.code, told.reference) == (9, "output-unwritable")


def address(login: Login) -> PostgresServer:
    found = address_in({"ENG5_CJ_DATABASE_URL": login.url})
    assert isinstance(found, PostgresServer)
    return found


def test_the_tables_are_read_and_never_written(cj: Login) -> None:
    with postgres_snapshot(address(cj)) as tables, pytest.raises(Unreadable, match="read-only transaction"):
        tables.rows("DELETE FROM grade_projections WHERE cj_batch_id = :job", job=1)


def test_what_changes_meanwhile_is_not_seen(server: Login) -> None:
    count = "SELECT count(*) AS jobs FROM job"
    two_jobs = "CREATE TABLE job (id integer); INSERT INTO job VALUES (1), (2)"
    with server.database_with(two_jobs) as database, postgres_snapshot(address(database)) as tables:
        assert tables.rows(count) == [{"jobs": 2}]
        database.psql("DELETE FROM job WHERE id = 1")
        assert tables.rows(count) == [{"jobs": 2}]
