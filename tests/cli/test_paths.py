"""Paths as they are typed: an empty one is none, and who may not read one is told so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.fakes import FakeSessions, spec_in, tell
from tests.support.permissions import permissions_count


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["run", "a.yaml", "--output-dir", ""], "'--output-dir'"),
        (["runs", "--output-dir", " "], "'--output-dir'"),
        (["validate", ""], "'SPEC...'"),
        (["init", ""], "'[DIR]'"),
    ],
)
def test_an_empty_path_does_not_stand_for_the_current_folder(words: list[str], name: str, tmp_path: Path) -> None:
    spec_in(tmp_path)
    told = tell(FakeSessions(tmp_path), *words)
    assert told.code == 2
    assert told.err.startswith(f"error[usage]: Invalid value for {name}: the path is empty\n")
    assert [path.name for path in tmp_path.iterdir()] == ["a.yaml"]


@pytest.mark.parametrize("command", ["run", "lock", "doctor"])
def test_a_spec_that_may_not_be_read_is_this_machines_failure(command: str, tmp_path: Path) -> None:
    spec = spec_in(tmp_path)
    spec.chmod(0)
    with permissions_count():
        told = tell(FakeSessions(tmp_path), command, str(spec))
    assert told.code == 9
    assert told.err.startswith(f"error[spec-unreadable]: {spec}: no permission to read it\n")


def test_validate_tells_a_spec_that_may_not_be_read_beside_the_others(tmp_path: Path) -> None:
    spec = spec_in(tmp_path)
    spec.chmod(0)
    with permissions_count():
        told = tell(FakeSessions(tmp_path), "validate", str(spec))
    assert (told.code, told.err.splitlines()[0]) == (9, "error[spec-unreadable]: 1 mistake in 1 spec")
    assert told.out.startswith(f"{spec}:1:1: {spec}: no permission to read it\n")
