"""The sections of the artefact that tell how the run went and what it was made from."""

from __future__ import annotations

from eng5_pipeline.report.encode import Json
from eng5_pipeline.report.judged import Judged
from eng5_pipeline.report.last_lines import last_lines
from eng5_pipeline.report.manifest import ListedFile
from eng5_pipeline.report.progress import StageRecord
from eng5_pipeline.report.run_record import RunRecord
from eng5_pipeline.results import Published
from eng5_pipeline.spec.effective import Effective


def stages(record: RunRecord) -> Json:
    return [_stage(stage) for stage in record.stages]


def _stage(stage: StageRecord) -> Json:
    return {
        "name": stage.name,
        "state": stage.state,
        "attempts": stage.attempts,
        "seconds": stage.seconds,
        "headline": stage.headline,
        "reference": stage.reference,
        "what": stage.what,
    }


def warnings(record: RunRecord) -> Json:
    return [warning.model_dump() for warning in record.warnings]


def vanished(record: RunRecord, judged: Judged) -> Json:
    return [{"essay_id": essay, "local_id": record.local_ids.get(essay)} for essay in judged.vanished]


def gaps(record: RunRecord) -> Json:
    return [gap.model_dump() for gap in record.gaps]


def quarantine(judged: Judged) -> Json:
    return {"records": sum(judged.put_aside.values()), "reasons": dict(judged.put_aside)}


def other_jobs(judged: Judged) -> Json:
    """Counted, and kept in events.jsonl; their comparisons are not among ours."""
    return [
        {
            "cj_assessment_job_id": job.job_id,
            "comparisons": job.comparisons,
            "failed_comparisons": job.failed,
            "tokens": job.tokens,
            "total_usd": job.usd,
            "completed": job.completed,
            "result": job.result,
        }
        for job in judged.other_jobs
    ]


def extraction(record: RunRecord) -> Json:
    """None while it was not asked for; `exit_code` is null too where the command was ended at its time limit.

    Of what it said only the end, from the files of its newest start.
    """
    stage = next(stage for stage in record.stages if stage.name == "extract")
    if stage.state in ("not_reached", "skipped"):
        return None
    outcome, folder = record.extraction, record.folder.extraction
    return {
        "state": stage.state,
        "command": list(outcome.command) if outcome else None,
        "exit_code": outcome.exit_code if outcome else None,
        "seconds": outcome.seconds if outcome else None,
        "stdout": last_lines(folder / "stdout.txt") if outcome else None,
        "stderr": last_lines(folder / "stderr.txt") if outcome else None,
        "files": [_file(ListedFile(*file)) for file in outcome.files] if outcome else None,
    }


def provenance(record: RunRecord) -> Json:
    opening, effective = record.opening, record.effective
    return {
        "spec": {"path": opening.spec_path, "folder": opening.spec_folder, "sha256": opening.spec_sha256},
        "git": opening.git.model_dump() if opening.git else None,
        "versions": opening.versions,
        "request": _request(record),
        "settings": _settings(effective) if effective else None,
    }


def _settings(effective: Effective) -> Json:
    return {key: {"value": value, "source": source} for key, value, source in effective.rows()}


def _request(record: RunRecord) -> Json:
    """How and where it was published; None while it was not."""
    published = record.result(Published)
    if published is None:
        return None
    receipt = published.receipt
    return {
        "event_id": str(published.event_id),
        "how": published.how,
        "topic": receipt.topic if receipt else None,
        "partition": receipt.partition if receipt else None,
        "offset": receipt.offset if receipt else None,
        "cluster_id": published.cluster.cluster_id,
    }


def validation(record: RunRecord, files: list[ListedFile]) -> Json:
    """The checksum comes in when the rest is written: see `artefact`."""
    versions = record.opening.versions
    return {
        "artefact_checksum": "",
        "manifest": [_file(file) for file in files],
        "cli_environment": {part: versions[part] for part in ("python", "os") if part in versions},
    }


def _file(file: ListedFile) -> Json:
    return {"path": file.path, "sha256": file.sha256, "bytes": file.size}
