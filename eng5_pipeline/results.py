"""One frozen result per stage: all that later stages and the artefact need of it, and no essay text."""

from __future__ import annotations

from uuid import UUID

from eng5_pipeline.domain.anchor_holdings import ComparedAnchor, State
from eng5_pipeline.domain.assignment import AnchorSummary, AnchorToRegister, Assignment
from eng5_pipeline.domain.comparisons import ComparisonCounts
from eng5_pipeline.domain.essays import Essay
from eng5_pipeline.domain.extraction import ProcessOutcome
from eng5_pipeline.domain.forecast import Forecast
from eng5_pipeline.domain.positions import Cluster, Offsets, Receipt
from eng5_pipeline.domain.request import Draft
from eng5_pipeline.domain.value import Value


class StageResult(Value):
    def headline(self) -> str:
        """One line for a person."""
        raise NotImplementedError


class InputFile(Value):
    """A prompt, rubric or grade table that the spec names."""

    role: str
    path: str
    sha256: str


class Validated(StageResult):
    essays: tuple[Essay, ...]
    inputs: tuple[InputFile, ...]
    passed_over: dict[str, int]

    def digests(self) -> dict[str, str]:
        """The sha256 of every file that was read, by its path as the disk spells it."""
        essays = {essay.path: essay.raw_sha256 for essay in self.essays}
        return essays | {found.path: found.sha256 for found in self.inputs}

    def headline(self) -> str:
        words = sum(essay.words for essay in self.essays)
        return f"{len(self.essays)} student essays, {words} words"


class ResolvedAssignment(StageResult):
    assignment: Assignment

    def headline(self) -> str:
        found = self.assignment
        prompt = "student prompt set" if found.student_prompt_storage_id else "no student prompt"
        origin = found.context_origin or "origin unknown"
        course = f"course {found.course_id}" if found.course_id else "no course"
        return f"{found.assignment_id}: scale {found.grade_scale}, {origin}, {course}, {prompt}"


class AnchorsVerified(StageResult):
    summary: AnchorSummary
    counts: ComparisonCounts

    def headline(self) -> str:
        return (
            f"{len(self.summary.anchors)} anchors over {len(self.summary.grades)} grades; "
            f"at most {self.counts.allowed} comparisons of {self.counts.nodes} essays"
        )


class UploadPlanned(StageResult):
    """Local ids, the request as it would be sent with its blanks, and what the batch is likely to cost."""

    to_upload: tuple[str, ...]
    to_reuse: tuple[str, ...]
    request: Draft
    cost: Forecast

    def headline(self) -> str:
        return f"{len(self.to_upload)} to upload, {len(self.to_reuse)} already there"


class UploadedEssay(Value):
    local_id: str
    essay_id: str
    storage_id: str
    text_sha256: str


class Uploaded(StageResult):
    """Counts are of distinct texts; `retries` counts requests beyond the first of each."""

    essays: tuple[UploadedEssay, ...]
    uploaded: int
    reused: int
    retries: int

    def headline(self) -> str:
        return f"{self.uploaded} uploaded, {self.reused} reused" + (f", {self.retries} retries" if self.retries else "")


class Published(StageResult):
    """`how`: acknowledged, found (by a later look at the topic) or assumed (on the user's word).

    `before` are the ends of the result topics before the request was sent; reading starts there.
    """

    event_id: UUID
    how: str
    receipt: Receipt | None
    before: Offsets
    cluster: Cluster

    def headline(self) -> str:
        where = f"partition {self.receipt.partition}, offset {self.receipt.offset}" if self.receipt else "no receipt"
        return f"request {self.how}: {where}"


class Awaited(StageResult):
    job_id: str
    comparisons: int
    failed_comparisons: int

    def headline(self) -> str:
        failed = f", {self.failed_comparisons} failed" if self.failed_comparisons else ""
        return f"job {self.job_id} completed: {self.comparisons} comparisons{failed}"


class Extracted(StageResult):
    outcome: ProcessOutcome

    def headline(self) -> str:
        files = len(self.outcome.files)
        wrote = f"{files} file{'s' if files != 1 else ''}"
        return f"{self.outcome.command[0]} wrote {wrote} in {self.outcome.seconds:.1f} s"


class AnchorsRead(StageResult):
    anchors: tuple[AnchorToRegister, ...]

    def headline(self) -> str:
        grades = dict.fromkeys(anchor.grade for anchor in self.anchors)
        return f"{len(self.anchors)} anchors: {' '.join(grades)}"


class AnchorsCompared(StageResult):
    anchors: tuple[ComparedAnchor, ...]

    def of(self, state: State) -> tuple[ComparedAnchor, ...]:
        return tuple(each for each in self.anchors if each.state == state)

    def headline(self) -> str:
        """What is to be sent by label and grade, and how much of the rest there is."""
        new = ", ".join(f"{each.anchor.label} ({each.anchor.grade})" for each in self.of("new")) or "none"
        kept, different = len(self.of("kept")), len(self.of("different"))
        return f"new to CJ: {new}; {kept} there already, {different} held differently"


class KeptAnchor(Value):
    local_id: str
    anchor_id: int
    label: str
    grade: str


class AnchorsRegistered(StageResult):
    anchors: tuple[KeptAnchor, ...]
    grade_scale: str

    def headline(self) -> str:
        return f"{len(self.anchors)} anchors registered on scale {self.grade_scale}"
