"""What a shell can complete besides commands and options: paths of specs, names of runs.

Imports nothing beyond what the command line needs anyway; a shell asks at every press of a key.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from eng5_pipeline.run_folder import every_run

LATEST: Final = "latest"
_MARK: Final = b"eng5-pipeline/v"
_READ: Final = 16384


def spec_paths(incomplete: str) -> list[str]:
    """Run specs in the folder that is being typed, and the folders to go on into."""
    folder, beginning = os.path.split(incomplete)
    try:
        entries = sorted(os.scandir(folder or "."), key=lambda entry: entry.name)
    except OSError:
        return []
    return [os.path.join(folder, name) for entry in entries if (name := _offered(entry, beginning))]


def _offered(entry: os.DirEntry[str], beginning: str) -> str:
    """The name, a folder's with its slash; empty for what is not offered."""
    if not entry.name.startswith(beginning) or (entry.name.startswith(".") and not beginning.startswith(".")):
        return ""
    if entry.is_dir():
        return f"{entry.name}/"
    return entry.name if entry.name.endswith((".yaml", ".yml")) and _is_spec(Path(entry.path)) else ""


def _is_spec(path: Path) -> bool:
    """By the version of the format, which every spec names."""
    try:
        with path.open("rb") as file:
            return _MARK in file.read(_READ)
    except OSError:
        return False


def run_names(incomplete: str) -> list[str]:
    """`latest`, and the batch_uuids that a name would be looked for among, newest first."""
    return [name for name in _runs() if name.startswith(incomplete)]


def _runs() -> Iterator[str]:
    yield LATEST
    yield from (run.path.name for run in reversed(every_run(None, Path.cwd())))


def specs_and_runs(incomplete: str) -> list[str]:
    return [*spec_paths(incomplete), *run_names(incomplete)]
