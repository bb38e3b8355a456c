"""Killed anywhere and resumed, a run asks once and leaves the artefact of one that was left alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from eng5_pipeline.opening import resume_session
from eng5_pipeline.run_folder import RunFolder
from eng5_pipeline.sandbox import SandboxOptions
from eng5_pipeline.sandbox.batch.feed_settings import BrokerAction, Cut, Down, FeedSettings
from tests.support.disturbed import LINES_OF_A_RUN, Trials, Undisturbed, trials_on
from tests.support.observers import Remembering
from tests.support.project import artefact, stack
from tests.support.recorded import BATCH, comparable


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trials]:
    options = SandboxOptions(feed=FeedSettings(silent=True))
    with stack(tmp_path_factory.mktemp("stack"), options) as embedded, trials_on(embedded) as made:
        yield made


@pytest.fixture(scope="module")
def undisturbed(trials: Trials, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    return trials.undisturbed(tmp_path_factory.mktemp("undisturbed"))


@pytest.mark.parametrize("line", range(1, LINES_OF_A_RUN + 1))
def test_killed_at_any_line_of_its_journal(tmp_path: Path, trials: Trials, undisturbed: Undisturbed, line: int) -> None:
    assert trials.killed_at_line(tmp_path, line) == undisturbed.artefact


@pytest.mark.parametrize("part", [0.4, 0.7])
def test_killed_at_some_moment(tmp_path: Path, trials: Trials, undisturbed: Undisturbed, part: float) -> None:
    assert trials.killed_after(tmp_path, part * undisturbed.seconds) == undisturbed.artefact


def test_killed_again_and_again(tmp_path: Path, trials: Trials, undisturbed: Undisturbed) -> None:
    assert trials.killed_at_line(tmp_path, 12, 3, 6, 5, 4, 3, 2) == undisturbed.artefact


def test_killed_between_its_last_line_and_the_artefact(tmp_path: Path, trials: Trials) -> None:
    whole = trials.killed_at_line(tmp_path, LINES_OF_A_RUN)
    run = RunFolder(tmp_path / "artefacts" / str(BATCH))
    run.artefact.unlink()
    with resume_session(run, {}, trials.stack.world) as session:
        assert session.execute(Remembering(), lambda: False).exit_code == 0
    assert comparable(artefact(run)) == whole


@pytest.mark.parametrize("trouble", [Down(seconds=0.7), Cut(times=6, every_s=0.3)], ids=lambda trouble: trouble.kind)
def test_killed_while_the_broker_is_away_or_cuts_its_connections(
    tmp_path: Path, trials: Trials, undisturbed: Undisturbed, trouble: BrokerAction
) -> None:
    troubled = replace(trials, interlude=lambda: trials.stack.command_broker(trouble), patience_seconds=30)
    assert troubled.killed_after(tmp_path, 0.7 * undisturbed.seconds) == undisturbed.artefact
