"""run.log: JSON lines of one run, and what libraries log."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from eng5_pipeline.adapters.auth.token import Requester, mint
from eng5_pipeline.cli.program import Outcome as OutcomeShape
from eng5_pipeline.engine.observe import Observer
from eng5_pipeline.results import Validated
from tests.cli.fakes import FakeSession, Outcome, Play, Told, one_run, spec_in, tell
from tests.support.clock import START
from tests.support.run_folders import BATCH

TOKEN = mint("secret", Requester(subject="ada"), START)


def goes_well(_session: FakeSession, observer: Observer, _stop: Callable[[], bool]) -> OutcomeShape:
    observer.stage_started("validate")
    observer.warned("validate", "essay-short", "a.txt has 3 words")
    observer.stage_finished("validate", Validated(essays=(), inputs=(), passed_over={}), 0.25)
    return Outcome()


def a_library_complains(_session: FakeSession, _observer: Observer, _stop: Callable[[], bool]) -> OutcomeShape:
    logging.getLogger("kafka.conn").warning("broker gone, sent Authorization: Bearer %s", TOKEN)
    logging.getLogger("httpx").info("GET %s", "http://localhost/x")
    logging.getLogger("httpcore").debug("headers")
    return Outcome()


def logged(here: Path, play: Play, *words: str) -> tuple[list[dict[str, Any]], Told]:
    told = tell(one_run(here, play), "run", str(spec_in(here)), *words)
    text = (here / "artefacts" / str(BATCH) / "run.log").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()], told


def test_every_line_says_which_run_and_which_stage(tmp_path: Path) -> None:
    lines, _ = logged(tmp_path, goes_well)
    assert [line["event"] for line in lines] == ["stage_started", "warning", "stage_finished"]
    assert {(line["batch_uuid"], line["pipeline"], line["stage"]) for line in lines} == {
        (str(BATCH), "run", "validate")
    }


def test_a_line_has_time_level_words_and_fields(tmp_path: Path) -> None:
    lines, _ = logged(tmp_path, goes_well)
    assert [line["level"] for line in lines] == ["INFO", "WARNING", "INFO"]
    assert lines[1]["reference"] == "essay-short"
    assert lines[2]["message"] == "0 student essays, 0 words"
    assert lines[2]["seconds"] == 0.25
    assert all("at" in line for line in lines)


def test_a_second_attempt_adds_to_the_log(tmp_path: Path) -> None:
    sessions = one_run(tmp_path, goes_well)
    tell(sessions, "run", str(spec_in(tmp_path)))
    tell(sessions, "resume", "latest")
    text = (tmp_path / "artefacts" / str(BATCH) / "run.log").read_text(encoding="utf-8")
    assert len(text.splitlines()) == 6


def test_what_libraries_warn_of_is_kept_without_tokens(tmp_path: Path) -> None:
    [line], told = logged(tmp_path, a_library_complains)
    assert (line["event"], line["library"], line["level"]) == ("library", "kafka.conn", "WARNING")
    assert line["message"].startswith("broker gone")
    assert not any(part in json.dumps(line) + told.err for part in TOKEN.split("."))
    assert "broker gone" not in told.err


def test_a_token_in_what_a_service_said_is_blanked(tmp_path: Path) -> None:
    def play(_session: FakeSession, observer: Observer, _stop: Callable[[], bool]) -> OutcomeShape:
        observer.stage_stopped("upload", "content-unexpected", f"it answered: {TOKEN}")
        return Outcome()

    [line], _ = logged(tmp_path, play)
    assert line["message"].startswith("it answered: ***")


def test_v_shows_what_libraries_say_as_well(tmp_path: Path) -> None:
    _, told = logged(tmp_path, a_library_complains, "-v")
    assert "warning[kafka.conn] broker gone" in told.err
    assert "info[httpx] GET http://localhost/x" in told.err
    assert "headers" not in told.err
    assert not any(part in told.err for part in TOKEN.split("."))


def test_a_log_that_cannot_be_written_stops_no_run(tmp_path: Path) -> None:
    sessions = one_run(tmp_path, goes_well)
    (tmp_path / "artefacts" / str(BATCH) / "run.log").mkdir()
    assert tell(sessions, "run", str(spec_in(tmp_path))).code == 0


def test_after_a_command_no_library_is_listened_to(tmp_path: Path) -> None:
    before = list(logging.getLogger().handlers)
    logged(tmp_path, goes_well)
    assert logging.getLogger().handlers == before


def test_a_hostile_name_does_no_harm_to_who_looks_at_the_log(tmp_path: Path) -> None:
    def warns(_session: FakeSession, observer: Observer, _stop: Callable[[], bool]) -> OutcomeShape:
        observer.warned("validate", "essay-short", "\x1b[2J\x9b31m\u202e{0}.txt has 3 words")
        return Outcome()

    [line], _ = logged(tmp_path, warns)
    assert line["message"] == "\x1b[2J\x9b31m\u202e{0}.txt has 3 words"
    text = (tmp_path / "artefacts" / str(BATCH) / "run.log").read_text(encoding="utf-8")
    assert text.strip().isprintable()
