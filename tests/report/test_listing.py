from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from eng5_pipeline.report.listing import list_runs, show_run
from eng5_pipeline.run_folder import RunFolder
from tests.support import run_ends
from tests.support.run_folders import Run


def state(run: Run) -> str:
    [line] = list_runs([run.folder])
    return line.state


def test_a_run_in_a_list_has_its_label_and_counts(tmp_path: Path) -> None:
    [line] = list_runs([run_ends.completed(tmp_path).folder])
    assert (line.label, line.students, line.comparisons) == ("role-models-baseline", 3, 8)
    assert line.state == "Completed"


def test_a_run_without_an_end_was_killed_or_goes_on(tmp_path: Path) -> None:
    assert state(run_ends.killed_while_waiting(tmp_path)) == "No end recorded: killed, or still running"


def test_what_is_partial_says_whether_resume_can_help(tmp_path: Path) -> None:
    assert state(run_ends.timed_out(tmp_path)) == "Partial: resume can go on with it"
    assert state(run_ends.partial_and_final(tmp_path)) == "Partial: nothing more can come"


def test_a_completed_batch_whose_extraction_failed_says_both(tmp_path: Path) -> None:
    assert state(run_ends.extraction_failed(tmp_path)) == "Completed; its extraction did not"


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (run_ends.failed_early, "Failed: CJ reported so"),
        (run_ends.published, "Published and not awaited"),
        (run_ends.refused_by_preflight, "Refused before anything was published"),
        (run_ends.interrupted, "Interrupted by the user"),
        (run_ends.stopped_by_a_bug, "Stopped by an error"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_every_other_end_is_said_in_words(end: Callable[[Path], Run], said: str, tmp_path: Path) -> None:
    assert state(end(tmp_path)) == said


def test_a_damaged_run_does_not_hide_the_others(tmp_path: Path) -> None:
    damaged, good = Run(tmp_path), run_ends.completed_without_grades(tmp_path)
    damaged.folder.journal.write_bytes(b"nonsense\n")
    first, second = list_runs([damaged.folder, good.folder])
    assert (first.state, second.state) == ("Damaged", "Completed")
    assert first.damage is not None
    assert "journal.jsonl:1" in first.damage


def test_a_run_is_shown_with_its_ranking(tmp_path: Path) -> None:
    view = show_run(RunFolder(run_ends.completed(tmp_path).folder.path))
    students = [(essay.name, essay.grade) for essay in view.ranking if not essay.is_anchor]
    assert students == [
        ("essays/students/Lars.docx", "A"),
        ("essays/students/Åsa.docx", "A"),
        ("essays/students/Örjan.txt", "E-"),
    ]
    assert [essay.rank for essay in view.ranking] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert view.ranking[2].name == "anchor 12"
