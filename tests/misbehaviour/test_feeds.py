"""Every way in which a batch can misbehave on Kafka leads a run to its status and exit code, and is told.

All runs go on at once, on one stack: what their batches do is asked for by label.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from sqlite3 import connect
from typing import get_args

import pytest

from eng5_pipeline.embedded import Embedded
from eng5_pipeline.sandbox.batch.batches import BatchSettings
from eng5_pipeline.sandbox.batch.feed_settings import BatchFeed, Kind
from eng5_pipeline.sandbox.batch.judge import JudgeSettings
from eng5_pipeline.sandbox.options import BatchOptions
from tests.support.misbehaving import (
    COMPLETED,
    LEFT_SOCKETS,
    NOTHING,
    NUMERIC,
    QUICK,
    SOME,
    WHOLE,
    End,
    Ended,
    Story,
    misbehaving,
    mistakes,
    run,
    sockets_collected,
)

pytestmark = pytest.mark.filterwarnings(LEFT_SOCKETS)

PARALLEL = 8
FAILED: End = ("failed", 5, True, "batch-failed")


def partial(reference: str, *, final: bool = False) -> End:
    return "partial", 6, final, reference


def refused(reference: str) -> End:
    return "refused", 3, True, reference


def fast(**settings: object) -> JudgeSettings:
    return JudgeSettings.model_validate({**QUICK.judge.model_dump(), **settings})


def clockwork(**settings: object) -> BatchSettings:
    return BatchSettings.model_validate({**QUICK.batches.model_dump(), **settings})


def feed(**settings: object) -> BatchOptions:
    return BatchOptions(feed=BatchFeed.model_validate(settings))


def after(**heard: int) -> Story:
    """The completion timeout is over once so much was met."""
    return Story(heard=heard)


def loses(*students: str, heard: Mapping[str, int] | None = None) -> Story:
    """Content loses the texts of these students between upload and publish."""

    def lose(stack: Embedded, folder: Path) -> None:
        cache = (folder / "artefacts" / "content_upload_cache.jsonl").read_text(encoding="utf-8")
        uploads = {entry["local_id"]: entry["storage_id"] for entry in map(json.loads, cache.splitlines())}
        with closing(connect(stack.variables["ENG5_CJ_DATABASE_URL"].removeprefix("sqlite:///"))) as database:
            for student in students:
                database.execute("DELETE FROM contents WHERE storage_id = ?", (uploads[student],))
            database.commit()

    return Story(on_start={"publish": lose}, heard=heard)


AT_ONCE = after(comparisons=0)


@dataclass(frozen=True)
class Case:
    """`facts` are those of the artefact."""

    options: BatchOptions
    end: End
    facts: Mapping[str, int] = field(default_factory=lambda: WHOLE)
    story: Story = field(default_factory=Story)


CASES: Mapping[str, Case] = {
    "well-behaved": Case(feed(), COMPLETED),
    "silent": Case(feed(silent=True), partial("batch-silent"), NOTHING, AT_ONCE),
    "late": Case(feed(late_s=1), COMPLETED),
    "slow": Case(feed(slow=4), COMPLETED),
    "result-first": Case(feed(result_first=True), COMPLETED),
    "comparisons-after-completion": Case(feed(comparisons_after_completion=3, held_back_s=0.1), COMPLETED),
    "duplicates": Case(feed(duplicates=1), COMPLETED),
    "shuffled": Case(feed(shuffle=10), COMPLETED),
    "malformed": Case(feed(malformed=1), COMPLETED, {**WHOLE, "put aside": SOME}),
    "truncated": Case(feed(truncated=1), COMPLETED, {**WHOLE, "put aside": SOME}),
    "spoiled": Case(feed(spoiled=0.3, seed=21), COMPLETED, {**WHOLE, "comparisons": 5, "put aside": SOME}),
    "all-spoiled": Case(feed(spoiled=1), partial("batch-silent"), {**NOTHING, "put aside": SOME}, after(put_aside=1)),
    "without-comparisons": Case(feed(without=["comparison"]), COMPLETED, NOTHING),
    "without-completion": Case(feed(without=["completed"]), partial("batch-timeout"), WHOLE, after(comparisons=8)),
    "without-result": Case(feed(without=["result"]), partial("result-missing")),
    "without-failure": Case(
        BatchOptions(judge=fast(error_rate=1), feed=BatchFeed(without=frozenset({"failed"}))),
        partial("batch-timeout"),
        {**WHOLE, "failed": 8},
        after(comparisons=8),
    ),
    "failing-completion": Case(feed(failing_completion=True), FAILED),
    "few-errors": Case(BatchOptions(judge=fast(error_rate=0.1, seed=1)), COMPLETED, {**WHOLE, "failed": 1}),
    "many-errors": Case(BatchOptions(judge=fast(error_rate=0.5, seed=1)), FAILED, {**WHOLE, "failed": 4}),
    "only-errors": Case(BatchOptions(judge=fast(error_rate=1)), FAILED, {**WHOLE, "failed": 8}),
    "judge-out-of-reach": Case(BatchOptions(judge=fast(reachable=False)), partial("batch-silent"), NOTHING, AT_ONCE),
    "failed-by-the-monitor": Case(
        BatchOptions(judge=fast(reachable=False), batches=clockwork(monitor_s=0.5)), FAILED, NOTHING
    ),
    "stalled": Case(
        BatchOptions(batches=clockwork(sweep_s=270, stable_change=0)),
        partial("batch-timeout"),
        {**WHOLE, "comparisons": 30},
        Story({"limits.max_comparisons": 120}, heard={"comparisons": 30}),
    ),
    "stalled-and-swept": Case(
        BatchOptions(batches=clockwork(sweep_s=0.5, stable_change=0)),
        COMPLETED,
        {**WHOLE, "comparisons": 30},
        Story({"limits.max_comparisons": 120}),
    ),
    "numeric-scale-refused": Case(feed(), refused("result-never-comes"), NOTHING, Story({"assignment.id": NUMERIC})),
    "numeric-scale-allowed": Case(
        feed(),
        partial("result-never-comes", final=True),
        WHOLE,
        Story({"assignment.id": NUMERIC, "allow": ["result-never-comes"]}),
    ),
    "one-text-lost": Case(
        feed(), partial("essays-vanished", final=True), {**WHOLE, "vanished": 1}, loses("students/student-2.txt")
    ),
    "two-texts-lost": Case(
        feed(),
        partial("batch-silent"),
        NOTHING,
        loses("students/student-2.txt", "students/student-5.txt", heard={"comparisons": 0}),
    ),
    "one-student": Case(
        feed(), refused("students-too-few"), NOTHING, Story({"essays.students.files": ["students/*-2.txt"]})
    ),
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    options = QUICK.model_copy(update={"by_label": {name: case.options for name, case in CASES.items()}})
    with sockets_collected(), misbehaving(tmp_path_factory.mktemp("output"), options) as running:
        yield running


@pytest.fixture(scope="module")
def runs(stack: Embedded, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Future[Ended]]:
    with ThreadPoolExecutor(PARALLEL) as pool:
        return {
            name: pool.submit(run, tmp_path_factory.mktemp(name), stack, name, case.story)
            for name, case in CASES.items()
        }


@pytest.fixture(params=CASES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def ended(runs: Mapping[str, Future[Ended]], name: str) -> Ended:
    return runs[name].result()


def test_a_run_ends_with_the_status_and_exit_code_of_what_happened(ended: Ended, name: str) -> None:
    assert ended.end == CASES[name].end


def test_its_artefact_is_valid_and_tells_the_same(ended: Ended, name: str) -> None:
    assert mistakes(ended.artefact) == []
    assert ended.told == CASES[name].end
    assert ended.facts() == CASES[name].facts


HOW, NOT_WHETHER = (
    {"seed", "held_back_s"},
    {"seed", "noise", "position_bias", "latency_s", "spacing_s", "prompt_price", "answer_price"},
)


def test_every_kind_of_misbehaviour_has_its_case() -> None:
    feeds = [case.options.feed for case in CASES.values() if case.options.feed]
    judges = [case.options.judge for case in CASES.values() if case.options.judge]
    assert set().union(*(each.model_fields_set for each in feeds)) | HOW == BatchFeed.model_fields.keys()
    assert NOT_WHETHER | {"error_rate", "reachable"} == JudgeSettings.model_fields.keys()
    assert {each.error_rate for each in judges} >= {0.0, 0.1, 1.0}
    assert {each.reachable for each in judges} == {True, False}
    assert set().union(*(each.without for each in feeds)) == set(get_args(Kind))
