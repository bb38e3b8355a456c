"""The events that a run folder keeps, as facts, in the order they came and in flat memory."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from eng5_pipeline.contracts.events import Comparison
from eng5_pipeline.domain.events import ComparisonFact, Fact, Unreadable, read
from eng5_pipeline.domain.positions import Record
from eng5_pipeline.domain.tally import Tally
from eng5_pipeline.durable import told_as_unreadable
from eng5_pipeline.errors import MachineFailed
from eng5_pipeline.event_lines import iterate_events
from eng5_pipeline.report.run_record import RunRecord


def new_facts(record: RunRecord, tally: Tally, unreadable: Counter[str]) -> Iterator[tuple[Record, Fact]]:
    """Each fact that the tally did not hold, added to it, beside the record it was read from.

    A kept record that this version cannot read is counted by reason in `unreadable`.
    """
    batch = str(record.batch_uuid)
    for kept in iterate_events(record.folder.events):
        try:
            fact = read(kept, batch)
        except Unreadable as why:
            unreadable[str(why)] += 1
            continue
        if fact is not None and tally.add(fact):
            yield kept, fact


def own_comparisons(record: RunRecord, job_id: str | None) -> Iterator[tuple[Comparison, ComparisonFact]]:
    """Every comparison of one job, once."""
    for kept, fact in new_facts(record, Tally(record.sent), Counter()):
        if isinstance(fact, ComparisonFact) and fact.job == job_id:
            yield Comparison.model_validate_json(kept.value or b""), fact


def put_aside_by_reason(quarantine: Path) -> Counter[str]:
    """Records put aside, each once by its place: a restart meets some of them again."""
    reasons: dict[tuple[str, int, int], str] = {}
    if quarantine.exists():
        with told_as_unreadable(quarantine), quarantine.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if line.endswith(b"\n"):
                    place, reason = _put_aside(quarantine, number, line)
                    reasons[place] = reason
    return Counter(reasons.values())


def _put_aside(path: Path, number: int, line: bytes) -> tuple[tuple[str, int, int], str]:
    try:
        data = json.loads(line)
        return (str(data["topic"]), int(data["partition"]), int(data["offset"])), str(data["reason"])
    except (ValueError, LookupError, TypeError) as error:
        raise MachineFailed(
            "events-damaged", f"{path}:{number} is not a record put aside", hint="restore the file from a backup"
        ) from error
