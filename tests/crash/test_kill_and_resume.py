"""Killed, a run of the command line goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from eng5_pipeline.contracts.topics import COMPARISON, REQUEST
from eng5_pipeline.embedded import Embedded
from tests.support.kafka_talk import Listener, consumer, on
from tests.support.project import Project, artefact, stack

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with stack(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture
def project(tmp_path: Path, embedded: Embedded) -> Project:
    return Project(tmp_path / "project", embedded)


def records(stack: Embedded, topic: str) -> list[bytes]:
    """Everything on the topic."""
    with consumer(stack.variables["KAFKA_BOOTSTRAP_SERVERS"]) as reader:
        listener = Listener(reader, [topic])
        number = sum(reader.end_offsets(listener.partitions).values())
        return [heard.value for heard in listener.until(on(topic, number))]


def test_killed_while_it_awaits_a_run_is_resumed_as_the_latest(project: Project, embedded: Embedded) -> None:
    with project.start("run", "spec.yaml", "--display", "json") as process:
        assert process.stdout is not None
        for line in process.stdout:
            if '"await"' in line and "started" in line:
                break
        process.kill()
    resumed = project.run("resume", "latest")
    assert resumed.code == 0, resumed.err
    [run] = project.runs
    assert records(embedded, REQUEST) == [run.request.read_bytes()]
    judged = [json.loads(value)["data"]["request_id"] for value in records(embedded, COMPARISON)]
    kept = [comparison["request_id"] for comparison in artefact(run)["llm_comparisons"]]
    assert (artefact(run)["status"], len(kept), sorted(kept)) == ("completed", 8, sorted(set(judged)))
