"""docs/explanation/scale.md: its script does what it says, its recipes start it, its limits follow from the rules."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from eng5_pipeline.cli.app import parse
from eng5_pipeline.domain.comparisons import SERVICE_CAP
from tests.docs import markdown

PAGE = "explanation/scale.md"


def _script(folder: Path, output: Path) -> list[str]:
    """What the script of the page makes of the program, word by word."""
    (shown,) = markdown.blocks(PAGE, "sh")
    script, program = folder / "run-or-resume", folder / "eng5-pipeline"
    script.write_text(shown, encoding="utf-8")
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
    words = ["sh", str(script), "a.yaml", str(output)]
    return subprocess.run(words, env=environment, capture_output=True, text=True, check=True).stdout.split()


def _folder(output: Path, name: str) -> None:
    (output / name).mkdir(parents=True)
    (output / name / "journal.jsonl").touch()


def test_the_script_begins_a_run_where_there_is_none(tmp_path: Path) -> None:
    _folder(tmp_path / "runs", "register-anchors-20261122T090000Z")
    words = _script(tmp_path, tmp_path / "runs")
    assert words[:2] == ["run", "a.yaml"]
    assert callable(parse(words))


def test_the_script_goes_on_with_a_run_that_is_there(tmp_path: Path) -> None:
    _folder(tmp_path / "runs", "1de51bf4-724a-4b4f-9a8b-ef5996cebc65")
    words = _script(tmp_path, tmp_path / "runs")
    assert words[:2] == ["resume", "latest"]
    assert callable(parse(words))


@pytest.mark.parametrize("kind", ["python", "yaml"])
def test_a_recipe_that_starts_again_starts_the_script(kind: str) -> None:
    (recipe,) = markdown.blocks(PAGE, kind)
    assert "eng5-pipeline run" not in recipe
    assert "run-or-resume" in recipe


def test_the_workflow_can_be_read() -> None:
    (recipe,) = (yaml.safe_load(block) for block in markdown.blocks(PAGE, "yaml"))
    assert {each["name"] for each in recipe["spec"]["templates"]} == {"all", "one"}


def test_the_largest_batch_follows_from_the_cap() -> None:
    limits = {cells[0]: cells[1] for cells in markdown.rows(PAGE, "what")}
    assert limits["comparisons"] == str(SERVICE_CAP)
    assert limits["so essays, each compared at least once"].startswith(str(2 * SERVICE_CAP))
