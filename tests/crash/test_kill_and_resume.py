"""Killed, a run of the command line goes on where it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from eng5_pipeline.embedded import Embedded
from tests.support.project import Project, artefact, stack

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with stack(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture
def project(tmp_path: Path, embedded: Embedded) -> Project:
    return Project(tmp_path / "project", embedded)


def test_killed_while_it_awaits_a_run_is_resumed_as_the_latest(project: Project) -> None:
    with project.start("run", "spec.yaml", "--display", "json") as process:
        assert process.stdout is not None
        for line in process.stdout:
            if '"await"' in line and "started" in line:
                break
        process.kill()
    resumed = project.run("resume", "latest")
    assert resumed.code == 0, resumed.err
    [run] = project.runs
    assert (artefact(run)["status"], len(artefact(run)["llm_comparisons"])) == ("completed", 8)
