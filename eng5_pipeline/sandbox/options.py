"""Everything that can be set of an embedded stack, in one frozen value and one small file."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from pydantic import Field

from eng5_pipeline.sandbox.batch.batches import BatchSettings
from eng5_pipeline.sandbox.batch.feed_settings import BatchFeed, BrokerSettings, FeedSettings
from eng5_pipeline.sandbox.batch.judge import JudgeSettings
from eng5_pipeline.sandbox.http.settings import Dates, Face, HttpFaults, Setting, read_setting


class BatchOptions(Setting):
    """What holds for some batches; a section that is left out is as for all."""

    judge: JudgeSettings | None = None
    batches: BatchSettings | None = None
    feed: BatchFeed | None = None


class OfBatch(Setting):
    """What holds for one batch."""

    judge: JudgeSettings
    batches: BatchSettings
    feed: BatchFeed


class SandboxOptions(Setting):
    """`seed` names a file of assignments and anchors to put in place before the services answer.

    `face`, `dates` and `http` are described in http/settings.py, `feed` and `broker` in batch/feed_settings.py,
    `judge` in batch/judge.py, `batches` in batch/batches.py. `by_label` gives other settings to the batches whose
    label agrees with a pattern (shell wildcards); the first that agrees decides:

        by_label:
          late-*: {feed: {late_s: 5}}
          blind: {judge: {error_rate: 1.0}}
    """

    face: Face = "repaired"
    dates: Dates = "rfc822"
    seed: Path | None = None
    http: HttpFaults = HttpFaults()
    judge: JudgeSettings = JudgeSettings()
    batches: BatchSettings = BatchSettings()
    feed: FeedSettings = FeedSettings()
    broker: BrokerSettings = BrokerSettings()
    by_label: Mapping[str, BatchOptions] = Field(default_factory=dict)

    def of_batch(self, label: str) -> OfBatch:
        named = (own for pattern, own in self.by_label.items() if fnmatchcase(label, pattern))
        own = next(named, BatchOptions())
        return OfBatch(judge=own.judge or self.judge, batches=own.batches or self.batches, feed=own.feed or self.feed)


def load_options(path: Path) -> SandboxOptions:
    """From a YAML or JSON file; `seed` is taken from the file's own folder.

    Raises SandboxFileInvalid with every mistake of the file.
    """
    options = read_setting(path, SandboxOptions)
    if options.seed is None:
        return options
    return options.model_copy(update={"seed": path.parent / options.seed})
