"""A shell completes commands, paths of specs and names of runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from eng5_pipeline.cli.completion import run_names, spec_paths, specs_and_runs
from tests.support.project import ROOT
from tests.support.run_folders import BATCH, Run
from tests.support.run_specs import MINIMAL


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two specs, another YAML file, and a run."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runspecs" / "prompts").mkdir(parents=True)
    for name in ("a.yaml", "runspecs/b.yml"):
        (tmp_path / name).write_text(MINIMAL, encoding="utf-8")
    (tmp_path / "all.yaml").write_text("models: {}\n", encoding="utf-8")
    (tmp_path / ".hidden.yaml").write_text(MINIMAL, encoding="utf-8")
    Run(tmp_path / "artefacts", BATCH).opened()
    return tmp_path


def completed(shell: str, *words: str) -> list[str]:
    """What the shell's own script would be told."""
    variables = {
        "_ENG5_PIPELINE_COMPLETE": f"complete_{shell}",
        "COMP_WORDS": " ".join(["eng5-pipeline", *words]),
        "COMP_CWORD": str(len(words)),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "eng5_pipeline"]
    done = subprocess.run(command, env={**os.environ, **variables}, capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_a_shell_is_offered_commands() -> None:
    assert completed("bash", "re") == ["register-anchors", "resume", "report"]


def test_a_shell_is_offered_specs_where_a_command_takes_one() -> None:
    assert completed("bash", "plan", "a") == ["a.yaml", "artefacts/"]


def test_a_shell_is_offered_runs_where_a_command_takes_one() -> None:
    assert completed("bash", "show", str(BATCH)[:3]) == [str(BATCH)]
    assert completed("bash", "runs", "rm", str(BATCH)[:3]) == [str(BATCH)]


def test_specs_are_told_from_other_yaml_and_folders_lead_on() -> None:
    assert spec_paths("") == ["a.yaml", "artefacts/", "runspecs/"]
    assert spec_paths("runspecs/") == ["runspecs/b.yml", "runspecs/prompts/"]
    assert spec_paths("nowhere/") == []


def test_hidden_files_are_offered_to_who_types_the_dot() -> None:
    assert spec_paths(".h") == [".hidden.yaml"]


def test_runs_are_offered_with_the_word_for_the_newest() -> None:
    assert run_names("") == ["latest", str(BATCH)]
    assert specs_and_runs("a") == ["a.yaml", "artefacts/"]
