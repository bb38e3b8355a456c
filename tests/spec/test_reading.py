"""Paths of a spec begin where one stands, and end where the spec says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from eng5_pipeline.errors import SpecInvalid, UsageError
from eng5_pipeline.spec.reading import read_spec
from tests.support.run_specs import MINIMAL


@dataclass(frozen=True)
class Around:
    here: Path
    environment: Mapping[str, str] = field(default_factory=dict)


@pytest.fixture
def around(tmp_path: Path) -> Around:
    """A place that is not the process's working folder, with runspecs/a.yaml in it."""
    (tmp_path / "runspecs").mkdir()
    (tmp_path / "runspecs" / "a.yaml").write_text(MINIMAL, encoding="utf-8")
    return Around(tmp_path)


def test_a_spec_is_looked_for_from_where_one_stands_and_named_as_typed(around: Around) -> None:
    read = read_spec(Path("runspecs/a.yaml"), {}, around)
    assert str(read.path) == "runspecs/a.yaml"
    assert read.loaded.file == around.here / "runspecs" / "a.yaml"


@pytest.mark.parametrize(
    ("line", "expected"),
    [("", "runspecs/artefacts"), ("output: ../runs\n", "runs"), ("output: /mnt/runs\n", "/mnt/runs")],
)
def test_the_folder_of_runs_is_beside_the_spec_or_where_it_says(around: Around, line: str, expected: str) -> None:
    (around.here / "runspecs" / "a.yaml").write_text(MINIMAL + line, encoding="utf-8")
    assert read_spec(Path("runspecs/a.yaml"), {}, around).output == around.here / expected


def test_an_option_names_the_folder_of_runs_from_where_one_stands(around: Around) -> None:
    read = read_spec(Path("runspecs/a.yaml"), {"--output-dir": Path("runs")}, around)
    assert read.output == around.here / "runs"


def test_mistakes_name_the_file_as_typed(around: Around) -> None:
    (around.here / "runspecs" / "a.yaml").write_text("spec: 1\n", encoding="utf-8")
    with pytest.raises(SpecInvalid) as caught:
        read_spec(Path("runspecs/a.yaml"), {}, around)
    assert {problem.file for problem in caught.value.problems} == {"runspecs/a.yaml"}


def test_a_folder_is_answered_with_a_spec_in_it(around: Around) -> None:
    with pytest.raises(UsageError) as caught:
        read_spec(Path("runspecs"), {}, around)
    assert caught.value.hint.endswith("eng5-pipeline validate runspecs/a.yaml")
