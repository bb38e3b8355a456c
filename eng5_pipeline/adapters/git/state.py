"""Which commit a folder is at, where it is a git checkout and git is installed."""

from __future__ import annotations

import subprocess
from pathlib import Path

from eng5_pipeline.domain.value import Value

SECONDS = 5


class GitState(Value):
    commit: str
    dirty: bool


def git_state(folder: Path) -> GitState | None:
    """None outside a checkout, without git, or when git takes too long to be worth waiting for."""
    commit = _git(folder, "rev-parse", "HEAD")
    changes = _git(folder, "status", "--porcelain", "--", ".")
    if commit is None or changes is None:
        return None
    return GitState(commit=commit.strip(), dirty=bool(changes.strip()))


def _git(folder: Path, *words: str) -> str | None:
    command = ["git", "--no-optional-locks", "-C", str(folder), *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
