"""docs/how-to/analyse-in-a-notebook.md: its cells run one after another and come to what they say."""

from __future__ import annotations

from typing import Any

import pytest

from tests.docs import markdown
from tests.support.judged_run import begun_run, completed_run, simulated

PAGE = "how-to/analyse-in-a-notebook.md"


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the cells leave behind, run beside an `artefacts` folder."""
    place = tmp_path_factory.mktemp("notebook")
    run = begun_run(place / "artefacts")
    completed_run(run, simulated(run, 60, seed=1), models=lambda number: ("claude", "gpt")[number % 2])
    left: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        for cell in markdown.blocks(PAGE, "python"):
            exec(cell, left)
    return left


def test_another_fit_of_the_same_comparisons_gives_the_same_thetas(cells: dict[str, Any]) -> None:
    assert cells["farthest"] < 1e-6


def test_intervals_and_open_calls_belong_together(cells: dict[str, Any]) -> None:
    students = cells["students"].set_index("essay_id")
    assert set(cells["open_calls"]) <= set(students.index)
    assert (students.low < students.theta).all()


def test_every_run_of_the_folder_is_there(cells: dict[str, Any]) -> None:
    assert [loaded.label for loaded in cells["runs"]] == ["role-models-baseline"]
    assert len(cells["of_all"]) == len(cells["essays"])


def test_comparisons_are_told_by_model(cells: dict[str, Any]) -> None:
    assert cells["by_model"].size().to_dict() == {"claude": 30, "gpt": 30}
