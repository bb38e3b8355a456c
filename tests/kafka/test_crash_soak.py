"""Killed at every journal line and at 200 moments on Apache Kafka; `pytest -m soak`.

And again with a broker that is stopped and started while the batch goes on, and by way of connections that are cut.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from eng5_pipeline.sandbox import SandboxOptions
from eng5_pipeline.sandbox.batch.feed_settings import FeedSettings
from tests.kafka.apache import ApacheKafka, running
from tests.kafka.detour import Detour, detour
from tests.kafka.jars import Unavailable
from tests.kafka.platforms import apache
from tests.kafka.services import create_batch_topics, services_on
from tests.support.disturbed import LINES_OF_A_RUN, Trials, Undisturbed, by_way_of, trials_on

pytestmark = [pytest.mark.kafka, pytest.mark.soak]

LINES = range(1, LINES_OF_A_RUN + 1)
MOMENTS = [Random(number).uniform(0.0, 1.05) for number in range(200)]  # of the time that an undisturbed run takes
CUTS, RESTARTS = 100, 40  # these take longer: a broker is some seconds away
CUT_EVERY_SECONDS = 0.3
PATIENCE_SECONDS = 60


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApacheKafka]:
    """Nobody else's: it is stopped and started."""
    try:
        with running(tmp_path_factory.mktemp("kafka")) as broker:
            yield broker
    except Unavailable as why:
        pytest.fail(f"no Apache Kafka: {why}")


@pytest.fixture(scope="module")
def calm(kafka: ApacheKafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trials]:
    with apache(kafka.bootstrap) as platform:
        create_batch_topics(platform)
    options = SandboxOptions(feed=FeedSettings(silent=True))
    with services_on(kafka.bootstrap, tmp_path_factory.mktemp("services"), options) as stack, trials_on(stack) as made:
        yield made


@pytest.fixture(scope="module")
def restarted(calm: Trials, kafka: ApacheKafka) -> Trials:
    def restart() -> None:
        kafka.stop()
        kafka.start()

    return replace(calm, interlude=restart, patience_seconds=PATIENCE_SECONDS)


@pytest.fixture(scope="module")
def undisturbed(calm: Trials, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    return calm.undisturbed(tmp_path_factory.mktemp("undisturbed"))


@pytest.fixture(scope="module")
def way(kafka: ApacheKafka) -> Iterator[Detour]:
    with detour(kafka) as made:
        yield made


@pytest.fixture(scope="module")
def uncut(way: Detour, calm: Trials, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """The artefact names the address of the broker."""
    return by_way_of(way.bootstrap, calm).undisturbed(tmp_path_factory.mktemp("uncut"))


@pytest.fixture(scope="module")
def cut(way: Detour, calm: Trials, uncut: Undisturbed) -> Trials:
    way.cut_every(CUT_EVERY_SECONDS)
    return replace(by_way_of(way.bootstrap, calm), patience_seconds=PATIENCE_SECONDS)


@pytest.mark.parametrize("line", LINES)
def test_killed_at_every_line_of_its_journal(tmp_path: Path, calm: Trials, undisturbed: Undisturbed, line: int) -> None:
    assert calm.killed_at_line(tmp_path, line) == undisturbed.artefact


@pytest.mark.parametrize("part", MOMENTS)
def test_killed_at_any_moment(tmp_path: Path, calm: Trials, undisturbed: Undisturbed, part: float) -> None:
    assert calm.killed_after(tmp_path, part * undisturbed.seconds) == undisturbed.artefact


@pytest.mark.parametrize("line", LINES)
def test_killed_at_every_line_while_connections_are_cut(
    tmp_path: Path, cut: Trials, uncut: Undisturbed, line: int
) -> None:
    assert cut.killed_at_line(tmp_path, line) == uncut.artefact


@pytest.mark.parametrize("part", MOMENTS[:CUTS])
def test_killed_at_any_moment_while_connections_are_cut(
    tmp_path: Path, cut: Trials, uncut: Undisturbed, part: float
) -> None:
    assert cut.killed_after(tmp_path, part * uncut.seconds) == uncut.artefact


@pytest.mark.parametrize("line", LINES)
def test_killed_at_every_line_with_a_broker_that_is_restarted(
    tmp_path: Path, restarted: Trials, undisturbed: Undisturbed, line: int
) -> None:
    assert restarted.killed_at_line(tmp_path, line) == undisturbed.artefact


@pytest.mark.parametrize("part", MOMENTS[:RESTARTS])
def test_killed_at_any_moment_with_a_broker_that_is_restarted(
    tmp_path: Path, restarted: Trials, undisturbed: Undisturbed, part: float
) -> None:
    assert restarted.killed_after(tmp_path, part * undisturbed.seconds) == undisturbed.artefact
