"""A run is found by path, batch_uuid, prefix or `latest`."""

from __future__ import annotations

from pathlib import Path

import pytest

from eng5_pipeline.errors import UsageError
from eng5_pipeline.run_folder import find_run, runs_in

OLD = "0a000000-0000-4000-8000-000000000001"
NEW = "0b000000-0000-4000-8000-000000000002"


@pytest.fixture
def output(tmp_path: Path) -> Path:
    folder = tmp_path / "project" / "artefacts"
    for name, at in ((NEW, "2026-11-22T10:00:00Z"), (OLD, "2026-11-22T09:00:00Z")):
        (folder / name).mkdir(parents=True)
        (folder / name / "journal.jsonl").write_text(f'{{"n":1,"at":"{at}","kind":"opened"}}\n')
    (folder / "register-anchors-20261122T110000Z").mkdir()
    (folder / "register-anchors-20261122T110000Z" / "journal.jsonl").write_text("")
    return folder


def test_runs_are_listed_oldest_first_and_registrations_are_none(output: Path) -> None:
    assert [run.path.name for run in runs_in(output)] == [OLD, NEW]


@pytest.mark.parametrize("name", [NEW, "0b", "latest", "0B000000"])
def test_a_run_is_found_by_name_in_its_output_folder(output: Path, name: str) -> None:
    assert find_run(name, output, Path("/nowhere")).path == output / NEW


@pytest.mark.parametrize("levels", [0, 1, 2])
def test_a_run_is_found_from_a_folder_above(output: Path, levels: int) -> None:
    here = [output, output.parent, output.parent.parent][levels]
    assert find_run("latest", None, here).path == output / NEW


def test_a_path_is_taken_as_it_is(output: Path) -> None:
    assert find_run(str(output / OLD), None, Path("/nowhere")).path == output / OLD


def test_an_ambiguous_prefix_is_refused_with_the_list(output: Path) -> None:
    with pytest.raises(UsageError, match=f"{OLD}.*{NEW}"):
        find_run("0", output, output)


def test_copies_of_one_run_can_be_told_apart_by_their_paths(output: Path) -> None:
    copy = output.parent / "copies" / OLD
    copy.mkdir(parents=True)
    (copy / "journal.jsonl").write_bytes((output / OLD / "journal.jsonl").read_bytes())
    with pytest.raises(UsageError) as ambiguous:
        find_run(OLD, None, output.parent)
    assert ambiguous.value.hint == "type the path of one, or more of the batch_uuid"
    assert find_run(str(copy), None, output.parent).path == copy


def test_a_run_that_is_not_there_is_refused(output: Path) -> None:
    with pytest.raises(UsageError, match="no run ffff"):
        find_run("ffff", output, output)
