"""Runs comparative-judgement batches of student essays from committed run specs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eng5_pipeline.report.loaded import LoadedRun

__version__ = "0.1.0"


def load_run(path: str | Path) -> LoadedRun:
    """A run by its folder or name, with `.essays` and `.comparisons`: see `report.loaded`."""
    from eng5_pipeline.report.loaded import load_run

    return load_run(path)
