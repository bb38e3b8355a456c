from __future__ import annotations

from pathlib import Path

import pytest

from eng5_pipeline import pipelines
from eng5_pipeline.errors import MachineFailed
from eng5_pipeline.report.progress import RESULT_OF, StageRecord
from eng5_pipeline.report.run_record import read_run
from eng5_pipeline.results import Uploaded
from tests.support import run_ends
from tests.support.run_folders import STUDENTS, Run


def stage(run: Run, name: str) -> StageRecord:
    return next(stage for stage in read_run(run.folder).stages if stage.name == name)


def test_the_stages_are_those_of_a_run_in_their_order() -> None:
    assert [(stage.name, stage.gives) for stage in pipelines.RUN] == list(RESULT_OF.items())


def test_a_stage_that_finished_says_its_headline_and_time(tmp_path: Path) -> None:
    told = stage(run_ends.completed(tmp_path), "upload")
    assert (told.state, told.headline, told.seconds) == ("finished", "3 uploaded, 0 reused", 0.25)


def test_a_stage_that_began_and_left_no_word_is_begun(tmp_path: Path) -> None:
    assert stage(run_ends.killed_while_waiting(tmp_path), "await").state == "begun"


def test_a_stage_that_was_skipped_says_why(tmp_path: Path) -> None:
    told = stage(run_ends.published(tmp_path), "await")
    assert (told.state, told.what, told.attempts) == ("skipped", "flags.await_completion is false", 0)


def test_a_stage_that_stopped_took_the_time_between_its_lines(tmp_path: Path) -> None:
    told = stage(run_ends.interrupted(tmp_path), "upload")
    assert (told.state, told.reference, told.seconds) == ("stopped", "interrupted", 0.25)


def test_a_stage_that_was_not_ready_took_no_time(tmp_path: Path) -> None:
    run = Run(tmp_path).checked().stopped("publish", "topic-missing", "no such topic", 3)
    told = stage(run, "publish")
    assert (told.state, told.attempts, told.seconds) == ("stopped", 0, None)


def test_a_later_attempt_has_the_last_word(tmp_path: Path) -> None:
    run = run_ends.interrupted(tmp_path)
    run.journal.append("resumed")
    told = stage(run.uploaded(), "upload")
    assert (told.state, told.attempts, told.reference) == ("finished", 2, None)


def test_a_run_that_went_on_and_was_killed_has_no_end(tmp_path: Path) -> None:
    run = run_ends.timed_out(tmp_path)
    assert read_run(run.folder).ending is not None
    run.journal.append("resumed")
    assert read_run(run.started("await").folder).ending is None


def test_a_warning_of_two_attempts_is_told_once(tmp_path: Path) -> None:
    run = (
        Run(tmp_path)
        .opened()
        .warned("validate", "essay-short", "40 words")
        .warned("validate", "essay-short", "40 words")
    )
    assert [warning.what for warning in read_run(run.folder).warnings] == ["40 words"]


def test_essay_ids_lead_back_to_files(tmp_path: Path) -> None:
    record = read_run(run_ends.completed(tmp_path).folder)
    assert record.local_ids["student::a7a5f5_2"] == STUDENTS[1]
    uploaded = record.result(Uploaded)
    assert uploaded is not None
    assert record.sent == {essay.essay_id for essay in uploaded.essays}


def test_the_course_is_the_specs_own(tmp_path: Path) -> None:
    assert read_run(run_ends.completed(tmp_path).folder).course_id == "00000000-0000-0000-0000-000000000052"


def test_a_journal_without_a_line_is_damage(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.folder.journal.write_bytes(b'{"n":1')
    with pytest.raises(MachineFailed, match="before its first line"):
        read_run(run.folder)


def test_a_result_of_another_version_is_named_as_such(tmp_path: Path) -> None:
    run = Run(tmp_path).opened()
    run.journal.append("finished", stage="upload", result={"from": "the future"}, seconds=1)
    with pytest.raises(MachineFailed, match="no Uploaded that this version can read"):
        read_run(run.folder)


def test_a_request_that_is_none_is_damage(tmp_path: Path) -> None:
    run = Run(tmp_path).opened()
    run.folder.request.write_bytes(b"{}")
    with pytest.raises(MachineFailed, match="not a request"):
        read_run(run.folder)
