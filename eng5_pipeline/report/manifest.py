"""The files of a run folder with their digests."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from eng5_pipeline.durable import told_as_unreadable
from eng5_pipeline.run_folder import RunFolder


class ListedFile(NamedTuple):
    """`path` is relative to the run folder, with `/` between folders."""

    path: str
    sha256: str
    size: int


def manifest(folder: RunFolder) -> Iterator[ListedFile]:
    """Whatever of a run is on disk and done with: not the log, which goes on, nor what is made from the others."""
    kept = [
        folder.spec,
        folder.effective,
        folder.journal,
        folder.request,
        folder.events,
        folder.quarantine,
        *sorted(folder.extraction.rglob("*")),
    ]
    for path in kept:
        if path.is_file() and not path.is_symlink():
            yield _listed(path, folder.path)


def _listed(path: Path, root: Path) -> ListedFile:
    with told_as_unreadable(path), path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return ListedFile(path.relative_to(root).as_posix(), digest, file.tell())
