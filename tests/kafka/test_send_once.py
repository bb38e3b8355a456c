"""A send that is given up in a live process, and what resume makes of it: one request, whatever became of its bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from eng5_pipeline.adapters.clock import SystemClock
from eng5_pipeline.adapters.patience import Patience
from eng5_pipeline.embedded import Embedded
from eng5_pipeline.opening import resume_session, run_session
from eng5_pipeline.run_folder import RunFolder
from tests.kafka.apache import ApacheKafka
from tests.kafka.detour import Detour, Fate, detour
from tests.kafka.platforms import Apache
from tests.kafka.services import create_batch_topics, requests_of, services_on
from tests.support.observers import Remembering
from tests.support.project import Project, artefact

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

QUICK = Patience(delivery_seconds=2)


@pytest.fixture(scope="module")
def working(own: Apache, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    create_batch_topics(own)
    with services_on(own.bus.settings.bootstrap, tmp_path_factory.mktemp("services")) as running:
        yield running


@pytest.fixture
def project(tmp_path: Path, working: Embedded) -> Project:
    return Project(tmp_path / "project", working)


class Delivering(SystemClock):
    """Between two looks of resume the bytes arrive that were on their way for so long."""

    def __init__(self, way: Detour) -> None:
        self._way = way

    def sleep(self, seconds: float) -> None:
        self._way.deliver()
        super().sleep(seconds)


def given_up(project: Project, way: Detour, batch_uuid: UUID) -> RunFolder:
    """A run that does not hear of its request, and is told what to do."""
    variables = {**project.stack.world.environment, "KAFKA_BOOTSTRAP_SERVERS": way.bootstrap}
    world = replace(project.stack.world, environment=variables, here=project.folder, patience=QUICK)
    with run_session(Path("spec.yaml"), {}, replace(world, new_uuid=lambda: batch_uuid)) as session:
        outcome = session.execute(Remembering(), lambda: False)
    assert (outcome.exit_code, outcome.error and outcome.error.reference) == (4, "publish-unknown")
    return project.runs[0]


def resumed(project: Project, run: RunFolder, clock: SystemClock) -> str:
    """How the request came to be on the topic."""
    with resume_session(run, {}, replace(project.stack.world, clock=clock)) as session:
        assert session.execute(Remembering(), lambda: False).exit_code == 0
    how: str = artefact(run)["provenance"]["request"]["how"]
    return how


@pytest.mark.parametrize(("fate", "how"), [("passes", "found"), ("is lost", "acknowledged")])
def test_a_send_that_times_out_is_one_request_in_the_end(
    own_kafka: ApacheKafka, own: Apache, project: Project, fate: Fate, how: str
) -> None:
    batch_uuid = uuid4()
    with detour(own_kafka, last_word=str(batch_uuid).encode(), fate=fate) as way:
        run = given_up(project, way, batch_uuid)
        assert len(requests_of(own, str(batch_uuid))) == (fate == "passes")
        assert resumed(project, run, SystemClock()) == how
    assert len(requests_of(own, str(batch_uuid))) == 1


def test_bytes_that_land_after_resume_first_looked_are_one_request_in_the_end(
    own_kafka: ApacheKafka, own: Apache, project: Project
) -> None:
    batch_uuid = uuid4()
    with detour(own_kafka, last_word=str(batch_uuid).encode(), fate="is lost") as way:
        run = given_up(project, way, batch_uuid)
        assert resumed(project, run, Delivering(way)) == "found"
    assert len(requests_of(own, str(batch_uuid))) == 1
