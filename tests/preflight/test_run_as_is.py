"""Against CJ as it is, with what it needs in place, a run comes to its end: its dates and its 500s are no obstacle."""

from __future__ import annotations

from pathlib import Path

import pytest

from eng5_pipeline.opening import resume_session, run_session
from eng5_pipeline.sandbox import SandboxOptions
from eng5_pipeline.sandbox.http.settings import Dates, Face
from tests.support.misbehaving import QUICK
from tests.support.preflights import attempt, project, standing, world_of
from tests.support.project import artefact


def options(face: Face, dates: Dates) -> SandboxOptions:
    return QUICK.model_copy(update={"face": face, "dates": dates})


@pytest.mark.parametrize(("face", "dates"), [("as-is", "rfc822"), ("as-is", "iso8601"), ("repaired", "rfc822")])
def test_a_run_completes(tmp_path: Path, face: Face, dates: Dates) -> None:
    with standing(tmp_path, options(face, dates)) as stack:
        made = project(tmp_path / "project", stack)
        ended = attempt(lambda: run_session(Path("spec.yaml"), {}, world_of(made)))
        assert (ended.exit_code, ended.error) == (0, None)
        (run,) = made.runs
        written = artefact(run)
        assert (written["status"], len(written["llm_comparisons"])) == ("completed", 8)
        assert {anchor["grade"] for anchor in written["anchors"]} == {"A", "C+", "F+"}


def test_a_run_that_was_only_published_is_awaited_later(tmp_path: Path) -> None:
    with standing(tmp_path, options("as-is", "rfc822")) as stack:
        made = project(tmp_path / "project", stack)
        published = attempt(lambda: run_session(Path("spec.yaml"), {"--await-completion": False}, world_of(made)))
        (run,) = made.runs
        resumed = attempt(lambda: resume_session(run, {}, world_of(made)))
        assert (published.exit_code, resumed.exit_code, artefact(run)["status"]) == (0, 0, "completed")
