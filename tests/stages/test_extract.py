"""The extraction command is started once, and what became of it is told whatever it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

import pytest

from eng5_pipeline.context import RunContext
from eng5_pipeline.domain.extraction import ProcessOutcome
from eng5_pipeline.engine.journal import Journal, NoDisk
from eng5_pipeline.engine.run import Page, Surroundings
from eng5_pipeline.errors import Eng5Error, ExtractionFailed, ToolMissing
from eng5_pipeline.results import Awaited, Extracted
from eng5_pipeline.stages.extract import Extract
from tests.support.clock import FakeClock
from tests.support.observers import Remembering

BATCH = UUID("39fb07d4-11ea-47c2-8f08-a1efb753357e")
MISSING = ToolMissing("extraction-command-missing", "the command is not there", hint="install it")


def ended(exit_code: int | None) -> ProcessOutcome:
    return ProcessOutcome(command=("extract", "17"), exit_code=exit_code, seconds=2.0, files=(("r.json", "0" * 64, 2),))


@dataclass
class FakeExtractor:
    outcome: ProcessOutcome = field(default_factory=lambda: ended(0))
    missing: ToolMissing | None = None
    jobs: list[str] = field(default_factory=list)

    def check(self) -> None:
        if self.missing:
            raise self.missing

    def run(self, job_id: str, safe_point: Callable[[], None]) -> ProcessOutcome:
        self.check()
        self.jobs.append(job_id)
        return self.outcome


def awaited() -> RunContext:
    context = RunContext()
    context.put(Awaited(job_id="17", comparisons=8, failed_comparisons=0))
    return context


@dataclass
class Attempt:
    extractor: FakeExtractor = field(default_factory=FakeExtractor)
    journal: Journal = field(default_factory=lambda: Journal(NoDisk(), FakeClock().now))

    def run(self) -> Extracted:
        around = Surroundings(self.journal, Remembering(), FakeClock().monotonic, lambda: False)
        page = Page("extract", around)
        page.begin()
        return Extract(self.extractor, True, BATCH).run(awaited(), page)

    def failure(self) -> Eng5Error:
        with pytest.raises(ExtractionFailed) as failed:
            self.run()
        assert failed.value.exit_code(effects=True) == 7
        return failed.value


def test_it_is_started_for_the_job_that_was_awaited() -> None:
    attempt = Attempt()
    assert attempt.run().outcome == ended(0)
    assert attempt.extractor.jobs == ["17"]


def test_without_its_flag_it_is_left_out() -> None:
    why = Extract(FakeExtractor(), False, BATCH).skip(awaited())
    assert why == "flags.auto_extract_eng5_db is false"
    assert Extract(FakeExtractor(), True, BATCH).skip(awaited()) is None


@pytest.mark.parametrize(
    ("exit_code", "reference", "what"),
    [
        (3, "extraction-failed", "the batch completed, but the extraction ended with exit code 3"),
        (None, "extraction-timeout", "the batch completed, but the extraction was ended after 2 s"),
    ],
)
def test_a_failure_says_that_the_batch_completed(exit_code: int | None, reference: str, what: str) -> None:
    failure = Attempt(FakeExtractor(ended(exit_code))).failure()
    assert (failure.reference, failure.what) == (reference, what)
    assert failure.hint.endswith(f"eng5-pipeline extract {BATCH}")


def test_what_became_of_it_is_journalled_also_where_it_failed() -> None:
    attempt = Attempt(FakeExtractor(ended(3)))
    attempt.failure()
    noted = attempt.journal.last("note", stage="extract", name="outcome")
    assert noted is not None
    assert ProcessOutcome.model_validate(noted.data) == ended(3)


def test_a_start_that_nobody_saw_end_is_not_repeated() -> None:
    attempt = Attempt()
    attempt.journal.append("started", stage="extract")
    assert attempt.failure().reference == "extraction-unknown"
    assert attempt.extractor.jobs == []


def test_a_command_that_has_gone_since_is_a_failed_extraction() -> None:
    assert Attempt(FakeExtractor(missing=MISSING)).failure().reference == "extraction-command-missing"


def test_a_command_that_is_not_there_is_told_beforehand() -> None:
    with pytest.raises(ToolMissing):
        Extract(FakeExtractor(missing=MISSING), True, BATCH).ready(RunContext())
