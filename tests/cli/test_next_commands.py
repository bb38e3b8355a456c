"""The next command, as it is told, can be typed: paths with blanks, and paths like options."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.cli.fakes import FakeSessions, spec_in, tell


def next_words(text: str) -> list[str]:
    """The command that a hint ends with, as a shell takes it."""
    return shlex.split(text.partition("eng5-pipeline ")[2].splitlines()[0])


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a b").mkdir()
    return tmp_path


def test_a_lock_that_is_missing_is_named_with_its_folder_and_can_be_written(here: Path) -> None:
    spec_in(here / "a b")
    told = tell(FakeSessions(here), "lock", "--check", "a b/a.yaml")
    assert told.err.startswith("error[lock-missing]: a b/a.yaml.lock is not there\n")
    assert next_words(told.err) == ["lock", "a b/a.yaml"]


def test_specs_with_mistakes_can_be_validated_again(here: Path) -> None:
    for folder in (here, here / "a b"):
        spec_in(folder, text="spec: none\n")
    told = tell(FakeSessions(here), "run", "a.yaml", "a b/a.yaml")
    assert next_words(told.err.partition("hint: ")[2]) == ["validate", "a b/a.yaml", "a.yaml"]


def test_a_path_is_never_taken_for_an_option(here: Path) -> None:
    spec_in(here, "-a.yaml")
    told = tell(FakeSessions(here), "run", ".")
    assert next_words(told.err) == ["validate", "./-a.yaml"]
    assert next_words(tell(FakeSessions(here), "init", "--", "-new").err) == ["validate", "./-new/spec.yaml"]


def test_a_spec_by_itself_is_told_what_it_can_be_held_against(here: Path) -> None:
    spec_in(here)
    told = tell(FakeSessions(here), "diff", "a.yaml")
    assert (told.code, told.err.splitlines()[0]) == (2, "error[usage]: a.yaml is held against nothing")
    assert "eng5-pipeline diff a.yaml --against REV\n" in told.err


def test_a_file_in_the_place_of_the_output_folder_is_told_with_the_option(here: Path) -> None:
    spec_in(here)
    told = tell(FakeSessions(here), "init", "a.yaml/new")
    assert (told.code, "error[file-failed]" in told.err) == (9, True)
    assert "  hint: choose a folder" in told.err
