"""Whole batches on Apache Kafka, by the command line: their exit codes, and what is on the topic and on the disk."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from eng5_pipeline.adapters.clock import SystemClock
from eng5_pipeline.contracts import topics
from eng5_pipeline.embedded import Embedded
from eng5_pipeline.opening import resume_session, run_session
from eng5_pipeline.sandbox import SandboxOptions
from eng5_pipeline.sandbox.batch.feed_settings import FeedSettings
from eng5_pipeline.sandbox.batch.judge import JudgeSettings
from tests.kafka.platforms import Apache, until
from tests.kafka.platforms import Embedded as EmbeddedBroker
from tests.kafka.services import create_batch_topics, requests_of, services_on
from tests.support.dying import Mortals
from tests.support.observers import Remembering
from tests.support.project import Project, artefact

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


@pytest.fixture(scope="module")
def platform(own: Apache) -> Apache:
    create_batch_topics(own)
    return own


@pytest.fixture(scope="module")
def working(platform: Apache, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with services_on(platform.bus.settings.bootstrap, tmp_path_factory.mktemp("services")) as running:
        yield running


@pytest.fixture(scope="module")
def silent(platform: Apache, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """CJ works and nobody hears of it."""
    options = SandboxOptions(feed=FeedSettings(silent=True))
    with services_on(platform.bus.settings.bootstrap, tmp_path_factory.mktemp("silent"), options) as running:
        yield running


@pytest.fixture
def project(tmp_path: Path, working: Embedded) -> Project:
    return Project(tmp_path / "project", working)


def test_a_batch_completes_with_every_comparison_and_one_request(
    project: Project, platform: Apache, command_line: Mortals
) -> None:
    assert command_line.run(project, "run", "spec.yaml").code == 0
    [run] = project.runs
    written = artefact(run)
    assert (written["status"], len(written["llm_comparisons"]), written["gaps"]) == ("completed", 8, [])
    [request] = requests_of(platform, run.path.name)
    assert request.value == run.request.read_bytes()
    event_id = json.loads(request.value or b"")["event_id"]
    assert request.headers == (("event_id", event_id.encode()), ("event_type", topics.REQUEST.encode()))


def test_a_run_that_does_not_wait_is_published_and_resume_collects_it(project: Project, command_line: Mortals) -> None:
    assert command_line.run(project, "run", "spec.yaml", "--no-await-completion").code == 0
    [run] = project.runs
    assert artefact(run)["status"] == "published"
    assert command_line.run(project, "resume", "latest").code == 0
    assert (artefact(run)["status"], len(artefact(run)["llm_comparisons"])) == ("completed", 8)


def test_a_run_that_hears_nothing_is_partial_and_can_be_resumed(
    silent: Embedded, tmp_path: Path, command_line: Mortals
) -> None:
    project = Project(tmp_path / "project", silent)
    ran = command_line.run(project, "run", "spec.yaml", "--completion-timeout", "1s")
    assert ran.code == 6
    assert "eng5-pipeline resume" in ran.err
    [run] = project.runs
    assert (artefact(run)["status"], artefact(run)["final"]) == ("partial", False)


def test_an_interrupted_run_is_resumed(silent: Embedded, tmp_path: Path, command_line: Mortals) -> None:
    project = Project(tmp_path / "project", silent)
    process = project.start("run", "spec.yaml")
    until(lambda: bool(project.runs) and project.runs[0].events.exists())
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 130
    assert artefact(project.runs[0])["status"] == "interrupted"
    assert command_line.run(project, "resume", "latest", "--completion-timeout", "1s").code == 6


def test_a_bug_right_after_the_send_has_its_own_code_and_resume_finds_the_one_request(
    project: Project, platform: Apache
) -> None:
    class Broken(SystemClock):
        def monotonic(self) -> float:
            if any(run.request.exists() for run in project.runs):
                raise ZeroDivisionError
            return super().monotonic()

    world = replace(project.stack.world, clock=Broken(), here=project.folder)
    with run_session(Path("spec.yaml"), {}, world) as session:
        outcome = session.execute(Remembering(), lambda: False)
    assert (outcome.exit_code, type(outcome.bug)) == (1, ZeroDivisionError)
    [run] = project.runs
    with resume_session(run, {}, project.stack.world) as session:
        assert session.execute(Remembering(), lambda: False).exit_code == 0
    assert len(requests_of(platform, run.path.name)) == 1


def test_a_word_on_an_outcome_that_can_be_known_is_refused_and_changes_nothing(
    project: Project, command_line: Mortals
) -> None:
    assert command_line.run(project, "run", "spec.yaml", "--no-await-completion").code == 0
    ran = command_line.run(project, "resume", "latest", "--publish-again")
    assert ran.code == 2
    assert "error[choice-not-needed]" in ran.err
    assert artefact(project.runs[0])["status"] == "published"


def test_a_batch_that_cj_reports_failed_is_failed(platform: Apache, tmp_path: Path, command_line: Mortals) -> None:
    options = SandboxOptions(judge=JudgeSettings(error_rate=1.0))
    with services_on(platform.bus.settings.bootstrap, tmp_path, options) as failing:
        project = Project(tmp_path / "project", failing)
        assert command_line.run(project, "run", "spec.yaml").code == 5
    written = artefact(project.runs[0])
    assert (written["status"], written["final"]) == ("failed", True)


def test_a_broker_that_is_down_is_refused_before_anything_is_uploaded(project: Project, command_line: Mortals) -> None:
    ran = command_line.run(project, "run", "spec.yaml", "--kafka-bootstrap", "127.0.0.1:1")
    assert ran.code == 3
    assert "error[kafka-refused]" in ran.err
    assert "nothing was uploaded or published" in ran.err


def test_a_broker_that_is_down_when_a_published_run_is_resumed_is_a_service_that_failed(
    project: Project, command_line: Mortals
) -> None:
    assert command_line.run(project, "run", "spec.yaml", "--no-await-completion").code == 0
    away = {**project.stack.variables, "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}
    ran = command_line.run(Project(project.folder, replace(project.stack, variables=away)), "resume", "latest")
    assert ran.code == 4
    assert artefact(project.runs[0])["status"] == "published"


def test_another_cluster_is_refused_on_resume(
    project: Project, embedded_broker: EmbeddedBroker, command_line: Mortals
) -> None:
    assert command_line.run(project, "run", "spec.yaml", "--no-await-completion").code == 0
    other = {"KAFKA_BOOTSTRAP_SERVERS": embedded_broker.bus.settings.bootstrap, "KAFKA_API_VERSION": "2.3"}
    elsewhere = replace(project.stack, variables={**project.stack.variables, **other})
    ran = command_line.run(Project(project.folder, elsewhere), "resume", "latest")
    assert ran.code == 8
    assert "error[other-kafka-cluster]" in ran.err


def test_an_extraction_that_fails_has_its_own_code_and_the_batch_stays_completed(
    working: Embedded, tmp_path: Path, command_line: Mortals
) -> None:
    changes = {"flags.auto_extract_eng5_db": True, "extraction.command": ["false", "{job_id}"]}
    project = Project(tmp_path / "project", working, changes)
    assert command_line.run(project, "run", "spec.yaml").code == 7
    assert artefact(project.runs[0])["status"] == "completed"


def test_a_second_process_on_a_run_is_told_who_holds_it(
    silent: Embedded, tmp_path: Path, command_line: Mortals
) -> None:
    project = Project(tmp_path / "project", silent)
    process = project.start("run", "spec.yaml")
    until(lambda: bool(project.runs) and project.runs[0].events.exists())
    second = command_line.run(project, "resume", "latest")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert second.code == 9
    assert str(process.pid) in second.err
