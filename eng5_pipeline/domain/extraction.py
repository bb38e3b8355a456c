"""What a child process that extracts a batch left behind."""

from __future__ import annotations

from eng5_pipeline.domain.value import Value


class ProcessOutcome(Value):
    """`exit_code` is None where the process was ended at its time limit; files are (name, sha256, bytes)."""

    command: tuple[str, ...]
    exit_code: int | None
    seconds: float
    files: tuple[tuple[str, str, int], ...]
