"""Every way in which the broker can misbehave leads a run to its status and exit code, and is told."""

from __future__ import annotations

import socket
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import get_args

import pytest

from eng5_pipeline.adapters.patience import Patience
from eng5_pipeline.contracts.topics import COMPARISON, RESULTS
from eng5_pipeline.embedded import Embedded
from eng5_pipeline.sandbox.batch.feed_settings import (
    Api,
    BrokerAction,
    Cut,
    Down,
    Errors,
    FeedSettings,
    RoundTrip,
    Trim,
)
from tests.support.kafka_talk import Listener, consumer
from tests.support.misbehaving import (
    COMPLETED,
    LEFT_SOCKETS,
    NOTHING,
    QUICK,
    SOME,
    WHOLE,
    Deed,
    End,
    Ended,
    Play,
    Runs,
    Story,
    batch_of,
    lanes,
    mistakes,
    run,
)

pytestmark = pytest.mark.filterwarnings(LEFT_SOCKETS)

NOT_LEADER, TIMED_OUT, NOT_AUTHORISED = 6, 7, 29
CUT_EVERY_S = 0.3
PATIENCE_S = 60.0
RECORDS = 10  # comparisons, completion, result


def address(stack: Embedded) -> tuple[str, int]:
    host, _, port = stack.variables["KAFKA_BOOTSTRAP_SERVERS"].rpartition(":")
    return host, int(port)


def wait_until(so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


# What is done when a stage starts.


def command(*actions: BrokerAction) -> Deed:
    def do(stack: Embedded, _folder: Path) -> None:
        for action in actions:
            stack.command_broker(action)

    return do


def errors(api: Api, *codes: int) -> Deed:
    return command(Errors(api=api, codes=codes))


def trim(*topics: str) -> Deed:
    """Once the batch is over, what it said on these topics is deleted before anybody read it."""

    def do(stack: Embedded, folder: Path) -> None:
        batch = str(batch_of(folder.name)).encode()
        with consumer(stack.variables["KAFKA_BOOTSTRAP_SERVERS"]) as reader:
            listener = Listener(reader, RESULTS)
            listener.until(lambda heard: sum(batch in each.value for each in heard) == RECORDS, PATIENCE_S)
            for partition, end in reader.end_offsets(listener.partitions).items():
                if partition.topic in topics:
                    stack.command_broker(Trim(topic=partition.topic, partition=partition.partition, before_offset=end))

    return do


# What goes on beside a run, from before its start to its end.


@contextmanager
def down(stack: Embedded) -> Iterator[None]:
    stack.command_broker(Down(seconds=1.5))
    with up_again(stack):
        yield


@contextmanager
def up_again(stack: Embedded) -> Iterator[None]:
    yield
    wait_until(lambda: _accepts(stack))


def _accepts(stack: Embedded) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(address(stack)) == 0


@contextmanager
def far_away(stack: Embedded) -> Iterator[None]:
    stack.command_broker(RoundTrip(ms=40))
    yield
    stack.command_broker(RoundTrip(ms=0))


@contextmanager
def errors_called_off(stack: Embedded) -> Iterator[None]:
    yield
    stack.command_broker(Errors(api="produce", codes=()))


Beside = Callable[[Embedded], AbstractContextManager[None]]


def left_alone(_stack: Embedded) -> AbstractContextManager[None]:
    return nullcontext()


@dataclass(frozen=True)
class Case:
    """`beside` goes on from before the run's start to its end; cases of one lane follow each other on one stack."""

    end: End
    facts: Mapping[str, int] = field(default_factory=lambda: WHOLE)
    story: Story = field(default_factory=Story)
    beside: Beside = left_alone
    lane: str = "up"


REFUSED: End = ("refused", 3, True, "kafka-refused")
LOST: End = ("error", 4, False, "kafka-refused")
DOWN, CUTS = command(Down(seconds=1)), command(Cut(times=4, every_s=0.3))
OPTIONS = {
    "among-others": QUICK.model_copy(
        update={"face": "as-is", "dates": "iso8601", "feed": FeedSettings(foreign_per_s=300)}
    )
}
CASES: Mapping[str, Case] = {
    "well-behaved": Case(COMPLETED),
    "as-is-among-others": Case(COMPLETED, lane="among-others"),
    "far-away": Case(COMPLETED, beside=far_away),
    "produce-fails-twice": Case(COMPLETED, story=Story(on_start={"publish": errors("produce", NOT_LEADER, TIMED_OUT)})),
    "produce-not-authorised": Case(
        ("error", 4, False, "kafka-not-authorised"),
        NOTHING,
        Story(on_start={"publish": errors("produce", NOT_AUTHORISED)}),
    ),
    "produce-not-acknowledged": Case(
        ("error", 4, False, "publish-unknown"),
        NOTHING,
        Story(on_start={"publish": errors("produce", *[TIMED_OUT] * 100)}, patience=Patience(delivery_seconds=2)),
        errors_called_off,
    ),
    "fetch-fails": Case(COMPLETED, story=Story(on_start={"await": errors("fetch", *[NOT_LEADER] * 4)})),
    "offsets-fail": Case(COMPLETED, story=Story(on_start={"await": errors("list_offsets", NOT_LEADER, NOT_LEADER)})),
    "comparisons-gone": Case(COMPLETED, {**NOTHING, "gaps": SOME}, Story(on_start={"await": trim(COMPARISON)})),
    "all-gone": Case(
        ("partial", 6, False, "batch-silent"),
        {**NOTHING, "gaps": SOME},
        Story(on_start={"await": trim(*RESULTS)}, heard={"comparisons": 0}),
    ),
    "down-before-the-start": Case(REFUSED, NOTHING, beside=down, lane="down"),
    "down-while-publishing": Case(LOST, NOTHING, Story(on_start={"publish": DOWN}), up_again, "down"),
    "down-as-the-waiting-begins": Case(LOST, NOTHING, Story(on_start={"await": DOWN}), up_again, "down"),
    "down-and-up-while-waiting": Case(COMPLETED, WHOLE, Story(while_in={"await": DOWN}), up_again, "down"),
    "connections-cut": Case(COMPLETED, WHOLE, Story(while_in={"await": CUTS}), lane="down"),
}


def play(case: Case, label: str, stack: Embedded, folder: Path) -> Ended:
    with case.beside(stack):
        return run(folder, stack, label, case.story)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    plays: dict[str, dict[str, Play]] = defaultdict(dict)
    for name, case in CASES.items():
        plays[case.lane][name] = partial(play, case, name)
    with lanes(tmp_path_factory.mktemp("broker"), plays, OPTIONS) as running:
        yield running


@pytest.mark.parametrize("name", CASES)
def test_a_run_ends_as_it_should_and_its_artefact_says_why(runs: Runs, name: str) -> None:
    ended, case = runs[name].result(), CASES[name]
    assert ended.end == ended.told == case.end
    assert mistakes(ended.artefact) == []
    assert ended.facts() == case.facts


BY_KIND = {
    "down": "down-and-up-while-waiting",
    "cut": "connections-cut",
    "errors": "produce-fails-twice",
    "rtt": "far-away",
    "trim": "comparisons-gone",
}


def test_every_kind_of_misbehaviour_has_its_case() -> None:
    union, _discriminator = get_args(BrokerAction)
    assert set(BY_KIND) == {each.model_fields["kind"].default for each in get_args(union)}
    assert set(BY_KIND.values()) < set(CASES)
