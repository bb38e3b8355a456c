"""What a batch's events add up to."""

from __future__ import annotations

import json
from decimal import Decimal
from uuid import UUID

import pytest

from eng5_pipeline.contracts import topics
from eng5_pipeline.domain.events import Unreadable, read
from eng5_pipeline.domain.positions import Record
from eng5_pipeline.domain.tally import Tally
from tests.support import wire

BATCH = UUID("39fb07d4-11ea-47c2-8f08-a1efb753357e")
ESSAYS = frozenset({"a", "b", "c"})


def record(topic: str, value: bytes) -> Record:
    return Record(topic, 0, 0, 0, None, value)


def tally_of(*values: tuple[str, bytes]) -> Tally:
    tally = Tally(ESSAYS)
    for topic, value in values:
        fact = read(record(topic, value), str(BATCH))
        assert fact is not None
        tally.add(fact)
    return tally


def test_costs_add_up_exactly() -> None:
    many = [(topics.COMPARISON, wire.comparison(BATCH, "a", "b", number)) for number in range(200)]
    assert tally_of(*many).own.cost == Decimal("0.00008")


def test_the_winner_is_the_essay_in_the_slot_that_won() -> None:
    fact = read(record(topics.COMPARISON, wire.comparison(BATCH, "a", "b", 1, winner="Essay B")), str(BATCH))
    assert fact is not None
    assert getattr(fact, "winner", None) == "b"
    assert getattr(fact, "loser", None) == "a"


@pytest.mark.parametrize("winner", [None, "tie"])
def test_a_failed_or_tied_comparison_is_nobodys_win(winner: str | None) -> None:
    tally = tally_of((topics.COMPARISON, wire.comparison(BATCH, "a", "b", 1, winner=winner)))
    assert tally.own.failed == 1


@pytest.mark.parametrize("winner", ["Essay A", "Essay B"])
def test_a_failed_comparison_is_nobodys_win_though_it_names_a_winner(winner: str) -> None:
    value = wire.with_error(wire.comparison(BATCH, "a", "b", 1, winner=winner))
    assert tally_of((topics.COMPARISON, value)).own.failed == 1


def test_an_early_failure_of_somebody_elses_request_does_not_fail_ours() -> None:
    tally = tally_of(
        (topics.COMPARISON, wire.comparison(BATCH, "a", "b", 1)),
        (topics.FAILED, wire.failed(BATCH, "not ours")),
    )
    assert tally.outlook() == "waiting"


def test_another_jobs_completion_does_not_complete_a_request_that_failed_early() -> None:
    tally = tally_of(
        (topics.FAILED, wire.failed(BATCH, "unknown assignment")),
        (topics.COMPLETED, wire.completed(BATCH, ["x", "y"], job="2")),
        (topics.RESULT, wire.result(BATCH, ["x", "y"], job="2")),
    )
    assert tally.outlook() == "failed"


def test_the_earliest_job_that_names_our_essays_is_ours() -> None:
    tally = tally_of(
        (topics.COMPARISON, wire.comparison(BATCH, "a", "b", 1, job="10")),
        (topics.COMPARISON, wire.comparison(BATCH, "a", "b", 1, job="9")),
        (topics.COMPARISON, wire.comparison(BATCH, "x", "y", 1, job="8")),
    )
    assert tally.own_job == "9"


@pytest.mark.parametrize(
    ("name", "comparisons", "failed", "outlook", "others"),
    [
        ("01-happy-anchors-3students", 8, 0, "completed", 0),
        ("02-numeric-grade-scale", 8, 0, "without_result", 0),
        ("03-no-assignment-3students", 8, 0, "completed", 0),
        ("04b-1student-5anchors", 0, 0, "waiting", 0),
        ("05-unknown-assignment", 0, 0, "failed", 0),
        ("07-same-batch-id-three-runs", 4, 0, "completed", 2),
        ("11a-all-llm-errors", 4, 4, "failed", 0),
        ("15a-8nodes-default-budget-serial_bundle", 56, 0, "completed", 0),
    ],
)
def test_captured_batches_are_read_as_what_they_were(
    name: str, comparisons: int, failed: int, outlook: str, others: int
) -> None:
    records = wire.feed(name)
    request = json.loads(records[0]["value"])
    tally = Tally(frozenset(essay["essay_id"] for essay in request["data"]["essays_for_cj"]))
    for line in records:
        if line["topic"] in topics.RESULTS:
            fact = read(record(line["topic"], line["value"].encode()), request["data"]["entity_id"])
            assert fact is not None
            tally.add(fact)
    found = (tally.own.comparisons, tally.own.failed, tally.outlook(), len(tally.other_jobs))
    assert found == (comparisons, failed, outlook, others)


def test_an_incomplete_own_record_says_what_is_missing_and_quotes_nothing() -> None:
    value = wire.comparison(BATCH, "a", "b", 1).replace(b'"essay_a_id"', b'"essay_x_id"')
    with pytest.raises(Unreadable, match=r"data\.request_metadata\.essay_a_id: missing") as unreadable:
        read(record(topics.COMPARISON, value), str(BATCH))
    assert "mock-model" not in str(unreadable.value)


def test_an_incomplete_record_of_another_batch_is_not_ours_though_it_mentions_us() -> None:
    value = wire.comparison(UUID(int=1), "a", str(BATCH), 1).replace(b'"essay_a_id"', b'"essay_x_id"')
    assert read(record(topics.COMPARISON, value), str(BATCH)) is None


def test_a_keyed_record_of_ours_that_is_not_json_is_unreadable() -> None:
    broken = Record(topics.COMPLETED, 0, 0, 0, str(BATCH).encode(), b"{oops")
    with pytest.raises(Unreadable):
        read(broken, str(BATCH))
