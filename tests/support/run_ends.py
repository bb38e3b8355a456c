"""A run folder for every way in which a run can end, each as the run would have left it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from eng5_pipeline.contracts import topics
from eng5_pipeline.domain.positions import Record
from tests.support.run_folders import Run, comparison, feed, published_run


def completed(path: Path) -> Run:
    return published_run(path, "01").completed("1", 8)


def completed_without_grades(path: Path) -> Run:
    return published_run(path, "03").completed("3", 8)


def completed_beside_other_jobs(path: Path) -> Run:
    return published_run(path, "07").completed("15", 4)


def completed_and_extracted(path: Path) -> Run:
    run = published_run(path, "01").awaited("1", 8).started("extract")
    run.noted("extract", "outcome", **EXTRACTION).journal.append(
        "finished", stage="extract", result={"outcome": EXTRACTION}, seconds=1.5
    )
    return run.ended("completed", 0, final=True)


def extraction_failed(path: Path) -> Run:
    run = published_run(path, "01").awaited("1", 8).started("extract")
    run.noted("extract", "outcome", **{**EXTRACTION, "exit_code": 3, "files": []})
    run.stopped("extract", "extraction-failed", "the extraction ended with exit code 3", 7)
    return run.ended("completed", 7, final=True)


def extraction_unknown(path: Path) -> Run:
    """Killed while the command ran."""
    return published_run(path, "01").awaited("1", 8).started("extract")


def failed_early(path: Path) -> Run:
    run = published_run(path, "05").started("await")
    return run.stopped("await", "batch-failed", "CJ reported the batch failed", 5).ended("failed", 5, final=True)


def failed_late(path: Path) -> Run:
    run = published_run(path, "11a").started("await")
    return run.stopped("await", "batch-failed", "CJ reported the batch failed", 5).ended("failed", 5, final=True)


def partial_and_final(path: Path) -> Run:
    run = published_run(path, "02").started("await")
    run.stopped("await", "result-never-comes", "CJ publishes no result on this scale", 6)
    return run.ended("partial", 6, final=True)


def timed_out(path: Path) -> Run:
    """With a hole in what could be read and a record that made no sense."""
    run = published_run(path, "04b").started("await")
    essays = (run.essay_ids[0], "ANCHOR_9_b17efa9a")
    run.kept([comparison(run, 1, essays, winner=None), comparison(run, 2, essays)])
    run.put_aside(Record(topics.COMPARISON, 1, 7, 0, None, str(run.batch_uuid).encode()), "not readable: json_invalid")
    run.noted("await", "gap", topic=topics.COMPARISON, partition=2, expected=5, resumed_at=9, reason="retention")
    run.warned("await", "events-gap", "5 to 9 cannot be read")
    run.stopped("await", "batch-timeout", "no completion in 1800 s", 6)
    return run.ended("partial", 6, final=False)


def published(path: Path) -> Run:
    run = Run(path).checked().uploaded().published(feed("01")[0].value or b"")
    run.skipped("await", "flags.await_completion is false").skipped("extract", "flags.auto_extract_eng5_db is false")
    return run.ended("published", 0, final=False)


def refused_at_once(path: Path) -> Run:
    run = Run(path).opened().started("validate").stopped("validate", "students-too-few", "1 student essay", 3)
    return run.ended("refused", 3, final=True)


def refused_by_preflight(path: Path) -> Run:
    run = Run(path).opened().validated().resolved().started("anchor_preflight")
    run.stopped("anchor_preflight", "anchors-missing", "CJ has no anchors", 3)
    return run.ended("refused", 3, final=True)


def interrupted(path: Path) -> Run:
    run = Run(path).checked().started("upload").stopped("upload", "interrupted", "stopped on request", 130)
    return run.ended("interrupted", 130, final=False)


def stopped_by_a_bug(path: Path) -> Run:
    return Run(path).checked().started("upload").ended("error", 1, final=False)


def outcome_unknown(path: Path) -> Run:
    run = Run(path).checked().uploaded()
    run.folder.request.write_bytes(feed("01")[0].value or b"")
    run.journal.append("committed", stage="publish", event_id="e")
    run.started("publish").stopped("publish", "publish-unknown", "nothing was acknowledged", 4)
    return run.ended("error", 4, final=False)


def killed_at_once(path: Path) -> Run:
    run = Run(path).opened()
    run.folder.effective.unlink()
    return run


def killed_while_waiting(path: Path) -> Run:
    run = published_run(path, "01").started("await")
    with run.folder.events.open("ab") as file:
        file.write(b'{"topic":"huleedu')
    return run


EXTRACTION: Mapping[str, object] = {
    "command": ["eng5-extract-db", "1"],
    "exit_code": 0,
    "seconds": 1.25,
    "files": [["extraction/cj_results.json", "0" * 64, 12]],
}
ENDS: Mapping[str, Callable[[Path], Run]] = {
    end.__name__: end
    for end in (
        completed,
        completed_without_grades,
        completed_beside_other_jobs,
        completed_and_extracted,
        extraction_failed,
        extraction_unknown,
        failed_early,
        failed_late,
        partial_and_final,
        timed_out,
        published,
        refused_at_once,
        refused_by_preflight,
        interrupted,
        stopped_by_a_bug,
        outcome_unknown,
        killed_at_once,
        killed_while_waiting,
    )
}
