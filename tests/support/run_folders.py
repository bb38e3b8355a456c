"""Run folders as a run would have left them, made of a captured feed or of nothing.

The lines are those of the journal and of the kept events; nothing here runs a stage.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Self
from uuid import UUID

from eng5_pipeline.contracts import topics
from eng5_pipeline.domain.assignment import Anchor, AnchorSummary, Assignment
from eng5_pipeline.domain.comparisons import apply_comparison_limit
from eng5_pipeline.domain.essays import Essay, essay_id
from eng5_pipeline.domain.positions import Cluster, Offsets, Receipt, Record
from eng5_pipeline.durable import LineFile
from eng5_pipeline.engine.ending import Ending, Status
from eng5_pipeline.engine.journal import Journal, open_journal
from eng5_pipeline.event_lines import event_line, quarantine_line
from eng5_pipeline.report.account import read_account
from eng5_pipeline.report.artefact import put_artefact
from eng5_pipeline.results import (
    AnchorsVerified,
    Awaited,
    InputFile,
    Published,
    ResolvedAssignment,
    StageResult,
    Uploaded,
    UploadedEssay,
    Validated,
)
from eng5_pipeline.run_folder import RunFolder
from eng5_pipeline.spec.effective import from_spec
from tests.support.run_specs import loaded

FEEDS = Path(__file__).parents[1] / "contracts" / "captures" / "feeds"
BATCH = UUID("d0bc3be6-8143-422b-b35d-a77869d7547a")
STUDENTS = ("essays/students/Åsa.docx", "essays/students/Örjan.txt", "essays/students/Lars.docx")
GRADES = ("A", "B", "C+", "D-", "E-")
SCALE = "eng5_np_legacy_9_step"
SPEC = """\
spec: eng5-pipeline/v1
label: role-models-baseline
assignment: {id: np_2017_vt, course_id: 00000000-0000-0000-0000-000000000052}
essays: {students: {files: ["essays/students/*"]}}
judge: {provider: mock, model: mock-model-v1, rubric: prompts/rubric.md}
"""


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass
class Clock:
    """A quarter of a second passes between two looks."""

    at: datetime = datetime(2026, 11, 22, 9, 45, tzinfo=UTC)

    def now(self) -> datetime:
        self.at += timedelta(milliseconds=250)
        return self.at


@dataclass
class Run:
    """A run folder in the making: each call adds what a stage would have left there."""

    path: Path
    batch_uuid: UUID = BATCH
    students: tuple[str, ...] = STUDENTS
    essay_ids: tuple[str, ...] = ()
    registry_ids: tuple[int, ...] = (9, 10, 11, 12, 13)
    label: str = "role-models-baseline"
    clock: Clock = field(default_factory=Clock)
    program: str = "0.1.0"
    spec_folder: Path = Path("/home/ada/runspecs")

    def __post_init__(self) -> None:
        self.folder.path.mkdir(parents=True, exist_ok=True)
        self.essay_ids = self.essay_ids or tuple(str(essay_id(self.batch_uuid, name)) for name in self.students)

    @property
    def folder(self) -> RunFolder:
        return RunFolder(self.path / str(self.batch_uuid))

    def put_artefact(self) -> Path:
        return put_artefact(read_account(self.folder))

    @cached_property
    def journal(self) -> Journal:
        return open_journal(LineFile(self.folder.journal), self.clock.now)

    def opened(self) -> Self:
        self.folder.spec.write_text(SPEC)
        self.folder.effective.write_text(from_spec(loaded(SPEC)).to_json())
        self.journal.append(
            "opened",
            pipeline="run",
            batch_uuid=str(self.batch_uuid),
            label=self.label,
            spec_path="runspecs/role-models-baseline.yaml",
            spec_folder=str(self.spec_folder),
            spec_sha256=digest(SPEC),
            versions={"eng5-pipeline": self.program, "python": "3.11.9"},
            git={"commit": "0" * 40, "dirty": False},
        )
        return self

    def started(self, stage: str) -> Self:
        self.journal.append("started", stage=stage)
        return self

    def finished(self, stage: str, result: StageResult) -> Self:
        self.started(stage)
        self.journal.append("finished", stage=stage, result=result.model_dump(mode="json"), seconds=0.25)
        return self

    def skipped(self, stage: str, why: str) -> Self:
        self.journal.append("skipped", stage=stage, why=why)
        return self

    def stopped(self, stage: str, reference: str, what: str, code: int) -> Self:
        self.journal.append("stopped", stage=stage, name=reference, what=what, hint="go on", exit_code=code)
        return self

    def noted(self, stage: str, name: str, **data: object) -> Self:
        self.journal.append("note", stage=stage, name=name, **data)
        return self

    def warned(self, stage: str, reference: str, what: str) -> Self:
        self.journal.append("warning", stage=stage, name=reference, what=what)
        return self

    def ended(self, status: Status, code: int, *, final: bool) -> Self:
        self.journal.append("ended", **Ending(status=status, exit_code=code, final=final).model_dump())
        return self

    # What each stage finds in a run that goes well.

    def validated(self) -> Self:
        essays = tuple(
            Essay(
                local_id=name, path=name, raw_sha256=digest("raw" + name), text_sha256=digest(name), size=900, words=180
            )
            for name in self.students
        )
        rubric = InputFile(role="judge.rubric", path="prompts/rubric.md", sha256=digest("rubric"))
        return self.finished("validate", Validated(essays=essays, inputs=(rubric,), passed_over={}))

    def with_inputs_on_disk(self) -> Self:
        """As `validated` found them."""
        for name, text in {**{name: "raw" + name for name in self.students}, "prompts/rubric.md": "rubric"}.items():
            path = self.spec_folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return self

    def resolved(self) -> Self:
        assignment = Assignment(
            assignment_id="np_2017_vt",
            grade_scale=SCALE,
            context_origin="research_experiment",
            course_id=None,
            student_prompt_storage_id="5" * 32,
        )
        return self.finished("resolve_assignment", ResolvedAssignment(assignment=assignment))

    def anchors_verified(self) -> Self:
        anchors = tuple(
            Anchor(anchor_id=number, label=f"anchor {number}", grade=GRADES[at % len(GRADES)], storage_id="a" * 32)
            for at, number in enumerate(self.registry_ids)
        )
        summary = AnchorSummary(
            assignment_id="np_2017_vt", grade_scale=SCALE, anchors=anchors, count_by_scale={SCALE: len(anchors)}
        )
        counts = apply_comparison_limit(len(anchors), len(self.students), 60)
        return self.finished("anchor_preflight", AnchorsVerified(summary=summary, counts=counts))

    def checked(self) -> Self:
        """Through everything that changes nothing."""
        return self.opened().validated().resolved().anchors_verified()

    def uploaded(self) -> Self:
        essays = tuple(
            UploadedEssay(local_id=name, essay_id=essay, storage_id=digest(essay)[:32], text_sha256=digest(name))
            for name, essay in zip(self.students, self.essay_ids, strict=True)
        )
        return self.finished("upload", Uploaded(essays=essays, uploaded=len(essays), reused=0, retries=0))

    def published(self, request: bytes) -> Self:
        self.folder.request.write_bytes(request)
        event = json.loads(request)["event_id"]
        self.journal.append("committed", stage="publish", event_id=event)
        return self.finished(
            "publish",
            Published(
                event_id=event,
                how="acknowledged",
                receipt=Receipt(topic=topics.REQUEST, partition=0, offset=0),
                before=Offsets(next={}),
                cluster=Cluster(cluster_id="embedded", topic_ids={}),
            ),
        )

    def awaited(self, job_id: str, comparisons: int) -> Self:
        return self.finished("await", Awaited(job_id=job_id, comparisons=comparisons, failed_comparisons=0))

    def completed(self, job_id: str, comparisons: int) -> Self:
        self.awaited(job_id, comparisons).skipped("extract", "flags.auto_extract_eng5_db is false")
        return self.ended("completed", 0, final=True)

    # Events.

    def kept(self, records: Iterable[Record]) -> Self:
        with LineFile(self.folder.events) as file:
            file.append(event_line(record) for record in records)
        return self

    def put_aside(self, record: Record, reason: str) -> Self:
        with LineFile(self.folder.quarantine) as file:
            file.append([quarantine_line(record, reason)])
        return self


def feed(name: str) -> list[Record]:
    """Every record of a captured batch, in order, at offsets of its own."""
    [path] = FEEDS.glob(f"{name}-*.jsonl")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [_record(line, offset) for offset, line in enumerate(lines)]


def _record(line: dict[str, Any], offset: int) -> Record:
    key = line["key"].encode() if line["key"] else None
    return Record(line["topic"], 0, offset, int(line["timestamp"] * 1000), key, line["value"].encode())


def published_run(path: Path, name: str) -> Run:
    """Past the publish of a captured feed's first request, as our own, with everything kept that came after it."""
    records = feed(name)
    requests = [record.value or b"" for record in records if record.topic == topics.REQUEST]
    data = json.loads(requests[0])["data"]
    essays = tuple(essay["essay_id"] for essay in data["essays_for_cj"])
    found = {int(number) for record in records for number in re.findall(rb"ANCHOR_(\d+)_", record.value or b"")}
    run = Run(path, UUID(data["entity_id"]), STUDENTS[: len(essays)], essays, tuple(sorted(found)))
    run.checked().uploaded().published(requests[0])
    return run.kept(record for record in records if record.topic in topics.RESULTS)


def comparison(
    run: Run,
    number: int,
    essays: tuple[str, str],
    *,
    winner: str | None = "Essay A",
    cost: str = "0.0004",
    job: str = "1",
    model: str = "claude",
    justification: str = "SECRET essay words",
) -> Record:
    """One answer of the judge about two essay ids; `cost` as its digits are to stand in the event."""
    request = f"00000000-0000-4000-8000-{number:012x}"
    value = f"""{{"event_id": "{request}", "correlation_id": "{request}", "data": {{"request_id": "{request}",
        "winner": {json.dumps(winner)}, "justification": {json.dumps(justification)}, "confidence": 4.5,
        "error_detail": null, "provider": "mock", "model": "m", "response_time_ms": 1,
        "token_usage": {{"prompt_tokens": 90, "completion_tokens": 10, "total_tokens": 100}},
        "cost_estimate": {cost}, "requested_at": "2026-11-22T09:45:14Z", "completed_at": "2026-11-22T09:45:15Z",
        "request_metadata": {{"essay_a_id": "{essays[0]}", "essay_b_id": "{essays[1]}",
        "bos_batch_id": "{run.batch_uuid}", "cj_batch_id": "{job}", "prompt_sha256": "{"0" * 64}",
        "resolved_provider": "anthropic", "resolved_model": {json.dumps(model)}}}}}}}"""
    return Record(topics.COMPARISON, 0, number, 0, None, value.encode())
