"""What a child process said last, for a summary."""

from __future__ import annotations

from pathlib import Path

from eng5_pipeline.durable import told_as_unreadable
from eng5_pipeline.report.visible import visible
from eng5_pipeline.spec.secrets import blank

LINES, CHARACTERS = 20, 300
_READ = 4 * LINES * CHARACTERS  # bytes: a character of UTF-8 has at most four


def last_lines(path: Path) -> list[str] | None:
    """The last 20, each cut to 300 characters, what looks like a secret masked; None where there is no such file."""
    if not path.is_file():
        return None
    with told_as_unreadable(path), path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _READ))
        said = file.read().decode("utf-8", "replace")
    return [visible(blank(line))[:CHARACTERS] for line in said.splitlines()[-LINES:]]
