"""Everything that can be set of an embedded stack, in one frozen value and one small file."""

from __future__ import annotations

from pathlib import Path

from eng5_pipeline.sandbox.batch.batches import BatchSettings
from eng5_pipeline.sandbox.batch.feed_settings import BrokerSettings, FeedSettings
from eng5_pipeline.sandbox.batch.judge import JudgeSettings
from eng5_pipeline.sandbox.http.settings import Dates, Face, HttpFaults, Setting, read_setting


class SandboxOptions(Setting):
    """`seed` names a file of assignments and anchors to put in place before the services answer.

    `face`, `dates` and `http` are described in http/settings.py, `feed` and `broker` in batch/feed_settings.py,
    `judge` in batch/judge.py, `batches` in batch/batches.py.
    """

    face: Face = "repaired"
    dates: Dates = "rfc822"
    seed: Path | None = None
    http: HttpFaults = HttpFaults()
    judge: JudgeSettings = JudgeSettings()
    batches: BatchSettings = BatchSettings()
    feed: FeedSettings = FeedSettings()
    broker: BrokerSettings = BrokerSettings()


def load_options(path: Path) -> SandboxOptions:
    """From a YAML or JSON file; `seed` is taken from the file's own folder.

    Raises SandboxFileInvalid with every mistake of the file; OSError where it cannot be read.
    """
    options = read_setting(path, SandboxOptions)
    if options.seed is None:
        return options
    return options.model_copy(update={"seed": path.parent / options.seed})
