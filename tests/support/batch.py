"""A batch of three students against a FakeBus, ready for publish and await."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path, PurePosixPath
from uuid import UUID

from eng5_pipeline.adapters.run.event_file import RunEventFile
from eng5_pipeline.adapters.run.request_file import FileRequestFile
from eng5_pipeline.context import RunContext
from eng5_pipeline.domain.assignment import Anchor, AnchorSummary, Assignment
from eng5_pipeline.domain.comparisons import apply_comparison_limit
from eng5_pipeline.domain.essays import Essay, essay_id
from eng5_pipeline.domain.request import RequestTerms
from eng5_pipeline.durable import LineFile
from eng5_pipeline.engine.journal import Journal, open_journal
from eng5_pipeline.engine.pipeline import Pipeline
from eng5_pipeline.engine.run import Surroundings, execute
from eng5_pipeline.engine.stage import AlwaysReady, StageLog, Touches
from eng5_pipeline.ports import ExtractedText, FoundFiles
from eng5_pipeline.results import AnchorsVerified, ResolvedAssignment, StageResult, Uploaded, UploadedEssay, Validated
from eng5_pipeline.stages.await_completion import AwaitCompletion
from eng5_pipeline.stages.publish import Choice, Publish
from tests.support.clock import FakeClock
from tests.support.fakes_kafka import FakeBus
from tests.support.observers import Remembering

BATCH = UUID("39fb07d4-11ea-47c2-8f08-a1efb753357e")
STUDENTS = ("students/a.txt", "students/b.txt", "students/c.txt")
ESSAYS = [str(essay_id(BATCH, name)) for name in STUDENTS]


class NoFiles:
    """A spec without prompts."""

    def find(self, patterns: object, exclude: object, follow_links: bool) -> FoundFiles:
        raise AssertionError("nothing is looked for")

    def read(self, path: PurePosixPath) -> ExtractedText:
        raise AssertionError("nothing is read")

    def extractor(self, path: PurePosixPath) -> str:
        raise AssertionError("nothing is read")

    def digest(self, path: PurePosixPath) -> str:
        raise AssertionError("nothing is read")

    def text(self, path: PurePosixPath) -> str:
        raise AssertionError("nothing is read")


@dataclass(frozen=True)
class Given(AlwaysReady):
    """A stage that has its result already."""

    result: StageResult
    touches: Touches = Touches.DISK
    needs: tuple[type[StageResult], ...] = ()

    @property
    def name(self) -> str:
        return type(self.result).__name__

    @property
    def gives(self) -> type[StageResult]:
        return type(self.result)

    def run(self, ctx: RunContext, log: StageLog) -> StageResult:
        return self.result


def terms() -> RequestTerms:
    return RequestTerms(
        label="baseline",
        assignment_id="role-models",
        language="en",
        course_code="ENG5",
        user_id="research-user",
        org_id=None,
        max_comparisons=8,
        overrides=None,
        batching_mode_hint=None,
    )


@dataclass
class Batch:
    """One run folder; each `go` is a process that begins with what the folder holds."""

    folder: Path
    clock: FakeClock = field(default_factory=FakeClock)
    scale: str = "eng5_np_legacy_9_step"
    timeout: float = 60.0
    grace: float = 2.0
    max_cost: Decimal | None = None

    def __post_init__(self) -> None:
        self.bus = FakeBus(self.clock)
        self.observer = Remembering()

    def go(self, *, choice: Choice | None = None, stop: bool = False) -> RunContext:
        ctx = RunContext()
        with LineFile(self.folder / "journal.jsonl") as file:
            journal = open_journal(file, self.clock.now)
            around = Surroundings(journal, self.observer, self.clock.monotonic, lambda: stop)
            execute(Pipeline("run", (*self._given(), self._publish(choice), self._await())), ctx, around)
        return ctx

    @property
    def journal(self) -> Journal:
        with LineFile(self.folder / "journal.jsonl") as file:
            return open_journal(file, self.clock.now)

    @property
    def kept_events(self) -> int:
        lines = (self.folder / "events.jsonl").read_text(encoding="utf-8").splitlines()
        return sum('"topic"' in line[:20] for line in lines)

    def _publish(self, choice: Choice | None) -> Publish:
        request = FileRequestFile(self.folder / f"request.{BATCH}.json")
        return Publish(self.bus, request, NoFiles(), BATCH, terms(), self.clock, choice)

    def _await(self) -> AwaitCompletion:
        events = RunEventFile(self.folder / "events.jsonl", self.folder / "quarantine.jsonl", self.clock.now)
        return AwaitCompletion(self.bus, events, BATCH, self.clock, self.timeout, self.grace, self.max_cost, True)

    def _given(self) -> tuple[Given, ...]:
        assignment = Assignment(
            assignment_id="role-models",
            grade_scale=self.scale,
            context_origin=None,
            course_id=None,
            student_prompt_storage_id="0" * 32,
        )
        anchor = Anchor(anchor_id=1, label="A1", grade="A", storage_id="1" * 32)
        summary = AnchorSummary(
            assignment_id="role-models", grade_scale=self.scale, anchors=(anchor,), count_by_scale={self.scale: 1}
        )
        return (
            Given(Validated(essays=tuple(map(_essay, STUDENTS)), inputs=(), passed_over={})),
            Given(ResolvedAssignment(assignment=assignment)),
            Given(AnchorsVerified(summary=summary, counts=apply_comparison_limit(1, 3, 8))),
            Given(Uploaded(essays=tuple(map(_uploaded, STUDENTS)), uploaded=3, reused=0, retries=0)),
        )


def _essay(name: str) -> Essay:
    return Essay(local_id=name, path=name, raw_sha256="0" * 64, text_sha256="1" * 64, size=900, words=200)


def _uploaded(name: str) -> UploadedEssay:
    return UploadedEssay(local_id=name, essay_id=str(essay_id(BATCH, name)), storage_id="2" * 32, text_sha256="1" * 64)
