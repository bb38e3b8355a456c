"""The parts of the page that tell how the run went and what it was made from."""

from __future__ import annotations

from collections.abc import Iterator

from eng5_pipeline import __version__
from eng5_pipeline.report.page.amounts import moment, seconds, usd
from eng5_pipeline.report.page.markup import Content, Markup, Number, definitions, el, join, name, table
from eng5_pipeline.report.page.parts import Part, View, part
from eng5_pipeline.report.progress import StageRecord
from eng5_pipeline.report.run_record import RunRecord
from eng5_pipeline.report.statistics.bradley_terry import ALPHA
from eng5_pipeline.results import Published

_STATES = {
    "finished": "finished",
    "skipped": "skipped",
    "stopped": "stopped",
    "begun": "begun, no end recorded",
    "not_reached": "not reached",
}


def course(view: View) -> Part:
    record = view.account.record
    rows = [_stage(view, stage) for stage in record.stages]
    headings = ["Stage", "State", Number("Time"), Number("Starts"), "What it found, or why it stopped"]
    span = f"From {moment(record.opened_at)} to {moment(record.updated_at)}."
    return part("run", "How the run went", table(headings, rows, span), *_oddities(view))


def _stage(view: View, stage: StageRecord) -> list[Content]:
    said = stage.headline or (view.names.free(stage.what) if stage.what and stage.state == "stopped" else stage.what)
    return [
        el("code", stage.name),
        _STATES[stage.state],
        Number(seconds(stage.seconds)),
        Number(stage.attempts or ""),
        name(said) if said else None,
    ]


def _oddities(view: View) -> Iterator[Markup]:
    record, judged = view.account.record, view.account.judged
    if record.warnings:
        rows = [
            [warning.stage, el("code", warning.reference), name(view.names.free(warning.what))]
            for warning in record.warnings
        ]
        yield table(["Stage", "Warning", "What"], rows, "Warnings, each once.")
    if judged.vanished:
        lost = [[view.essay(essay)] for essay in judged.vanished]
        yield table(["Essay"], lost, "Sent, and not among what CJ reported back.")
    if record.gaps:
        gaps = [[gap.topic, Number(gap.partition), Number(gap.expected), Number(gap.resumed_at)] for gap in record.gaps]
        yield table(
            ["Topic", *map(Number, ("Partition", "From", "To, not included"))], gaps, "Events that could not be read."
        )
    if judged.put_aside:
        aside = [[reason, Number(count)] for reason, count in judged.put_aside.items()]
        yield table(["Reason", Number("Records")], aside, "Events of this batch that could not be used.")
    if judged.other_jobs:
        others = [[job.job_id, Number(job.comparisons), Number(usd(job.usd))] for job in judged.other_jobs]
        yield table(
            ["Job", Number("Comparisons"), Number("Cost")],
            others,
            "Other jobs of CJ under this batch_uuid, not counted above.",
        )


def provenance(view: View) -> Part:
    record, opening = view.account.record, view.account.record.opening
    known = definitions(
        [
            ("Batch", el("code", str(record.batch_uuid))),
            ("CJ's job", view.account.judged.job_id),
            ("Assignment", name(record.assignment_id) if record.assignment_id else None),
            ("Grade scale", record.grade_scale),
            ("Run spec", name(view.names.setting("spec", opening.spec_path))),
            ("Its folder", name(view.names.setting("spec", opening.spec_folder))),
            ("Spec's sha256", el("code", opening.spec_sha256)),
            ("Commit", _commit(record)),
            ("Request", _request(record)),
            ("Versions", ", ".join(f"{program} {version}" for program, version in sorted(opening.versions.items()))),
            ("Statistics", f"eng5-pipeline {__version__}: Bradley-Terry maximum likelihood, alpha {ALPHA}"),
        ]
    )
    return part("provenance", "Provenance", known, *_settings(view))


def _commit(record: RunRecord) -> Markup | None:
    git = record.opening.git
    if git is None:
        return None
    return join([el("code", git.commit), ", with changes that are not committed" if git.dirty else None])


def _request(record: RunRecord) -> str | None:
    published = record.result(Published)
    return f"{published.headline()}, event {published.event_id}" if published else None


def _settings(view: View) -> Iterator[Markup]:
    """What was chosen; the defaults are in effective.json."""
    effective = view.account.record.effective
    if effective is None:
        return
    rows = [
        [el("code", key), name(view.names.setting(key, str(value))), source]
        for key, value, source in effective.rows()
        if source != "default"
    ]
    yield table(["Setting", "Value", "From"], rows, "Values that are not the program's own defaults.")
