"""`runs rm`: a run's data, deleted on purpose."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from eng5_pipeline.adapters.content.cache_contents import read_contents
from eng5_pipeline.cli.program import Program
from eng5_pipeline.cli.wording import count, label, near
from eng5_pipeline.durable import held, sync_folder, told_as_machine_failure
from eng5_pipeline.errors import Interrupted, UsageError, typed
from eng5_pipeline.report.listing import list_runs
from eng5_pipeline.run_folder import RunFolder, extracted_texts, find_run, upload_cache

Agree = Callable[[Program, str], None]
"""Raises unless the person agrees to what is told."""

DELETED = ".{}.deleted"


def remove_run(program: Program, name: str, output: Path | None, agree: Agree) -> int:
    """A run that another process holds is refused. What is not deleted with it is told before anything is."""
    here = program.sessions.here
    folder = find_run(name, output, here)
    with held(folder.lock, f"run {folder.path.name}"):
        program.err.lines([f"stays: {what}" for what in _staying(folder, here)])
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


def _staying(folder: RunFolder, here: Path) -> Iterator[str]:
    """Lines of a cache name essay files, which may be names of people."""
    yield "whatever the services have of it: texts at the Content Service, the batch at CJ, its events on Kafka"
    cache, index = upload_cache(folder.path.parent), extracted_texts(folder.path.parent)
    uploads = read_contents(cache).uploads if cache.is_file() else ()
    own = [upload for upload in uploads if upload.entry.batch_uuid == folder.batch_uuid]
    if own:
        forget = f"eng5-pipeline cache prune --run {typed(near(folder.path, here))}"
        yield f"{count(len(own), 'line')} of {near(cache, here)} that name its files; to drop them:  {forget}"
    if index.is_file():
        yield f"{near(index, here)}: digests of texts, without names"


def _delete(folder: RunFolder) -> None:
    """Out of sight first: half a folder is no run that anybody finds. Also what a deletion that was killed has left."""
    place, gone = folder.path.parent, folder.path.with_name(DELETED.format(folder.path.name))
    with told_as_machine_failure(folder.path):
        folder.path.rename(gone)
        shutil.rmtree(gone)
        sync_folder(place)
    for left in place.glob(DELETED.format("????????-????-????-????-????????????")):
        shutil.rmtree(left, ignore_errors=True)  # perhaps at this moment another process's own
