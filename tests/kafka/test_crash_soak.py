"""Killed at every journal line and at 200 moments on Apache Kafka; `pytest -m soak`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from eng5_pipeline.embedded import Embedded
from eng5_pipeline.sandbox import SandboxOptions
from eng5_pipeline.sandbox.batch.feed_settings import FeedSettings
from tests.kafka.platforms import Apache
from tests.kafka.services import create_batch_topics, services_on
from tests.support.disturbed import Trial
from tests.support.recorded import Feeder, recorded_platform

pytestmark = [pytest.mark.kafka, pytest.mark.soak]

LINES_OF_A_RUN = 18
MOMENTS = [Random(number).uniform(0.3, 2.2) for number in range(200)]


@pytest.fixture(scope="module")
def platform(own: Apache, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Embedded, Feeder]]:
    create_batch_topics(own)
    options = SandboxOptions(feed=FeedSettings(silent=True))
    folder = tmp_path_factory.mktemp("services")
    with (
        services_on(own.bus.settings.bootstrap, folder, options) as services,
        recorded_platform(services) as playing,
    ):
        yield playing


@pytest.fixture(scope="module")
def undisturbed(platform: tuple[Embedded, Feeder], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return Trial(tmp_path_factory.mktemp("undisturbed"), *platform).undisturbed()


@pytest.mark.parametrize("line", range(1, LINES_OF_A_RUN + 1))
def test_killed_at_every_line_of_its_journal(
    tmp_path: Path, platform: tuple[Embedded, Feeder], undisturbed: dict[str, Any], line: int
) -> None:
    assert Trial(tmp_path, *platform).killed_at_line(line) == undisturbed


@pytest.mark.parametrize("seconds", MOMENTS)
def test_killed_at_any_moment(
    tmp_path: Path, platform: tuple[Embedded, Feeder], undisturbed: dict[str, Any], seconds: float
) -> None:
    assert Trial(tmp_path, *platform).killed_after(seconds) == undisturbed
