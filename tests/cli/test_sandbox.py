"""`sandbox`: what it is given, and what a mistake in a file comes to."""

from __future__ import annotations

from pathlib import Path

import pytest

from eng5_pipeline.cli.real import real_sessions
from eng5_pipeline.errors import UsageError
from tests.cli.fakes import FakeSessions, tell


def test_seed_and_options_reach_the_stack(tmp_path: Path) -> None:
    sessions = FakeSessions(tmp_path, stack_stands=False)
    tell(sessions, "sandbox", "here", "--seed", "seed.yaml", "--options", "stack.yaml")
    _, output, given = sessions.asked[0]
    assert output == str(tmp_path / "here")
    assert given == {"--seed": Path("seed.yaml"), "--options": Path("stack.yaml")}


def test_a_mistake_in_its_options_is_told_before_anything_starts(tmp_path: Path) -> None:
    file = tmp_path / "stack.yaml"
    file.write_text("feed: {late: 5}")
    with (
        pytest.raises(UsageError, match=r"stack\.yaml: feed\.late"),
        real_sessions().on_sandbox(tmp_path, options=file),
    ):
        raise AssertionError("it started")
    assert list(tmp_path.iterdir()) == [file]
