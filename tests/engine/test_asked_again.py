"""A stage that the user asks for once more, after the run is over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from eng5_pipeline.context import RunContext
from eng5_pipeline.durable import LineFile
from eng5_pipeline.engine.ending import Ending, conclude, recorded_ending
from eng5_pipeline.engine.journal import Journal, open_journal
from eng5_pipeline.engine.pipeline import Pipeline
from eng5_pipeline.engine.run import Surroundings, execute
from eng5_pipeline.engine.stage import AlwaysReady, StageLog, Touches
from eng5_pipeline.errors import Eng5Error, ExtractionFailed, Interrupted, MachineFailed
from eng5_pipeline.results import StageResult
from tests.support.clock import FakeClock
from tests.support.observers import Remembering


class Sent(StageResult):
    def headline(self) -> str:
        return "sent"


class Copied(StageResult):
    number: int

    def headline(self) -> str:
        return f"copied {self.number} times"


class Killed(BaseException):
    """Stands for the end of the process: nothing is journalled after it."""


@dataclass
class Sends(AlwaysReady):
    name = "send"
    needs = ()
    gives = Sent
    touches = Touches.CHANGES_SERVICES

    def run(self, ctx: RunContext, log: StageLog) -> Sent:
        log.commit()
        return Sent()


@dataclass
class Copies(AlwaysReady):
    """`ends` are what becomes of each run in turn; after them it finishes."""

    ends: list[BaseException] = field(default_factory=list)
    name = "copy"
    needs = (Sent,)
    gives = Copied
    touches = Touches.CHANGES_SERVICES
    seen: list[bool] = field(default_factory=list)

    def run(self, ctx: RunContext, log: StageLog) -> Copied:
        self.seen.append(log.started_before())
        if self.ends:
            raise self.ends.pop(0)
        return Copied(number=len(self.seen))


@dataclass
class Run:
    """Processes that go at one journal one after the other."""

    path: Path
    copies: Copies = field(default_factory=Copies)
    observer: Remembering = field(default_factory=Remembering)

    def begin(self, *, stop: bool = False) -> int | None:
        return self._process(lambda journal: None, stop)

    def resume(self) -> int | None:
        return self._process(lambda journal: journal.append("resumed"), False)

    def ask_again(self, *, stop: bool = False) -> int | None:
        def ask(journal: Journal) -> None:
            journal.append("resumed")
            journal.ask_again("copy")

        return self._process(ask, stop)

    def _process(self, opening: Callable[[Journal], object], stop: bool) -> int | None:
        """The exit code; None where it was killed."""
        error: Exception | None = None
        with LineFile(self.path) as file:
            journal = open_journal(file, FakeClock().now)
            opening(journal)
            around = Surroundings(journal, self.observer, FakeClock().monotonic, lambda: stop)
            try:
                execute(Pipeline("run", (Sends(), self.copies)), RunContext(), around)
            except Killed:
                return None
            except Exception as stopped:
                error = stopped
            return conclude(journal, error, "completed")

    @property
    def ending(self) -> Ending | None:
        with LineFile(self.path) as file:
            return recorded_ending(open_journal(file, FakeClock().now))


FAILED = ExtractionFailed("extraction-failed", "it failed", hint="")
COMPLETED = Ending(status="completed", exit_code=0, final=True)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path / "journal.jsonl")


def test_a_finished_stage_runs_again_and_the_one_before_it_does_not(run: Run) -> None:
    run.begin()
    assert run.ask_again() == 0
    assert run.observer.finished == ["send", "copy", "copy"]
    assert run.observer.replayed == ["send"]


def test_it_knows_nothing_of_an_earlier_start_that_nobody_saw_end(run: Run) -> None:
    run.copies.ends = [Killed()]
    run.begin()
    assert run.ask_again() == 0
    assert run.copies.seen == [False, False]


def test_a_later_process_was_not_asked(run: Run) -> None:
    run.begin()
    run.ask_again()
    run.resume()
    assert len(run.copies.seen) == 2


def test_killed_again_it_was_started_before(run: Run) -> None:
    run.begin()
    run.copies.ends = [Killed()]
    assert run.ask_again() is None
    assert run.ending is None
    run.copies.ends = [FAILED]
    assert run.resume() == 7
    assert run.copies.seen == [False, False, True]


def test_killed_again_and_opened_by_a_later_process_it_is_not_over(run: Run) -> None:
    run.begin()
    run.copies.ends = [Killed()]
    run.ask_again()
    with LineFile(run.path) as file:
        journal = open_journal(file, FakeClock().now)
        journal.append("resumed")
        assert recorded_ending(journal) is None


def test_killed_before_it_started_again_it_is_as_it_was_before(run: Run) -> None:
    run.copies.ends = [Killed()]
    run.begin()
    with LineFile(run.path) as file:
        journal = open_journal(file, FakeClock().now)
        journal.append("resumed")
        journal.ask_again("copy")
    run.resume()
    assert run.copies.seen == [False, True]


def test_a_failure_becomes_the_new_end_of_the_completed_run(run: Run) -> None:
    run.begin()
    run.copies.ends = [FAILED]
    assert run.ask_again() == 7
    assert run.ending == Ending(status="completed", exit_code=7, final=True, reference="extraction-failed")


def test_a_success_takes_the_place_of_a_failure(run: Run) -> None:
    run.copies.ends = [FAILED]
    run.begin()
    assert run.ask_again() == 0
    assert run.ending == COMPLETED


@pytest.mark.parametrize("error", [MachineFailed("disk-full", "no space", hint=""), RuntimeError("a bug")])
def test_what_says_nothing_of_the_batch_leaves_its_end_on_record(run: Run, error: Exception) -> None:
    run.begin()
    run.copies.ends = [error]
    assert run.ask_again() == (9 if isinstance(error, Eng5Error) else 1)
    with LineFile(run.path) as file:
        journal = open_journal(file, FakeClock().now)
    ended = journal.last("ended")
    assert ended is not None
    assert Ending.model_validate(ended.data) == COMPLETED


def test_stopped_before_it_starts_the_run_is_still_completed(run: Run) -> None:
    run.begin()
    assert run.ask_again(stop=True) == Interrupted.after_effects
    assert run.ending == COMPLETED
    assert run.copies.seen == [False]
