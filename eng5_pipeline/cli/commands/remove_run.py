"""`runs rm`: a run's data, deleted on purpose."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from eng5_pipeline.cli.program import Program
from eng5_pipeline.cli.wording import count, label, near
from eng5_pipeline.durable import held, sync_folder, told_as_machine_failure
from eng5_pipeline.errors import Interrupted, UsageError
from eng5_pipeline.report.listing import list_runs
from eng5_pipeline.run_folder import RunFolder, find_run

Agree = Callable[[Program, str], None]
"""Raises unless the person agrees to what is told."""


def remove_run(program: Program, name: str, output: Path | None, agree: Agree) -> int:
    """A run that another process holds is refused."""
    here = program.sessions.here
    folder = find_run(name, output, here)
    with held(folder.lock, f"run {folder.path.name}"):
        agree(program, _told(folder, here))
        _delete(folder)
    program.out.line(f"deleted {near(folder.path, here)}")
    return 0


def ask(program: Program, what: str) -> None:
    if program.answers is None:
        raise UsageError(
            "deletion-unconfirmed",
            f"{what}: nobody is there to be asked",
            hint="say that you mean it:  --yes",
        )
    program.err.write(f"{what}\ndelete it for good? [y/N] ")
    if program.answers.readline().strip().lower() not in ("y", "yes"):
        raise Interrupted("deletion-declined", "nothing was deleted", hint="")


def agreed_before(program: Program, what: str) -> None:
    return None


def _told(folder: RunFolder, here: Path) -> str:
    [line] = list_runs([folder])
    files = sum(path.is_file() for path in folder.path.rglob("*"))
    return f"{near(folder.path, here)}: {label(line.label or 'no label')}, {line.state}, {count(files, 'file')}"


def _delete(folder: RunFolder) -> None:
    """Out of sight first: half a folder is no run that anybody finds."""
    gone = folder.path.with_name(f".{folder.path.name}.deleted")
    with told_as_machine_failure(folder.path):
        folder.path.rename(gone)
        shutil.rmtree(gone)
        sync_folder(gone.parent)
