"""`resume`: which run, with what, and what is said of one that is over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from eng5_pipeline.cli.program import Options, OutcomeChoice
from eng5_pipeline.cli.program import Outcome as OutcomeShape
from eng5_pipeline.cli.real import RealSessions
from eng5_pipeline.engine.observe import Observer
from eng5_pipeline.errors import MachineFailed, UsageError
from eng5_pipeline.run_folder import RunFolder
from eng5_pipeline.wiring.world import real_world
from tests.cli.fakes import FakeSession, FakeSessions, Outcome, ends, one_run, tell
from tests.support.run_folders import BATCH, Run, published_run


@pytest.mark.parametrize("name", ["latest", str(BATCH), str(BATCH)[:6]])
def test_a_run_is_found_by_its_name(name: str, tmp_path: Path) -> None:
    sessions = one_run(tmp_path, ends(Outcome()))
    assert tell(sessions, "resume", name).code == 0
    assert sessions.asked == [("resume", str(BATCH), {})]


def test_a_run_is_found_in_the_folder_that_is_given(tmp_path: Path) -> None:
    sessions = one_run(tmp_path, ends(Outcome()))
    sessions.here = tmp_path / "elsewhere"
    assert tell(sessions, "resume", "latest", "--output-dir", str(tmp_path / "artefacts")).code == 0


def test_an_unknown_run_is_a_usage_error(tmp_path: Path) -> None:
    told = tell(one_run(tmp_path, ends(Outcome())), "resume", "ffffff")
    assert told.code == 2
    assert "error[run-not-found]" in told.err


@pytest.mark.parametrize("choice", ["--assume-published", "--publish-again"])
def test_the_users_word_on_an_unknown_publish_is_handed_on(choice: str, tmp_path: Path) -> None:
    sessions = one_run(tmp_path, ends(Outcome()))
    tell(sessions, "resume", "latest", choice, "--completion-timeout", "1h")
    assert sessions.asked == [(f"resume {choice}", str(BATCH), {"--completion-timeout": "1h"})]


@pytest.mark.parametrize(
    ("outcome", "more"),
    [
        (Outcome(), ""),
        (Outcome(5, "failed"), ". What it was to do needs a new run"),
        (Outcome(7), f". Start the extraction again:  eng5-pipeline extract {BATCH}"),
    ],
)
def test_a_run_that_is_over_says_so_and_repeats_its_exit_code(outcome: Outcome, more: str, tmp_path: Path) -> None:
    told = tell(one_run(tmp_path, ends(outcome)), "resume", "latest")
    assert told.code == outcome.exit_code
    ended = f"this run had ended before: {outcome.status}, exit code {outcome.exit_code}"
    assert f"{ended}; nothing was changed{more}\n" in told.err


@pytest.mark.parametrize("choice", ["assume-published", "publish-again"])
def test_a_word_on_the_publish_of_a_run_that_is_over_is_refused(choice: OutcomeChoice, tmp_path: Path) -> None:
    run = published_run(tmp_path / "artefacts", "15a").completed("31", 56)
    before = run.folder.journal.read_bytes()
    with pytest.raises(UsageError, match=f"--{choice} is not needed: the request was published"):
        RealSessions(real_world()).resume(run.folder, {}, choice)
    assert run.folder.journal.read_bytes() == before


def test_a_run_that_went_on_is_not_said_to_have_ended_before(tmp_path: Path) -> None:
    def goes_on(_session: FakeSession, observer: Observer, _stop: Callable[[], bool]) -> OutcomeShape:
        observer.stage_started("await")
        return Outcome()

    assert "ended before" not in tell(one_run(tmp_path, goes_on), "resume", "latest").err


def test_a_run_that_cannot_be_opened_is_not_said_to_have_done_nothing_ever(tmp_path: Path) -> None:
    class Held(FakeSessions):
        def resume(self, run: RunFolder, options: Options, choice: OutcomeChoice | None) -> FakeSession:
            raise MachineFailed("held-elsewhere", "run x is held by pid 7", hint="wait for it")

    Run(tmp_path / "artefacts", BATCH).opened()
    told = tell(Held(tmp_path), "resume", "latest")
    assert told.code == 9
    assert told.err.splitlines() == [
        "error[held-elsewhere]: run x is held by pid 7",
        "  nothing was uploaded or published by this attempt",
        "  hint: wait for it",
    ]
