"""What this user may not read hides nothing else, and is called by its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from eng5_pipeline.run_folder import RunFolder, upload_cache
from tests.cli.fakes import FakeSessions, Told, tell
from tests.support.permissions import permissions_count
from tests.support.run_folders import Run, published_run

COMMANDS = (["runs"], ["show", "latest"], ["cache", "ls"])


def typed(here: Path, *words: str) -> Told:
    with permissions_count():
        return tell(FakeSessions(here), *words)


@pytest.fixture
def good(tmp_path: Path) -> RunFolder:
    return published_run(tmp_path / "artefacts", "15a").completed("31", 56).folder


@pytest.fixture
def bad(tmp_path: Path) -> RunFolder:
    return Run(tmp_path / "artefacts").opened().folder


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_folder_of_another_user_is_passed_over(words: list[str], good: RunFolder, tmp_path: Path) -> None:
    (tmp_path / "pgdata").mkdir(mode=0o000)
    assert typed(tmp_path, *words).code == 0


@pytest.mark.parametrize("closed", ["folder", "journal"])
def test_a_run_that_cannot_be_read_is_damaged_in_a_list(
    closed: str, good: RunFolder, bad: RunFolder, tmp_path: Path
) -> None:
    (bad.path if closed == "folder" else bad.journal).chmod(0o000)
    told = typed(tmp_path, "runs")
    assert (told.code, told.out.count("Damaged"), told.out.count("Completed")) == (0, 1, 1)
    assert typed(tmp_path, "show", "latest").out.count(str(good.batch_uuid))
    bad.path.chmod(0o755)


def test_a_journal_that_is_a_folder_is_damaged_in_a_list(good: RunFolder, bad: RunFolder, tmp_path: Path) -> None:
    bad.journal.unlink()
    (bad.journal / "inside").mkdir(parents=True)
    told = typed(tmp_path, "runs")
    assert (told.code, told.out.count("Damaged"), told.out.count("Completed")) == (0, 1, 1)


def test_a_run_that_is_asked_for_and_cannot_be_read_is_a_failure_of_this_machine(
    bad: RunFolder, tmp_path: Path
) -> None:
    bad.journal.chmod(0o000)
    told = typed(tmp_path, "show", str(bad.path))
    assert (told.code, told.err.splitlines()[0].split(":")[0]) == (9, "error[journal-unreadable]")


def test_an_output_folder_that_is_named_and_cannot_be_read_is_said_to_be_so(good: RunFolder, tmp_path: Path) -> None:
    output = good.path.parent
    output.chmod(0o000)
    told = [typed(tmp_path, *words, "--output-dir", str(output)) for words in COMMANDS]
    output.chmod(0o755)
    assert [each.code for each in told] == [9, 9, 9]
    assert all(f"error[no-permission]: cannot read {output}" in each.err for each in told)


@pytest.mark.parametrize("words", [["show", "latest"], ["cache", "ls"]], ids=" ".join)
def test_reading_without_permission_says_what_to_make_readable(
    words: list[str], good: RunFolder, tmp_path: Path
) -> None:
    closed = good.events if words[0] == "show" else upload_cache(good.path.parent)
    closed.touch(mode=0o644)
    closed.chmod(0o000)
    told = typed(tmp_path, *words)
    assert told.code == 9
    assert f"error[no-permission]: cannot read {closed}" in told.err
    assert f"hint: make {closed} readable" in told.err
