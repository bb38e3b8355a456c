"""One loop for every verb: what runs again, what is taken from the journal, what is asked before anything changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from eng5_pipeline.context import RunContext
from eng5_pipeline.durable import LineFile
from eng5_pipeline.engine.ending import conclude, recorded_ending
from eng5_pipeline.engine.journal import Journal, open_journal
from eng5_pipeline.engine.pipeline import Pipeline
from eng5_pipeline.engine.run import Surroundings, execute
from eng5_pipeline.engine.stage import StageLog, Touches
from eng5_pipeline.errors import (
    BatchPartial,
    Differs,
    Eng5Error,
    Interrupted,
    OutcomeUnknown,
    Refused,
    ServiceFailed,
    UsageError,
)
from eng5_pipeline.results import StageResult
from tests.support.clock import FakeClock
from tests.support.observers import Remembering


class Read(StageResult):
    value: int

    def headline(self) -> str:
        return f"read {self.value}"


class Sent(StageResult):
    def headline(self) -> str:
        return "sent"


class Counted(StageResult):
    def headline(self) -> str:
        return "counted"


def nothing(log: StageLog) -> None:
    return None


@dataclass
class Reads:
    value: int = 1
    name = "read"
    needs = ()
    gives = Read
    touches = Touches.READS_SERVICES
    runs: int = 0

    def skip(self, ctx: RunContext) -> str | None:
        return None

    def ready(self, ctx: RunContext) -> None:
        return None

    def run(self, ctx: RunContext, log: StageLog) -> Read:
        self.runs += 1
        return Read(value=self.value)


@dataclass
class Sends:
    do: Callable[[StageLog], None] = nothing
    name = "send"
    needs = (Read,)
    gives = Sent
    touches = Touches.CHANGES_SERVICES
    runs: int = 0

    def skip(self, ctx: RunContext) -> str | None:
        return None

    def ready(self, ctx: RunContext) -> None:
        return None

    def run(self, ctx: RunContext, log: StageLog) -> Sent:
        self.runs += 1
        self.do(log)
        return Sent()


@dataclass
class Counts:
    unready: Eng5Error | None = None
    skipped: str | None = None
    do: Callable[[StageLog], None] = nothing
    name = "count"
    needs = (Sent,)
    gives = Counted
    touches = Touches.READS_SERVICES
    runs: int = 0
    seen: list[bool] = field(default_factory=list)

    def skip(self, ctx: RunContext) -> str | None:
        return self.skipped

    def ready(self, ctx: RunContext) -> None:
        if self.unready:
            raise self.unready

    def run(self, ctx: RunContext, log: StageLog) -> Counted:
        self.runs += 1
        self.seen.append(log.started_before())
        self.do(log)
        return Counted()


@dataclass
class Attempts:
    """Processes that go at the same journal one after the other."""

    path: Path
    observer: Remembering = field(default_factory=Remembering)

    def go(self, read: Reads, send: Sends, count: Counts, *, stop: bool = False) -> int:
        clock = FakeClock()
        error: Exception | None = None
        with LineFile(self.path) as file:
            journal = open_journal(file, clock.now)
            try:
                around = Surroundings(journal, self.observer, clock.monotonic, lambda: stop)
                execute(Pipeline("run", (read, send, count)), RunContext(), around)
            except Eng5Error as stopped:
                error = stopped
            return conclude(journal, error, "completed")

    @property
    def journal(self) -> Journal:
        with LineFile(self.path) as file:
            return open_journal(file, FakeClock().now)


@pytest.fixture
def attempts(tmp_path: Path) -> Attempts:
    return Attempts(tmp_path / "journal.jsonl")


def commits(log: StageLog) -> None:
    log.commit()


def fails(error: Eng5Error) -> Callable[[StageLog], None]:
    def do(log: StageLog) -> None:
        raise error

    return do


def test_every_stage_is_journalled_with_its_result(attempts: Attempts) -> None:
    assert attempts.go(Reads(), Sends(), Counts()) == 0
    kinds = [(entry.kind, entry.stage) for entry in attempts.journal.entries]
    assert kinds == [
        ("started", "read"),
        ("finished", "read"),
        ("started", "send"),
        ("finished", "send"),
        ("started", "count"),
        ("finished", "count"),
        ("ended", None),
    ]


def test_before_the_point_of_no_return_everything_runs_again(attempts: Attempts) -> None:
    read, send = Reads(), Sends()
    attempts.go(read, send, Counts(do=fails(Interrupted("interrupted", "stop", hint=""))))
    attempts.go(read, send, Counts())
    assert (read.runs, send.runs) == (2, 2)


def test_after_the_point_of_no_return_nothing_earlier_runs_again(attempts: Attempts) -> None:
    read, send = Reads(), Sends(do=commits)
    attempts.go(read, send, Counts(do=fails(Interrupted("interrupted", "stop", hint=""))))
    attempts.go(Reads(value=2), send, Counts())
    assert (read.runs, send.runs) == (1, 1)
    assert attempts.observer.replayed == ["read", "send"]


def test_a_reading_stage_that_finds_something_else_stops_the_resume_and_names_it(attempts: Attempts) -> None:
    attempts.go(Reads(value=1), Sends(), Counts(do=fails(Interrupted("interrupted", "stop", hint=""))))
    assert attempts.go(Reads(value=2), Sends(), Counts()) == 8
    stopped = attempts.journal.last("stopped", stage="read")
    assert stopped is not None
    assert "value: 1 -> 2" in stopped.data["what"]


def test_later_stages_are_asked_whether_they_are_ready_before_anything_changes(attempts: Attempts) -> None:
    send = Sends()
    unready = ServiceFailed("kafka-refused", "nothing listens", hint="start it")
    assert attempts.go(Reads(), send, Counts(unready=unready)) == 3
    assert send.runs == 0
    assert attempts.observer.stopped == [("count", "kafka-refused")]


def test_a_stage_that_will_be_skipped_is_not_asked(attempts: Attempts) -> None:
    unready = ServiceFailed("tool-missing", "not there", hint="install it")
    assert attempts.go(Reads(), Sends(), Counts(unready=unready, skipped="not wanted")) == 0
    assert attempts.observer.skipped == ["count"]


def test_after_the_point_of_no_return_nobody_is_asked(attempts: Attempts) -> None:
    interrupted = fails(Interrupted("interrupted", "stop", hint=""))
    attempts.go(Reads(), Sends(do=commits), Counts(do=interrupted))
    assert attempts.go(Reads(), Sends(), Counts(unready=ServiceFailed("x", "x", hint=""))) == 0


def test_a_stage_that_goes_on_past_the_point_of_no_return_asks_nobody(attempts: Attempts) -> None:
    def commits_and_is_not_heard_of_again(log: StageLog) -> None:
        log.commit()
        raise OutcomeUnknown("publish-unknown", "no acknowledgement", hint="")

    attempts.go(Reads(), Sends(do=commits_and_is_not_heard_of_again), Counts())
    assert attempts.go(Reads(), Sends(), Counts(unready=ServiceFailed("x", "x", hint=""))) == 0


@pytest.mark.parametrize(("effect", "code", "status"), [(False, 3, "refused"), (True, 4, "error")])
def test_a_service_failure_is_a_refusal_until_something_has_changed(
    attempts: Attempts, effect: bool, code: int, status: str
) -> None:
    def do(log: StageLog) -> None:
        if effect:
            log.effect()
        raise ServiceFailed("content-failed", "503", hint="try later")

    assert attempts.go(Reads(), Sends(do=do), Counts()) == code
    ending = recorded_ending(attempts.journal)
    assert ending is not None
    assert ending.status == status


def test_a_resume_that_cannot_go_on_leaves_the_recorded_ending(attempts: Attempts) -> None:
    partial = BatchPartial("batch-timeout", "no completion", hint="resume", final=False)
    attempts.go(Reads(), Sends(do=commits), Counts(do=fails(partial)))
    down = ServiceFailed("kafka-refused", "nothing listens", hint="start it")
    assert attempts.go(Reads(), Sends(), Counts(do=fails(down))) == 4
    ending = recorded_ending(attempts.journal)
    assert ending is not None
    assert ending.status == "partial"


def test_a_killed_attempt_has_no_ending(attempts: Attempts) -> None:
    def killed(log: StageLog) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        attempts.go(Reads(), Sends(do=killed), Counts())
    assert recorded_ending(attempts.journal) is None


def test_a_stage_knows_that_it_was_begun_and_not_finished(attempts: Attempts) -> None:
    count = Counts(do=fails(Interrupted("interrupted", "stop", hint="")))
    attempts.go(Reads(), Sends(do=commits), count)
    attempts.go(Reads(), Sends(), count)
    assert count.seen == [False, True]


def test_a_stop_request_is_heeded_between_stages(attempts: Attempts) -> None:
    read = Reads()
    assert attempts.go(read, Sends(), Counts(), stop=True) == 130
    assert read.runs == 0


def test_a_difference_after_the_point_of_no_return_leaves_no_refusal(attempts: Attempts) -> None:
    differs = Differs("other-kafka-cluster", "another", hint="set it")
    assert attempts.go(Reads(), Sends(do=commits), Counts(do=fails(differs))) == 8
    assert attempts.journal.last("ended") is None


def test_a_needless_word_of_the_user_leaves_the_record_as_it_is(attempts: Attempts) -> None:
    needless = UsageError("choice-not-needed", "the outcome can be known", hint="resume")
    assert attempts.go(Reads(), Sends(do=commits), Counts(do=fails(needless))) == 2
    assert attempts.journal.last("ended") is None


def test_a_refusal_keeps_its_reference_and_hint(attempts: Attempts) -> None:
    refused = Refused("anchors-missing", "CJ has no anchors", hint="register them")
    attempts.go(Reads(), Sends(do=fails(refused)), Counts())
    stopped = attempts.journal.last("stopped")
    assert stopped is not None
    assert (stopped.name, stopped.data["hint"]) == ("anchors-missing", "register them")


@pytest.mark.parametrize(
    "stages", [(Sends(),), (Reads(), Reads()), (Reads(), Counts(), Sends())], ids=["need", "twice", "order"]
)
def test_an_impossible_pipeline_is_refused_when_it_is_built(stages: tuple[Reads | Sends | Counts, ...]) -> None:
    with pytest.raises(ValueError, match=r"impossible:"):
        Pipeline("impossible", stages)
