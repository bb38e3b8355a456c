"""The embedded stack says to the captured requests what the real services said to them.

Compared, feed by feed: topics, keys and order; which batch and job a record is about; status; ids in
completion and result; number of comparisons; every path of every value with the kind of what stands there;
and the rows that are left behind. Not compared: ids and times made up for each run, who won, scores and
grades (another judge judged), and the digits of an anchor's id that are made up for each batch.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

import pytest

from eng5_pipeline.contracts.topics import COMPARISON, COMPLETED, FAILED, REQUEST, RESULT
from eng5_pipeline.sandbox.batch.batches import BatchSettings
from eng5_pipeline.sandbox.batch.judge import JudgeSettings
from eng5_pipeline.sandbox.options import SandboxOptions
from tests.support.feed_replay import Spoken, captured, replay, values_by_topic, without_suffix
from tests.support.shapes import shape

ALL_FAILING = "11a-all-llm-errors"
ANSWERED = (
    "01-happy-anchors-3students",
    "02-numeric-grade-scale",
    "03-no-assignment-3students",
    "04b-1student-5anchors",
    "05-unknown-assignment",
    "07-same-batch-id-three-runs",
    "15a-8nodes-default-budget-serial_bundle",
)
FEEDS = (*ANSWERED, ALL_FAILING)
COMPARISONS = {
    "01-happy-anchors-3students": 8,
    "02-numeric-grade-scale": 8,
    "03-no-assignment-3students": 8,
    "07-same-batch-id-three-runs": 12,
    "11a-all-llm-errors": 4,
    "15a-8nodes-default-budget-serial_bundle": 56,
}
# status, state, limit, comparisons sent off, completed, failed, waves, essays: of each job, as the real CJ kept it.
ROWS: dict[str, list[tuple[object, ...]]] = {
    "01-happy-anchors-3students": [("COMPLETE_STABLE", "COMPLETED", 8, 8, 8, 0, 2, 8)],
    "02-numeric-grade-scale": [("FETCHING_CONTENT", "SCORING", 8, 8, 8, 0, 2, 8)],
    "03-no-assignment-3students": [("COMPLETE_STABLE", "COMPLETED", 8, 8, 8, 0, 5, 3)],
    "04b-1student-5anchors": [("COMPLETE_INSUFFICIENT_ESSAYS", "COMPLETED", None, 0, 0, 0, 0, 6)],
    "05-unknown-assignment": [],
    "07-same-batch-id-three-runs": [("COMPLETE_STABLE", "COMPLETED", 4, 4, 4, 0, 1, 8)] * 3,
    "11a-all-llm-errors": [("ERROR_PROCESSING", "FAILED", 4, 4, 0, 4, 1, 8)],
    "15a-8nodes-default-budget-serial_bundle": [("COMPLETE_STABLE", "COMPLETED", 120, 56, 56, 0, 8, 8)],
}
QUICK = BatchSettings(sweep_s=0.2, start_s=0.01, stable_change=0)
JUDGE = JudgeSettings(latency_s=0.02, spacing_s=0.002)
FAILING = JudgeSettings(latency_s=0.02, spacing_s=0.002, error_rate=1.0)

Replayed = Mapping[str, list[Spoken]]
Rows = Mapping[str, list[tuple[object, ...]]]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: tmp_path_factory.mktemp(name) for name in ("answered", "failing")}


@pytest.fixture(scope="module")
def replayed(folders: Mapping[str, Path]) -> Replayed:
    answered = replay(ANSWERED, folders["answered"], SandboxOptions(batches=QUICK, judge=JUDGE))
    failing = replay([ALL_FAILING], folders["failing"], SandboxOptions(batches=QUICK, judge=FAILING))
    return {**answered, **failing}


@pytest.fixture(scope="module")
def rows(folders: Mapping[str, Path], replayed: Replayed) -> Rows:
    """What the replay left behind, by batch id."""
    found: dict[str, list[tuple[object, ...]]] = {}
    for folder in folders.values():
        with closing(connect(folder / "sandbox.sqlite3")) as database:
            for batch, *row in database.execute(
                "SELECT u.bos_batch_id, u.status, s.state, s.total_budget, s.submitted_comparisons,"
                " s.completed_comparisons, s.failed_comparisons, s.current_iteration, u.expected_essay_count"
                " FROM cj_batch_uploads u JOIN cj_batch_states s ON s.batch_id = u.id ORDER BY u.id"
            ):
                found.setdefault(batch, []).append(tuple(row))
    return found


def _jobs(records: list[Spoken]) -> Iterator[int]:
    """The job each record is about, the first of the feed being 0; -1 where there is none."""
    first: int | None = None
    for record in records:
        job = record.data.get("cj_assessment_job_id") or record.data.get("request_metadata", {}).get("cj_batch_id")
        if job is None or not job.isdecimal():
            yield -1
            continue
        first = int(job) if first is None else first
        yield int(job) - first


def _of(records: list[Spoken], topic: str) -> list[Spoken]:
    return [record for record in records if record.topic == topic]


@pytest.mark.parametrize("name", FEEDS)
def test_the_same_topics_in_the_same_order(replayed: Replayed, name: str) -> None:
    assert [r.topic for r in replayed[name]] == [r.topic for r in captured(name)]


@pytest.mark.parametrize("name", FEEDS)
def test_the_same_jobs_in_the_same_order(replayed: Replayed, name: str) -> None:
    assert list(_jobs(replayed[name])) == list(_jobs(captured(name)))


@pytest.mark.parametrize("name", FEEDS)
def test_the_same_keys_but_for_the_number_of_the_job(replayed: Replayed, name: str) -> None:
    assert [r.key for r in replayed[name] if r.topic != RESULT] == [r.key for r in captured(name) if r.topic != RESULT]
    assert [r.key for r in _of(replayed[name], RESULT)] == [
        r.data["cj_assessment_job_id"] for r in _of(replayed[name], RESULT)
    ]


@pytest.mark.parametrize("name", FEEDS)
def test_the_same_number_of_comparisons(replayed: Replayed, name: str) -> None:
    assert len(_of(replayed[name], COMPARISON)) == COMPARISONS.get(name, 0)


@pytest.mark.parametrize("name", FEEDS)
def test_pairs_are_judged_as_often_as_they_were(replayed: Replayed, name: str) -> None:
    def how_often(records: list[Spoken]) -> list[int]:
        asked = [(r.data["request_metadata"], r) for r in _of(records, COMPARISON)]
        pairs = Counter((m["cj_batch_id"], frozenset((m["essay_a_id"], m["essay_b_id"]))) for m, _ in asked)
        return sorted(pairs.values())

    assert how_often(replayed[name]) == how_often(captured(name))


@pytest.mark.parametrize("name", FEEDS)
@pytest.mark.parametrize("topic", [COMPLETED, FAILED])
def test_the_same_status(replayed: Replayed, name: str, topic: str) -> None:
    assert [r.data["status"] for r in _of(replayed[name], topic)] == [
        r.data["status"] for r in _of(captured(name), topic)
    ]


@pytest.mark.parametrize("name", FEEDS)
def test_the_same_ids_in_completion_and_result(replayed: Replayed, name: str) -> None:
    def ids(records: list[Spoken]) -> list[list[str]]:
        students = [r.data["processing_summary"]["successful_essay_ids"] for r in _of(records, COMPLETED)]
        everyone = [[e["essay_id"] for e in r.data["essay_results"]] for r in _of(records, RESULT)]
        return [sorted(map(without_suffix, found)) for found in (*students, *everyone)]

    assert ids(replayed[name]) == ids(captured(name))


@pytest.mark.parametrize("name", FEEDS)
def test_students_are_graded_where_they_were(replayed: Replayed, name: str) -> None:
    def graded(records: list[Spoken]) -> list[set[tuple[str, bool]]]:
        return [
            {(without_suffix(e["essay_id"]), e["letter_grade"] != "U") for e in r.data["essay_results"]}
            for r in _of(records, RESULT)
        ]

    assert graded(replayed[name]) == graded(captured(name))


@pytest.mark.parametrize("name", FEEDS)
def test_the_same_counts_in_the_result(replayed: Replayed, name: str) -> None:
    def counts(records: list[Spoken]) -> list[dict[str, object]]:
        found = [r.data["assessment_metadata"] for r in _of(records, RESULT)]
        return [{k: v for k, v in each.items() if k != "processing_duration_seconds"} for each in found]

    assert counts(replayed[name]) == counts(captured(name))


@pytest.mark.parametrize("name", FEEDS)
def test_a_record_has_the_run_s_correlation_id_where_it_had_it(replayed: Replayed, name: str) -> None:
    def shared(records: list[Spoken]) -> list[bool]:
        run = json.loads(_of(records, REQUEST)[0].value)["correlation_id"]
        return [json.loads(record.value)["correlation_id"] == run for record in records]

    assert shared(replayed[name]) == shared(captured(name))


@pytest.mark.parametrize("name", FEEDS)
def test_every_value_has_the_same_shape(replayed: Replayed, name: str) -> None:
    ours, theirs = values_by_topic(replayed[name]), values_by_topic(captured(name))
    for topic in theirs:
        assert list(shape(ours[topic])) == list(shape(theirs[topic]))
        assert shape(ours[topic]) == shape(theirs[topic])


@pytest.mark.parametrize("name", FEEDS)
def test_the_same_rows_are_left_behind(rows: Rows, name: str) -> None:
    assert rows.get(captured(name)[0].key or "", []) == ROWS[name]
