"""`run SPEC... -j 8` on an embedded stack: eight runs at once share one upload cache."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from eng5_pipeline.report.run_record import read_run
from eng5_pipeline.results import Uploaded
from eng5_pipeline.run_folder import RunFolder, upload_cache
from eng5_pipeline.sandbox import SandboxOptions
from eng5_pipeline.sandbox.batch.judge import JudgeSettings
from tests.support.batch_world import essay
from tests.support.project import Project, Ran, stack

pytestmark = pytest.mark.soak

SPECS = [f"study-{number}.yaml" for number in range(8)]
TEXTS = 10


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Project, Ran]]:
    folder = tmp_path_factory.mktemp("many")
    (folder / "artefacts").mkdir()
    options = SandboxOptions(judge=JudgeSettings(latency_s=0, spacing_s=0))
    with stack(folder / "artefacts", options) as embedded:
        project = Project(folder, embedded, {"limits.max_comparisons": 12, "limits.grace": "2s"})
        for strength in range(TEXTS):
            (folder / "students" / f"student-{strength}.txt").write_text(essay(strength), encoding="utf-8")
        for name in SPECS:
            (folder / name).write_bytes((folder / "spec.yaml").read_bytes())
        yield project, project.run("run", *SPECS, "-j", "8")


def _uploads(run: RunFolder) -> Uploaded:
    uploaded = read_run(run).result(Uploaded)
    assert uploaded is not None
    return uploaded


def _cache(project: Project) -> list[dict[str, Any]]:
    lines = upload_cache(Path(project.folder) / "artefacts").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_all_complete_in_folders_of_their_own(ran: tuple[Project, Ran]) -> None:
    project, told = ran
    assert told.code == 0, told.err
    assert [json.loads(run.artefact.read_text())["status"] for run in project.runs] == ["completed"] * 8
    assert len({run.batch_uuid for run in project.runs}) == 8


def test_the_last_table_has_a_row_for_each(ran: tuple[Project, Ran]) -> None:
    _, told = ran
    assert [line.split()[0] for line in told.out.splitlines()[-8:]] == SPECS


def test_the_cache_has_a_whole_line_for_each_upload_and_no_other(ran: tuple[Project, Ran]) -> None:
    project, _ = ran
    assert len(_cache(project)) == sum(_uploads(run).uploaded for run in project.runs)


def test_they_share_the_work_of_uploading(ran: tuple[Project, Ran]) -> None:
    """What one has sent another reuses; only what is in flight at the same moment may be sent twice."""
    project, _ = ran
    sent = sum(_uploads(run).uploaded for run in project.runs)
    assert TEXTS <= sent < len(SPECS) * TEXTS


def test_what_a_run_reuses_is_what_another_uploaded(ran: tuple[Project, Ran]) -> None:
    project, _ = ran
    known = {(entry["sha256"], entry["storage_id"]) for entry in _cache(project)}
    used = {(each.text_sha256, each.storage_id) for run in project.runs for each in _uploads(run).essays}
    assert used <= known
