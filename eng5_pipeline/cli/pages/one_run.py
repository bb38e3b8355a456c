"""One run in full, for a person and for a program."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from eng5_pipeline.cli.afterwards import after_run
from eng5_pipeline.cli.display.phrases import stage_line
from eng5_pipeline.cli.json_text import json_lines
from eng5_pipeline.cli.pages.batch import batch_page
from eng5_pipeline.cli.wording import count, label, near, seconds, visible
from eng5_pipeline.report.listing import RunView
from eng5_pipeline.report.progress import StageRecord
from eng5_pipeline.report.run_record import RunRecord

VERSION: Final = 1
_STATES: Final = {
    "finished": "done",
    "skipped": "skipped",
    "stopped": "stopped",
    "begun": "begun",
    "not_reached": "-",
}


def run_text(view: RunView, here: Path) -> list[str]:
    record = view.record
    lines = [f"run of {label(record.label or 'no label')} in {near(record.folder.path, here)}"]
    if record.opened_at is not None:
        lines.append(f"begun {record.opened_at:%Y-%m-%d %H:%M:%S} UTC")
    return [
        *lines,
        "",
        *map(_stage, record.stages),
        *_oddities(view),
        *batch_page(view, here, after_run(record.folder)),
    ]


def _stage(stage: StageRecord) -> str:
    told = stage.headline or stage.what or ""
    reference = f"{stage.reference}: " if stage.reference else ""
    took = f" ({seconds(stage.seconds)})" if stage.seconds is not None else ""
    return stage_line(stage.name, _STATES[stage.state], f"{reference}{told}{took}")


def _oddities(view: RunView) -> Iterator[str]:
    """What a reader must know before they trust the numbers."""
    record, judged = view.record, view.judged
    yield from (f"warning[{warned.reference}] {visible(warned.what)}" for warned in record.warnings)
    for essay in judged.vanished:
        yield f"vanished: {visible(record.local_ids.get(essay, essay))}"
    for gap in record.gaps:
        yield f"gap: {gap.topic}, partition {gap.partition}: {gap.expected} to {gap.resumed_at}: {gap.reason}"
    for reason, number in judged.put_aside.items():
        yield f"put aside: {count(number, 'record')}, {visible(reason)}"
    for job in judged.other_jobs:
        judged_there = count(job.comparisons, "comparison")
        yield f"another job of CJ under this batch_uuid: {visible(job.job_id)}, {judged_there}"


def run_json(view: RunView, here: Path) -> list[str]:
    """A summary; the whole of it is in the artefact, whose path stands here."""
    record, judged, ending = view.record, view.judged, view.record.ending
    told = {
        "v": VERSION,
        "batch_uuid": str(record.batch_uuid),
        "label": record.label,
        "folder": str(record.folder.path),
        "artefact": _if_there(record.folder.artefact),
        "report": _if_there(record.folder.report),
        "state": view.state,
        "status": ending.status if ending else None,
        "final": ending.final if ending else None,
        "exit_code": ending.exit_code if ending else None,
        "stages": [stage.model_dump(mode="json") for stage in record.stages],
        "warnings": [warned.model_dump(mode="json") for warned in record.warnings],
        "comparisons": judged.comparisons,
        "failed_comparisons": judged.failed,
        "cost_usd": str(judged.total_usd),
        "simulated": judged.simulated,
        "ranking": [essay.model_dump(mode="json") for essay in view.ranking],
        **_kept_aside(record, view),
    }
    return json_lines(told)


def _kept_aside(record: RunRecord, view: RunView) -> dict[str, object]:
    return {
        "vanished": [record.local_ids.get(essay, essay) for essay in view.judged.vanished],
        "gaps": [gap.model_dump(mode="json") for gap in record.gaps],
        "quarantine": dict(view.judged.put_aside),
    }


def _if_there(path: Path) -> str | None:
    return str(path) if path.is_file() else None
