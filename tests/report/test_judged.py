from __future__ import annotations

from pathlib import Path

import pytest

from eng5_pipeline.contracts import topics
from eng5_pipeline.domain.positions import Record
from eng5_pipeline.errors import MachineFailed
from eng5_pipeline.report.judged import EssayCount, Judged, read_judged
from eng5_pipeline.report.run_record import read_run
from tests.support import run_ends
from tests.support.run_folders import Run, comparison


def judged(run: Run) -> Judged:
    return read_judged(read_run(run.folder))


def test_wins_losses_and_undecided_are_counted_for_each_essay(tmp_path: Path) -> None:
    run = Run(tmp_path).checked().uploaded()
    ada, ben, eve = run.essay_ids
    run.kept(
        [comparison(run, 1, (ada, ben)), comparison(run, 2, (eve, ada)), comparison(run, 3, (ada, eve), winner=None)]
    )
    counts = judged(run).counts
    assert counts[ada] == EssayCount(wins=1, losses=1, undecided=1)
    assert (counts[ada].decided, counts[ada].appearances) == (2, 3)
    assert counts[ben] == EssayCount(losses=1)


def test_the_job_that_judged_an_essay_of_ours_is_ours(tmp_path: Path) -> None:
    run = Run(tmp_path).checked().uploaded()
    stranger = comparison(run, 1, ("ANCHOR_1_aaaaaaaa", "somebody"), job="3")
    run.kept([stranger, comparison(run, 2, (run.essay_ids[0], run.essay_ids[1]), job="4")])
    assert judged(run).job_id == "4"
    assert [other.job_id for other in judged(run).other_jobs] == ["3"]


def test_nothing_is_judged_before_anything_came(tmp_path: Path) -> None:
    nothing = judged(run_ends.refused_at_once(tmp_path))
    assert (nothing.job_id, nothing.comparisons, nothing.result, nothing.vanished) == (None, 0, None, ())


def test_while_nothing_is_reported_no_essay_has_vanished(tmp_path: Path) -> None:
    assert judged(run_ends.timed_out(tmp_path)).vanished == ()


def test_a_record_put_aside_twice_counts_once(tmp_path: Path) -> None:
    run = run_ends.timed_out(tmp_path)
    again = Record(topics.COMPARISON, 1, 7, 0, None, b"")
    other = Record(topics.COMPARISON, 1, 8, 0, None, b"")
    run.put_aside(again, "not readable: json_invalid").put_aside(other, "data.request_id: missing")
    assert judged(run).put_aside == {"data.request_id: missing": 1, "not readable: json_invalid": 1}


def test_a_kept_event_that_this_version_cannot_read_is_counted_with_them(tmp_path: Path) -> None:
    run = Run(tmp_path).checked().uploaded()
    good = comparison(run, 1, (run.essay_ids[0], run.essay_ids[1]))
    run.kept([good, good._replace(value=(good.value or b"").replace(b"request_id", b"request_no"))])
    assert judged(run).put_aside == {"data.request_id: missing": 1}
    assert judged(run).comparisons == 1


def test_a_damaged_line_of_those_put_aside_is_named(tmp_path: Path) -> None:
    run = run_ends.timed_out(tmp_path)
    with run.folder.quarantine.open("ab") as file:
        file.write(b"{}\n")
    with pytest.raises(MachineFailed, match=r"quarantine\.jsonl:2"):
        judged(run)
