"""A resume that could not go on: what it says and what it leaves."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from eng5_pipeline.cli.real import RealSessions
from eng5_pipeline.wiring.world import real_world
from tests.cli.fakes import Told, tell
from tests.support.run_folders import Run, published_run


@pytest.fixture
def interrupted(tmp_path: Path) -> Run:
    run = published_run(tmp_path / "artefacts", "02").started("await")
    run.stopped("await", "interrupted", "stopped on request", 130).ended("interrupted", 130, final=False)
    run.put_artefact()
    return run


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address that is taken and where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture
def told(interrupted: Run, nobody: str, tmp_path: Path) -> Told:
    environment = {"KAFKA_BOOTSTRAP_SERVERS": nobody}
    return tell(RealSessions(replace(real_world(), environment=environment, here=tmp_path)), "resume", "latest")


def test_it_tells_the_recorded_status_and_its_own_exit_code(told: Told) -> None:
    assert told.code == 4
    assert "error[kafka-refused]" in told.err
    assert "status    Interrupted by the user (exit code 130); this attempt: exit code 4\n" in told.out


def test_the_artefact_keeps_the_end_and_tells_where_the_last_attempt_stopped(told: Told, interrupted: Run) -> None:
    artefact = json.loads(interrupted.folder.artefact.read_bytes())
    assert (artefact["status"], artefact["exit_code"]) == ("interrupted", 130)
    assert [each["reference"] for each in artefact["stages"] if each["state"] == "stopped"] == ["kafka-refused"]
