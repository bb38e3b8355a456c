"""A run is opened again by a program that is no older, and is told which of its inputs changed meanwhile."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from eng5_pipeline.errors import Differs
from eng5_pipeline.opening import resume_session
from eng5_pipeline.wiring.world import World, real_world
from tests.support.run_folders import Run, feed


@pytest.fixture
def world(tmp_path: Path) -> World:
    return replace(real_world(), environment={}, here=tmp_path)


def test_a_run_that_a_newer_program_began_is_refused_and_left_as_it_is(tmp_path: Path, world: World) -> None:
    run = Run(tmp_path / "artefacts", program="99.0.0").opened().folder
    before = run.journal.read_bytes()
    with pytest.raises(Differs, match=r"begun by eng5-pipeline 99\.0\.0") as refused:
        resume_session(run, {}, world)
    assert refused.value.reference == "newer-program"
    assert run.journal.read_bytes() == before


def test_inputs_that_changed_after_the_request_was_sent_are_told_in_the_artefact(tmp_path: Path, world: World) -> None:
    request = feed("01")[0].value or b""
    run = Run(tmp_path / "artefacts", spec_folder=tmp_path).checked().uploaded().published(request)
    changed, missing, _ = run.with_inputs_on_disk().students
    (tmp_path / changed).write_text("another text", encoding="utf-8")
    (tmp_path / missing).unlink()
    with resume_session(run.folder, {}, world):
        told = json.loads(run.put_artefact().read_text(encoding="utf-8"))["warnings"]
    assert [(each["reference"], each["what"]) for each in told] == [
        ("input-changed", f"{changed} is changed since the run"),
        ("input-changed", f"{missing} is missing since the run"),
    ]
