"""Killed anywhere, a run resumes: one request on the topic, every comparison once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from eng5_pipeline.adapters.clock import SystemClock
from eng5_pipeline.adapters.kafka.bus import KafkaBus
from eng5_pipeline.adapters.kafka.settings import KafkaSettings
from eng5_pipeline.contracts import topics
from eng5_pipeline.contracts.events import Comparison
from eng5_pipeline.domain.positions import Offsets, Record
from eng5_pipeline.embedded import Embedded
from eng5_pipeline.opening import resume_session
from eng5_pipeline.run_folder import RunFolder
from eng5_pipeline.sandbox import SandboxOptions
from eng5_pipeline.sandbox.batch.judge import JudgeSettings
from tests.support.observers import Remembering
from tests.support.project import Project, artefact, stack

LINES_OF_A_RUN = 18


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    options = SandboxOptions(judge=JudgeSettings(latency_s=0.02, spacing_s=0.02))
    with stack(tmp_path_factory.mktemp("stack"), options) as running:
        yield running


@pytest.fixture
def project(tmp_path: Path, embedded: Embedded) -> Project:
    return Project(tmp_path / "project", embedded)


def on_topic(embedded: Embedded, topic: str) -> list[Record]:
    bus = KafkaBus(KafkaSettings.from_environment(embedded.variables["KAFKA_BOOTSTRAP_SERVERS"], embedded.variables))
    records: list[Record] = []
    with bus.reader(Offsets(next={topic: {}})) as reader:
        ends = reader.ends()
        assert ends is not None
        while not reader.position().reaches(ends):
            records += reader.poll(0.2)
    return records


def requests_of(embedded: Embedded, run: RunFolder) -> int:
    return sum(record.key == run.path.name.encode() for record in on_topic(embedded, topics.REQUEST))


def comparisons_published_for(embedded: Embedded, run: RunFolder) -> set[str]:
    needle = run.path.name.encode()
    values = [record.value for record in on_topic(embedded, topics.COMPARISON) if needle in (record.value or b"")]
    return {Comparison.model_validate_json(value or b"").data.request_id for value in values}


def resume_to_its_end(project: Project, run: RunFolder) -> dict[str, Any]:
    with resume_session(run, {}, project.stack.world) as session:
        assert session.execute(Remembering(), lambda: False).exit_code == 0
    return artefact(run)


def assert_whole(project: Project, run: RunFolder, written: dict[str, Any]) -> None:
    assert written["status"] == "completed"
    assert requests_of(project.stack, run) == 1
    kept = run.events.read_text(encoding="utf-8").count('"LLMComparisonResultV1\\"')
    assert kept == len(written["llm_comparisons"]) == len(comparisons_published_for(project.stack, run)) == 8


@pytest.mark.parametrize("line", range(2, LINES_OF_A_RUN + 1))
def test_killed_at_any_line_of_its_journal_a_run_resumes(project: Project, line: int) -> None:
    assert project.die(line, "run", "spec.yaml")
    [run] = project.runs
    assert_whole(project, run, resume_to_its_end(project, run))


def test_killed_again_and_again_it_still_comes_to_its_end(project: Project) -> None:
    project.die(12, "run", "spec.yaml")
    [run] = project.runs
    for line in (3, 6, 5, 4, 3, 2):
        project.die(line, "resume", str(run.path))
    assert_whole(project, run, resume_to_its_end(project, run))


@pytest.mark.parametrize("seconds", [0.0, 0.4, 0.9])
def test_killed_while_it_awaits_the_command_line_resumes_the_latest_run(project: Project, seconds: float) -> None:
    with project.start("run", "spec.yaml", "--display", "json") as process:
        assert process.stdout is not None
        for line in process.stdout:
            if '"await"' in line and "started" in line:
                break
        SystemClock().sleep(seconds)
        process.kill()
    resumed = project.run("resume", "latest")
    assert resumed.code == 0, resumed.err
    [run] = project.runs
    assert_whole(project, run, artefact(run))


def test_killed_between_its_last_line_and_the_artefact_a_run_gets_it_from_resume(project: Project) -> None:
    assert project.run("run", "spec.yaml").code == 0
    [run] = project.runs
    whole = run.artefact.read_bytes()
    run.artefact.unlink()
    assert project.run("resume", "latest").code == 0
    assert run.artefact.read_bytes() == whole


def test_a_run_that_was_killed_before_its_first_line_never_was(project: Project) -> None:
    assert project.die(1, "run", "spec.yaml")
    assert project.runs == []
