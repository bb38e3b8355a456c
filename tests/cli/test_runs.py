"""The commands upon runs: which are listed, deleting one, comparing two, exporting, a report without names."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from pathlib import Path
from uuid import UUID

import pytest

from eng5_pipeline.cli.app import perform
from eng5_pipeline.cli.program import Program
from eng5_pipeline.cli.streams import Stream
from eng5_pipeline.durable import held
from eng5_pipeline.run_folder import extracted_texts, upload_cache
from tests.cli.fakes import FakeSessions, Told, tell
from tests.support.cache_writer import upload
from tests.support.judged_run import begun_run, completed_run, essays_of, simulated
from tests.support.run_folders import BATCH, Run

OTHER = UUID("11111111-2222-4333-8444-555555555555")


class Keyboard(io.StringIO):
    def isatty(self) -> bool:
        return True


def answering(here: Path, answer: str, *words: str) -> Told:
    out, err = io.StringIO(), io.StringIO()
    program = Program(Stream(out), Stream(err), lambda: FakeSessions(here), Keyboard(answer))
    return Told(perform(words, program), out.getvalue(), err.getvalue())


def judged(here: Path, batch: UUID = BATCH, seed: int = 1) -> Run:
    run = begun_run(here / "artefacts", batch=batch)
    return completed_run(run, simulated(run, 60, seed))


def listed(here: Path, *words: str) -> list[str]:
    told = json.loads(tell(FakeSessions(here), "runs", "--json", *words).out)
    return [run["batch_uuid"] for run in told["runs"]]


# --- runs


def test_runs_are_chosen_by_how_they_ended(tmp_path: Path) -> None:
    Run(tmp_path / "artefacts", OTHER).opened()
    judged(tmp_path)
    assert listed(tmp_path, "--status", "completed") == [str(BATCH)]
    assert listed(tmp_path, "--status", "unfinished") == [str(OTHER)]
    assert listed(tmp_path, "--status", "failed") == []


def test_runs_are_chosen_by_a_part_of_their_label(tmp_path: Path) -> None:
    Run(tmp_path / "artefacts", OTHER, label="Nurses 2026").opened()
    Run(tmp_path / "artefacts", BATCH).opened()
    assert listed(tmp_path, "--label", "nurse") == [str(OTHER)]


def test_runs_are_chosen_by_day_and_number(tmp_path: Path) -> None:
    Run(tmp_path / "artefacts", OTHER).opened()
    Run(tmp_path / "artefacts", BATCH).opened()
    assert listed(tmp_path, "--since", "2026-11-23") == []
    assert len(listed(tmp_path, "--since", "2026-11-22")) == 2
    assert listed(tmp_path, "--last", "1") == [listed(tmp_path)[-1]]


def test_a_day_that_is_none_is_a_mistake_of_the_command_line(tmp_path: Path) -> None:
    told = tell(FakeSessions(tmp_path), "runs", "--since", "yesterday")
    assert told.code == 2
    assert "hint: see:  eng5-pipeline runs --help" in told.err


# --- runs rm


def test_a_run_is_deleted_when_a_person_says_so(tmp_path: Path) -> None:
    run = judged(tmp_path)
    told = answering(tmp_path, "y\n", "runs", "rm", "latest")
    assert (told.code, told.out) == (0, f"deleted artefacts/{run.batch_uuid}\n")
    assert re.search(r"role-models-baseline, Completed, \d files\ndelete it for good\? \[y/N\] $", told.err)
    assert list((tmp_path / "artefacts").iterdir()) == []


def test_what_stays_is_told_before_anything_is_deleted(tmp_path: Path) -> None:
    run, output = judged(tmp_path), tmp_path / "artefacts"
    sent = [upload("a").model_copy(update={"batch_uuid": batch}) for batch in (run.batch_uuid, OTHER)]
    upload_cache(output).write_text("".join(f"{each.model_dump_json()}\n" for each in sent))
    extracted_texts(output).touch()
    told = answering(tmp_path, "n\n", "runs", "rm", "latest")
    assert told.err.splitlines()[:3] == [
        "stays: whatever the services have of it: texts at the Content Service, the batch at CJ, its events on Kafka",
        "stays: 1 line of artefacts/content_upload_cache.jsonl that name its files; to drop them:  "
        f"eng5-pipeline cache prune --run artefacts/{run.batch_uuid}",
        "stays: artefacts/extracted_texts.jsonl: digests of texts, without names",
    ]


def test_what_an_earlier_deletion_left_half_done_goes_too(tmp_path: Path) -> None:
    judged(tmp_path)
    half, other = (tmp_path / "artefacts" / name for name in (f".{OTHER}.deleted", ".kept.deleted"))
    for folder in (half, other):
        folder.mkdir()
    assert tell(FakeSessions(tmp_path), "runs", "rm", "latest", "--yes").code == 0
    assert list((tmp_path / "artefacts").iterdir()) == [other]


@pytest.mark.parametrize("answer", ["\n", "n\n", "latest\n", ""])
def test_anything_but_yes_deletes_nothing(answer: str, tmp_path: Path) -> None:
    run = judged(tmp_path)
    told = answering(tmp_path, answer, "runs", "rm", "latest")
    assert (told.code, told.out) == (130, "")
    assert "error[deletion-declined]: nothing was deleted" in told.err
    assert run.folder.journal.is_file()


def test_where_nobody_can_be_asked_nothing_is_deleted(tmp_path: Path) -> None:
    run = judged(tmp_path)
    told = tell(FakeSessions(tmp_path), "runs", "rm", "latest")
    assert told.code == 2
    assert "hint: say that you mean it:  --yes" in told.err
    assert run.folder.journal.is_file()


def test_yes_beforehand_asks_nobody(tmp_path: Path) -> None:
    run = judged(tmp_path)
    assert tell(FakeSessions(tmp_path), "runs", "rm", str(run.batch_uuid), "--yes").code == 0
    assert not run.folder.path.exists()


def test_a_run_that_goes_on_is_not_deleted(tmp_path: Path) -> None:
    run = judged(tmp_path)
    with held(run.folder.lock, "the run"):
        told = tell(FakeSessions(tmp_path), "runs", "rm", "latest", "--yes")
    assert told.code == 9
    assert "error[held-elsewhere]" in told.err
    assert run.folder.journal.is_file()


def test_only_the_run_that_was_named_is_deleted(tmp_path: Path) -> None:
    judged(tmp_path), judged(tmp_path, OTHER)
    tell(FakeSessions(tmp_path), "runs", "rm", str(OTHER), "--yes")
    assert listed(tmp_path) == [str(BATCH)]


# --- compare


def test_a_run_and_itself_show_nothing(tmp_path: Path) -> None:
    judged(tmp_path)
    told = tell(FakeSessions(tmp_path), "compare", "latest", "latest")
    assert (told.code, told.out, told.err) == (0, "", "")


def test_two_runs_of_the_same_outcome_show_nothing(tmp_path: Path) -> None:
    judged(tmp_path), judged(tmp_path, OTHER)
    assert tell(FakeSessions(tmp_path), "compare", str(BATCH), str(OTHER)).out == ""
    assert json.loads(tell(FakeSessions(tmp_path), "compare", str(BATCH), str(OTHER), "--json").out)["same"] is True


def test_grades_and_thetas_that_changed_are_shown_against_their_errors(tmp_path: Path) -> None:
    judged(tmp_path), judged(tmp_path, OTHER, seed=2)
    out = tell(FakeSessions(tmp_path), "compare", str(BATCH), str(OTHER)).out
    told = r"11 essays in both runs: \d grades? changed, \d changes? of theta beyond 1.96 standard errors\n"
    assert re.match(told, out)
    assert re.search(r"essays/students/\S+ +[A-F][+-]? +[A-F][+-]? +[+-]\d\.\d{3} +\d\.\d{3}", out)


def test_what_differed_in_the_specs_is_shown(tmp_path: Path) -> None:
    judged(tmp_path)
    other = judged(tmp_path, OTHER)
    effective = json.loads(other.folder.effective.read_text())
    effective["spec"]["judge"]["model"] = "another"
    other.folder.effective.write_text(json.dumps(effective))
    assert (
        "spec    judge.model mock-model-v1 -> another\n"
        in tell(FakeSessions(tmp_path), "compare", str(BATCH), str(OTHER)).out
    )


def test_how_the_runs_went_is_shown_where_it_differs(tmp_path: Path) -> None:
    judged(tmp_path)
    Run(tmp_path / "artefacts", OTHER).opened().stopped("validate", "essay-blank", "blank", 3).ended(
        "refused", 3, final=True
    )
    out = tell(FakeSessions(tmp_path), "compare", str(BATCH), str(OTHER)).out
    assert "run     ended: Completed -> Refused before anything was published\n" in out
    assert "run     judge: anthropic claude -> none\n" in out


# --- export


def test_a_run_is_exported_as_two_tables(tmp_path: Path) -> None:
    run = judged(tmp_path)
    told = tell(FakeSessions(tmp_path), "export", "latest")
    folder = f"artefacts/{run.batch_uuid}/export"
    assert told.out == f"{folder}/essays.csv\n{folder}/comparisons.csv\n"
    with (tmp_path / folder / "comparisons.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 60
    assert {rows[0]["essay_a_id"], rows[0]["essay_b_id"]} <= set(essays_of(run))


def test_an_export_goes_where_it_is_told(tmp_path: Path) -> None:
    judged(tmp_path)
    assert tell(FakeSessions(tmp_path), "export", "latest", "--format", "parquet", "--out", "tables").code == 0
    assert sorted(path.name for path in (tmp_path / "tables").iterdir()) == ["comparisons.parquet", "essays.parquet"]


def test_without_its_library_parquet_is_refused_with_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged(tmp_path)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    told = tell(FakeSessions(tmp_path), "export", "latest", "--format", "parquet", "--out", "tables")
    assert told.code == 3
    assert "error[parquet-missing]" in told.err
    assert 'pip install "eng5-pipeline[parquet]"' in told.err


# --- report


def test_an_anonymous_report_names_no_file(tmp_path: Path) -> None:
    run = judged(tmp_path)
    assert tell(FakeSessions(tmp_path), "report", "latest", "--anonymous").code == 0
    assert "Märta" not in run.folder.report.read_text()
    tell(FakeSessions(tmp_path), "report", "latest")
    assert "Märta" in run.folder.report.read_text()


# --- hostile names


HOSTILE = "essays/\x1b[31m\u202e\x9b2J=cmd|calc.docx"


def hostile(here: Path) -> None:
    for batch, seed in ((BATCH, 1), (OTHER, 2)):
        run = begun_run(here / "artefacts", (HOSTILE, "essays/b.docx", "essays/c.docx"), batch)
        completed_run(run, simulated(run, 40, seed))


@pytest.mark.parametrize(
    "words", [("show", str(BATCH)), ("compare", str(BATCH), str(OTHER)), ("runs",)], ids=lambda words: words[0]
)
def test_a_hostile_essay_name_does_no_harm_on_the_console(words: tuple[str, ...], tmp_path: Path) -> None:
    hostile(tmp_path)
    for options in ((), ("--json",)):
        out = tell(FakeSessions(tmp_path), *words, *options).out
        assert out
        assert [char for char in "\x1b\u202e\x9b" if char in out] == []


def test_programs_get_a_hostile_name_as_it_is(tmp_path: Path) -> None:
    hostile(tmp_path)
    told = json.loads(tell(FakeSessions(tmp_path), "show", str(BATCH), "--json").out)
    assert HOSTILE in [essay["local_id"] for essay in told["ranking"]]
