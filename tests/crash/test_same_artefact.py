"""A run that was killed and resumed leaves the artefact of one that was not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from eng5_pipeline.embedded import Embedded
from eng5_pipeline.sandbox import SandboxOptions
from eng5_pipeline.sandbox.batch.feed_settings import FeedSettings
from tests.support.disturbed import Trial
from tests.support.project import stack
from tests.support.recorded import Feeder, recorded_platform


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Embedded, Feeder]]:
    options = SandboxOptions(feed=FeedSettings(silent=True))
    with (
        stack(tmp_path_factory.mktemp("stack"), options) as embedded,
        recorded_platform(embedded) as playing,
    ):
        yield playing


@pytest.fixture(scope="module")
def undisturbed(platform: tuple[Embedded, Feeder], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return Trial(tmp_path_factory.mktemp("undisturbed"), *platform).undisturbed()


@pytest.mark.parametrize("line", [6, 13, 16])
def test_killed_at_a_line_of_its_journal(
    tmp_path: Path, platform: tuple[Embedded, Feeder], undisturbed: dict[str, Any], line: int
) -> None:
    assert Trial(tmp_path, *platform).killed_at_line(line) == undisturbed


@pytest.mark.parametrize("seconds", [1.1, 1.4])
def test_killed_at_some_moment(
    tmp_path: Path, platform: tuple[Embedded, Feeder], undisturbed: dict[str, Any], seconds: float
) -> None:
    assert Trial(tmp_path, *platform).killed_after(seconds) == undisturbed
