"""How a batch came out: the students in the order of CJ's ranking, then status, files and next command."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from eng5_pipeline.cli import failures
from eng5_pipeline.cli.afterwards import Afterwards
from eng5_pipeline.cli.program import Program
from eng5_pipeline.cli.wording import LONGEST_NAME, count, cut, label, near, table, usd
from eng5_pipeline.errors import Eng5Error
from eng5_pipeline.report.judged import Judged
from eng5_pipeline.report.listing import RunView, show_run
from eng5_pipeline.report.ranking import RankedEssay
from eng5_pipeline.report.run_record import RunRecord
from eng5_pipeline.run_folder import RunFolder

SIMULATED = "judged by a simulated judge: these grades say nothing about the essays"


def tell_batch(program: Program, folder: RunFolder, after: Afterwards, exit_code: int) -> None:
    """After a session. A folder that cannot be read changes nothing about how the session ended."""
    try:
        program.out.lines(batch_page(show_run(folder), program.sessions.here, after, exit_code))
    except Eng5Error as error:
        program.err.lines(failures.block(error, done="the run is as it was told; only its page is missing"))


def batch_page(view: RunView, here: Path, after: Afterwards, exit_code: int | None = None) -> list[str]:
    """`exit_code` is that of the session which has just ended, if any."""
    status = _status(view, exit_code)
    return [*_ranking(view.ranking, view.judged), *_summary(view, status, here), *_next(view.record, here, after)]


def _ranking(ranked: Sequence[RankedEssay], judged: Judged) -> list[str]:
    students = [essay for essay in ranked if not essay.is_anchor]
    if not students:
        return []
    head = ("rank", "essay", "grade", "theta", "confidence", "compared", "won")
    note = ["", SIMULATED] if judged.simulated else []
    return ["", *table(head, [_row(essay) for essay in students]), *note]


def _row(essay: RankedEssay) -> tuple[str, ...]:
    """What CJ did not say is a dash."""
    return (
        "-" if essay.rank is None else str(essay.rank),
        cut(essay.name, LONGEST_NAME),
        essay.grade or "-",
        "-" if essay.theta is None else f"{essay.theta:.3f}",
        essay.confidence_label or "-",
        str(essay.count.appearances),
        str(essay.count.wins),
    )


def _summary(view: RunView, status: str, here: Path) -> list[str]:
    record, judged, folder = view.record, view.judged, view.record.folder
    lines = [
        "",
        f"batch     {record.batch_uuid} {label(record.label or '')}".rstrip(),
        f"status    {status}",
    ]
    if judged.comparisons:
        failed = f", {judged.failed} failed" if judged.failed else ""
        lines.append(f"judged    {count(judged.comparisons, 'comparison')}{failed}, {usd(judged.total_usd)}")
    lines += [
        f"{word:<9} {near(path, here)}"
        for word, path in (("artefact", folder.artefact), ("report", folder.report))
        if path.is_file()
    ]
    return lines


def _status(view: RunView, exit_code: int | None) -> str:
    """An attempt that only failed to go on leaves the recorded status, and is told beside it."""
    ending = view.record.ending
    if ending is None:
        return view.state
    recorded = f"{view.state} (exit code {ending.exit_code})"
    return recorded if exit_code in (None, ending.exit_code) else f"{recorded}; this attempt: exit code {exit_code}"


def _next(record: RunRecord, here: Path, after: Afterwards) -> list[str]:
    """Also of a run that was killed, which left no ending."""
    if record.ending is not None and record.ending.final:
        return []
    return [f"next      {after.go_on(record.folder, here)}"]
