"""A batch from end to end over the real broker, on a stack that is set to misbehave."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from eng5_pipeline import sandbox
from eng5_pipeline.contracts.topics import COMPARISON, COMPLETED, REQUEST, RESULT, RESULTS
from eng5_pipeline.sandbox.batch.batches import BatchSettings
from eng5_pipeline.sandbox.batch.feed_settings import BrokerFault, BrokerSettings, Cut, Down, FeedSettings
from eng5_pipeline.sandbox.batch.judge import JudgeSettings
from eng5_pipeline.sandbox.kept.store import Content, Contents, Store
from eng5_pipeline.sandbox.options import SandboxOptions, load_options
from tests.support.batch_world import essay, request_value
from tests.support.kafka_talk import Heard, Listener, consumer, on_all, send

pytestmark = pytest.mark.slow

BATCH = "00000000-0000-0000-0000-00000000b001"
QUICK = SandboxOptions(judge=JudgeSettings(latency_s=0.02, spacing_s=0.001))
WHOLE = on_all({COMPARISON: 12, COMPLETED: 1, RESULT: 1})
Run = Callable[[SandboxOptions, Callable[[list[Heard]], bool]], list[Heard]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """One batch of six students and 12 comparisons on a stack with these options: what is heard of it."""

    def running(options: SandboxOptions, enough: Callable[[list[Heard]], bool]) -> list[Heard]:
        with sandbox.start(tmp_path, options) as stack:
            with Store.open(stack.addresses.database_url.removeprefix("sqlite:///")) as store:
                for n in range(6):
                    Contents(store).put(f"text-{n}", Content("text/plain", essay(n).encode("utf-8")))
            request = request_value(
                {f"student-{n}": f"text-{n}" for n in range(6)},
                batch=BATCH,
                assignment=None,
                metadata={"max_comparisons": 12},
            )
            with consumer(stack.addresses.kafka_bootstrap) as reader:
                listener = Listener(reader, RESULTS)
                send(stack.addresses.kafka_bootstrap, REQUEST, BATCH, request)
                return listener.until(enough)

    return running


def test_a_batch_runs_from_request_to_result(run: Run, tmp_path: Path) -> None:
    heard = run(QUICK, WHOLE)
    assert [each.topic for each in heard] == [COMPARISON] * 12 + [COMPLETED, RESULT]
    assert [each.key for each in heard[-3:]] == [None, BATCH, "1"]
    assert {each.partition for each in heard if each.topic == COMPARISON} <= {0, 1, 2}
    with closing(sqlite3.connect(tmp_path / "sandbox.sqlite3")) as database:
        (kept,) = database.execute("SELECT count(*) FROM cj_comparison_pairs").fetchone()
    assert kept == 12


def test_no_record_is_lost_while_the_broker_goes_down_and_connections_are_cut(run: Run) -> None:
    faults = (
        BrokerFault(when="comparison", nth=3, do=Cut()),
        BrokerFault(when="comparison", nth=7, do=Down(seconds=0.5)),
    )
    heard = run(QUICK.model_copy(update={"broker": BrokerSettings(faults=faults)}), WHOLE)
    assert Counter(each.topic for each in heard)[COMPARISON] == 12


def test_foreign_traffic_runs_beside_the_batch(run: Run) -> None:
    options = QUICK.model_copy(update={"feed": FeedSettings(foreign_per_s=300)})
    heard = run(options, lambda all_heard: len(all_heard) > 150 and any(h.key == BATCH for h in all_heard))
    batches = {json.loads(h.value)["data"]["entity_id"] for h in heard if h.topic == COMPLETED}
    assert BATCH in batches
    assert len(batches) > 1


def test_a_file_of_options_says_how_to_misbehave(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "stack.yaml"
    file.write_text(
        "judge: {latency_s: 0.01, spacing_s: 0.001}\n"
        "feed: {without: [result], comparisons_after_completion: 2, held_back_s: 0.1}\n"
    )
    heard = run(load_options(file), on_all({COMPARISON: 12, COMPLETED: 1}))
    assert [each.topic for each in heard] == [COMPARISON] * 10 + [COMPLETED] + [COMPARISON] * 2


@pytest.mark.parametrize(
    "text",
    ["feed: {duplicates: 2}", "judge: {sead: 1}", "broker: {faults: [{do: {kind: explode}}]}", "[]", "a: ["],
)
def test_a_mistake_in_such_a_file_is_told(text: str, tmp_path: Path) -> None:
    file = tmp_path / "stack.yaml"
    file.write_text(text)
    with pytest.raises(sandbox.SandboxFileInvalid, match=r"stack\.yaml"):
        load_options(file)


def test_defaults_finish_the_bundled_example_in_one_to_three_seconds() -> None:
    judge, batches = JudgeSettings(), BatchSettings()
    for comparisons in (60, 120):
        waves = comparisons / 12
        seconds = batches.start_s + waves * (judge.latency_s + 11 * judge.spacing_s)
        assert 1 <= seconds <= 3
