"""A run folder as it stands just past the publish intent of a captured request."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eng5_pipeline import __version__
from eng5_pipeline.contracts import topics
from eng5_pipeline.domain.assignment import Anchor, AnchorSummary, Assignment
from eng5_pipeline.domain.comparisons import apply_comparison_limit
from eng5_pipeline.domain.essays import Essay
from eng5_pipeline.durable import LineFile, make_folder
from eng5_pipeline.engine.journal import Journal, open_journal
from eng5_pipeline.ports import EventBus
from eng5_pipeline.results import (
    AnchorsVerified,
    ResolvedAssignment,
    StageResult,
    Uploaded,
    UploadedEssay,
    Validated,
)
from eng5_pipeline.run_folder import RunFolder
from eng5_pipeline.spec.effective import Effective, from_spec
from eng5_pipeline.spec.load import load_spec
from tests.support.clock import FakeClock

ALL_TOPICS = (topics.REQUEST, *topics.RESULTS)


def past_the_intent(output: Path, request: str, bus: EventBus, *, scale: str, anchors: Mapping[int, str]) -> RunFolder:
    """`request` is the value of a captured request; `anchors` are true grades by registry id."""
    value = json.loads(request)
    data = value["data"]
    run = RunFolder(output / data["entity_id"])
    make_folder(run.path)
    run.request.write_text(request, encoding="utf-8")
    run.effective.write_text(_effective(run, value).to_json(), encoding="utf-8")
    with LineFile(run.journal) as file:
        journal = open_journal(file, FakeClock().now)
        _open(journal, run, value)
        essays = [(essay["essay_id"], essay["text_storage_id"]) for essay in data["essays_for_cj"]]
        for stage, result in _results(data["assignment_id"] or "none", essays, scale, anchors):
            journal.append("started", stage=stage)
            journal.append("finished", stage=stage, result=result.model_dump(mode="json"), seconds=0.1)
        journal.append("started", stage="publish")
        ends, cluster = bus.ends(ALL_TOPICS), bus.cluster(ALL_TOPICS)
        journal.append(
            "note",
            stage="publish",
            name="before",
            ends=ends.model_dump(mode="json"),
            cluster=cluster.model_dump(mode="json"),
        )
        journal.append("committed", stage="publish", event_id=value["event_id"])
    return run


def _effective(run: RunFolder, value: dict[str, Any]) -> Effective:
    run.spec.write_text(
        "spec: eng5-pipeline/v1\n"
        f"label: {value['metadata']['batch_label']}\n"
        f"assignment: {{id: {value['data']['assignment_id'] or 'none'}}}\n"
        'essays: {students: {files: ["*.txt"]}}\n'
        "limits: {completion_timeout: 4s, grace: 300ms}\n",
        encoding="utf-8",
    )
    return from_spec(load_spec(run.spec))


def _open(journal: Journal, run: RunFolder, value: dict[str, Any]) -> None:
    journal.append(
        "opened",
        pipeline="run",
        batch_uuid=run.path.name,
        label=value["metadata"]["batch_label"],
        spec_path="spec.yaml",
        spec_folder=str(run.path),
        spec_sha256="0" * 64,
        versions={"eng5-pipeline": __version__},
        git=None,
    )


def _results(
    assignment_id: str, essays: list[tuple[str, str]], scale: str, anchors: Mapping[int, str]
) -> list[tuple[str, StageResult]]:
    assignment = Assignment(
        assignment_id=assignment_id,
        grade_scale=scale,
        context_origin=None,
        course_id=None,
        student_prompt_storage_id="0" * 32,
    )
    summary = AnchorSummary(
        assignment_id=assignment_id,
        grade_scale=scale,
        anchors=tuple(
            Anchor(anchor_id=number, label=f"{grade}{number}", grade=grade, storage_id="1" * 32)
            for number, grade in anchors.items()
        ),
        count_by_scale={scale: len(anchors)},
    )
    return [
        ("validate", Validated(essays=tuple(_essay(essay) for essay, _ in essays), inputs=(), passed_over={})),
        ("resolve_assignment", ResolvedAssignment(assignment=assignment)),
        (
            "anchor_preflight",
            AnchorsVerified(summary=summary, counts=apply_comparison_limit(len(anchors), len(essays), None)),
        ),
        ("upload", Uploaded(essays=tuple(_uploaded(*e) for e in essays), uploaded=len(essays), reused=0, retries=0)),
    ]


def _essay(essay: str) -> Essay:
    path = f"{essay.rpartition(':')[2]}.txt"
    return Essay(local_id=path, path=path, raw_sha256="2" * 64, text_sha256="3" * 64, size=900, words=200)


def _uploaded(essay: str, storage_id: str) -> UploadedEssay:
    local = f"{essay.rpartition(':')[2]}.txt"
    return UploadedEssay(local_id=local, essay_id=essay, storage_id=storage_id, text_sha256="3" * 64)
