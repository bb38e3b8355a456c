from __future__ import annotations

from math import hypot
from pathlib import Path
from uuid import UUID

import pytest

from eng5_pipeline.report.account import Account, read_account
from eng5_pipeline.report.between_runs import between_runs
from tests.support.judged_run import STUDENTS, begun_run, completed_run, simulated
from tests.support.run_folders import BATCH, digest

OTHER = UUID("11111111-2222-4333-8444-555555555555")


def account(path: Path, batch: UUID = BATCH, students: tuple[str, ...] = STUDENTS, seed: int = 1) -> Account:
    run = begun_run(path, students, batch)
    return read_account(completed_run(run, simulated(run, 80, seed)).folder)


def test_the_same_outcome_is_no_difference(tmp_path: Path) -> None:
    found = between_runs(account(tmp_path), account(tmp_path, OTHER))
    assert found.is_empty
    assert found.joined == 11


def test_a_difference_of_theta_has_the_errors_of_both(tmp_path: Path) -> None:
    one, other = account(tmp_path), account(tmp_path, OTHER, seed=2)
    change = next(change for change in between_runs(one, other).changes if change.name == STUDENTS[0])
    before, after = one.diagnosis, other.diagnosis
    assert before is not None
    assert after is not None
    ids = [next(id for id, name in each.record.local_ids.items() if name == STUDENTS[0]) for each in (one, other)]
    assert change.difference == pytest.approx(after.fitted.theta[ids[1]] - before.fitted.theta[ids[0]])
    assert change.error == pytest.approx(hypot(before.fitted.errors[ids[0]], after.fitted.errors[ids[1]]))


def test_the_largest_difference_comes_first(tmp_path: Path) -> None:
    sizes = [abs(c.difference or 0) for c in between_runs(account(tmp_path), account(tmp_path, OTHER, seed=2)).changes]
    assert sizes == sorted(sizes, reverse=True)


def test_thetas_are_moved_onto_the_essays_of_both_runs(tmp_path: Path) -> None:
    """The second run lacks the last student, so that its thetas have another mean."""
    changes = between_runs(account(tmp_path), account(tmp_path, OTHER, STUDENTS[:-1], seed=2)).changes
    assert sum(change.difference or 0 for change in changes) == pytest.approx(0, abs=1e-9)


def test_essays_of_one_run_alone_are_named(tmp_path: Path) -> None:
    found = between_runs(account(tmp_path), account(tmp_path, OTHER, (*STUDENTS[:-1], "new.docx")))
    assert (found.only_first, found.only_second) == ((STUDENTS[-1],), ("new.docx",))


def test_a_file_with_another_text_is_another_essay(tmp_path: Path) -> None:
    one, run = account(tmp_path), begun_run(tmp_path, STUDENTS, OTHER)
    completed_run(run, simulated(run, 80, seed=1))
    journal = run.folder.journal.read_text()
    run.folder.journal.write_text(journal.replace(digest(STUDENTS[0]), digest("another text")))
    found = between_runs(one, read_account(run.folder))
    assert found.other_text == (STUDENTS[0],)
    assert STUDENTS[0] not in [change.name for change in found.changes]


def test_another_prompt_is_named_by_its_role(tmp_path: Path) -> None:
    one, run = account(tmp_path), begun_run(tmp_path, STUDENTS, OTHER)
    completed_run(run, simulated(run, 80, seed=1))
    run.folder.journal.write_text(run.folder.journal.read_text().replace(digest("rubric"), digest("another")))
    assert between_runs(one, read_account(run.folder)).files == ("judge.rubric",)


def test_an_anchor_that_cj_registered_anew_is_another_essay(tmp_path: Path) -> None:
    one, run = account(tmp_path), begun_run(tmp_path, STUDENTS, OTHER)
    completed_run(run, simulated(run, 80, seed=1))
    journal = run.folder.journal.read_text()
    run.folder.journal.write_text(journal.replace(f'"storage_id":"{"a" * 32}"', f'"storage_id":"{"b" * 32}"', 1))
    found = between_runs(one, read_account(run.folder))
    assert (found.other_anchors, found.other_text) == (("anchor 1",), ())
    assert found.joined == 10


def test_an_anchor_that_one_run_never_compared_has_no_difference_of_theta(tmp_path: Path) -> None:
    one, run = account(tmp_path), begun_run(tmp_path, STUDENTS, OTHER)
    found = between_runs(one, read_account(run.folder))
    assert (found.joined, found.only_first) == (11, ())
    assert {change.difference for change in found.changes} == {None}


def test_another_judge_is_a_difference_though_no_spec_names_one(tmp_path: Path) -> None:
    one, run = account(tmp_path), begun_run(tmp_path, STUDENTS, OTHER)
    completed_run(run, simulated(run, 80, seed=1), models=lambda _: "another")
    [change] = between_runs(one, read_account(run.folder)).circumstances
    assert (change.what, change.before, change.after) == ("judge", "anthropic claude", "anthropic another")
