"""Whether a folder that may not be there yet can be made and filled."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from eng5_pipeline.errors import MachineFailed

FEWEST_BYTES = 256 << 20
"""A batch of a hundred thousand comparisons keeps about so much."""

ELSEWHERE = "choose another folder:  --output-dir, or output in the spec"


def _left(place: Path) -> int:
    return shutil.disk_usage(place).free


def free_bytes(folder: Path, left: Callable[[Path], int] = _left) -> int:
    """Of its file system; nothing is made. Raises MachineFailed where too little is free, or nothing may be written."""
    place = next(path for path in (folder, *folder.parents) if path.exists())
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        why = "it may not be written to" if place.is_dir() else "it is not a folder"
        raise MachineFailed("output-not-writable", f"{place} cannot hold runs: {why}", hint=ELSEWHERE)
    free = left(place)
    if free < FEWEST_BYTES:
        what = f"{place} has {free >> 20} MiB left, a large run may need {FEWEST_BYTES >> 20}"
        raise MachineFailed("disk-low", what, hint=f"free some space, or {ELSEWHERE}")
    return free
