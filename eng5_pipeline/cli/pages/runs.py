"""Runs in a list, for a person and for a program."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from eng5_pipeline.cli.json_text import json_lines
from eng5_pipeline.cli.wording import label, near, table, visible
from eng5_pipeline.report.listing import RunLine

VERSION: Final = 1


def runs_text(runs: tuple[RunLine, ...], here: Path) -> list[str]:
    """A damaged run says what is wrong below the list."""
    if not runs:
        return ["no runs here; another folder:  eng5-pipeline runs --output-dir DIR"]
    head = ("begun", "label", "state", "essays", "comparisons", "run")
    damaged = [f"{near(run.folder.path, here)}: {visible(run.damage)}" for run in runs if run.damage]
    return [*table(head, [_row(run, here) for run in runs]), *damaged]


def runs_json(runs: tuple[RunLine, ...], here: Path) -> list[str]:
    return json_lines({"v": VERSION, "runs": [_as_json(run) for run in runs]})


def _row(run: RunLine, here: Path) -> tuple[str, ...]:
    return (
        f"{run.opened_at:%Y-%m-%d %H:%M}" if run.opened_at else "-",
        label(run.label or "-"),
        run.state,
        _number(run.students),
        _number(run.comparisons),
        near(run.folder.path, here),
    )


def _number(value: int | None) -> str:
    return "-" if value is None else str(value)


def _as_json(run: RunLine) -> dict[str, object]:
    ending = run.ending
    return {
        "batch_uuid": str(run.folder.batch_uuid),
        "folder": str(run.folder.path),
        "label": run.label,
        "opened_at": run.opened_at.isoformat() if run.opened_at else None,
        "updated_at": run.updated_at.isoformat() if run.updated_at else None,
        "state": run.state,
        "status": ending.status if ending else None,
        "final": ending.final if ending else None,
        "exit_code": ending.exit_code if ending else None,
        "students": run.students,
        "comparisons": run.comparisons,
        "damage": run.damage,
    }
