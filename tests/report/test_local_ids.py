"""A person knows essays by file: wherever the artefact names one by its id, the local id stands beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.docs import markdown
from tests.support.judged_run import STUDENTS, Shown, begun_run, completed_run, essays_of
from tests.support.run_folders import comparison

ALONE = {
    "llm_comparisons.winner_id",
    "llm_comparisons.loser_id",
    "diagnostics.anchor_agreement.inversions.lower",
    "diagnostics.anchor_agreement.inversions.higher",
    "diagnostics.anchor_agreement.without_win",
    "diagnostics.anchor_agreement.unknown",
}
STRANGER = "ANCHOR_99_00000099"


@pytest.fixture
def told(tmp_path: Path) -> Any:
    """Of a batch with an inversion, with an anchor that never won and one that was never registered."""
    run = begun_run(tmp_path)
    best, worst, (ada, ben, eve, *_) = "ANCHOR_1_00000001", "ANCHOR_5_00000005", essays_of(run)
    shown: list[Shown] = [(worst, best, "Essay A"), (best, ada, "Essay A"), (ada, worst, "Essay A")]
    shown += [(ada, "ANCHOR_2_00000002", "Essay A"), (ada, ben, "Essay A"), (eve, ben, "Essay A")]
    run.kept([comparison(run, 90, (ada, STRANGER), winner="Essay A")])
    return json.loads(completed_run(run, shown).put_artefact().read_bytes())


def places(value: Any, where: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Every text with its path, without the numbers of lists, and with the object that it stands in."""
    if isinstance(value, dict):
        for name, part in value.items():
            path = f"{where}.{name}".lstrip(".")
            yield from ((path, part, value),) if isinstance(part, str) else places(part, path)
    elif isinstance(value, list):
        for part in value:
            yield from ((where, part, {}),) if isinstance(part, str) else places(part, where)


def is_beside(path: str, holder: dict[str, Any]) -> bool:
    """`essay_id` has `local_id`, `essay_a_id` has `essay_a_local_id`."""
    name = path.rpartition(".")[2]
    return {"essay_id": "local_id"}.get(name, name.replace("_id", "_local_id")) in holder.keys() - {name}


def test_every_essay_id_has_the_local_id_beside_it_but_for_those_that_are_listed(told: Any) -> None:
    essays = {count["essay_id"] for count in told["diagnostics"]["comparisons_per_essay"]}
    found = {path for path, text, holder in places(told) if text in essays and not is_beside(path, holder)}
    assert found == ALONE


def test_essays_that_never_won_or_lost_are_named_by_file(told: Any) -> None:
    found = told["diagnostics"]["connectedness"]
    assert STUDENTS[1] in [essay["local_id"] for essay in found["never_won"]]
    assert [essay["local_id"] for essay in found["never_lost"]] == [STUDENTS[2]]


def test_winner_and_loser_are_those_compared_whose_local_ids_stand_in_the_same_record(told: Any) -> None:
    for one in told["llm_comparisons"]:
        assert {one["winner_id"], one["loser_id"]} == {one["essay_a_id"], one["essay_b_id"]}


def test_the_ids_that_stand_alone_are_listed_with_their_reason() -> None:
    [listed] = [
        part for part in markdown.read("reference/artefact.md").split("\n## ") if part.startswith("Whose essay")
    ]
    assert {path.rpartition(".")[2] for path in ALONE} <= set(markdown.names(listed))
