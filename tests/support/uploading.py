"""Validate and upload with the real adapters, against any Content Service.

`python -m tests.support.uploading FOLDER URL BATCH` does it once in a process of its own, with the essays of
FOLDER/essays and everything written in FOLDER/artefacts, and prints the result's headline.
"""

from __future__ import annotations

import random
import ssl
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from uuid import UUID, uuid4

from eng5_pipeline.adapters.clock import SystemClock
from eng5_pipeline.adapters.content.store import HttpContentStore
from eng5_pipeline.adapters.content.upload_cache import FileUploadCache
from eng5_pipeline.adapters.essays.files import EssayFolder
from eng5_pipeline.adapters.essays.text_index import FileTextIndex
from eng5_pipeline.adapters.http.caller import CONTENT, HttpCaller
from eng5_pipeline.adapters.http.connection import Connections
from eng5_pipeline.adapters.http.retry import Retrier, RetryPolicy
from eng5_pipeline.context import RunContext
from eng5_pipeline.domain.assignment import AnchorSummary
from eng5_pipeline.domain.comparisons import apply_comparison_limit
from eng5_pipeline.engine.journal import Journal, NoDisk
from eng5_pipeline.engine.pipeline import Pipeline
from eng5_pipeline.engine.run import Surroundings, execute
from eng5_pipeline.ports import CacheEntry, FileChoice
from eng5_pipeline.results import AnchorsVerified, Uploaded
from eng5_pipeline.run_folder import extracted_texts, upload_cache
from eng5_pipeline.stages.upload import Upload
from eng5_pipeline.stages.validate import Validate
from tests.support.batch import Given
from tests.support.observers import Remembering

ROOT = Path(__file__).parents[2]
AT_ONCE = 10
VERIFIED = AnchorsVerified(
    summary=AnchorSummary(assignment_id="a", grade_scale="s", anchors=(), count_by_scale={}),
    counts=apply_comparison_limit(1, 2, None),
)


def write_essays(folder: Path, count: int) -> None:
    """So many short texts, each another one."""
    (folder / "essays").mkdir()
    for number in range(count):
        (folder / "essays" / f"student-{number:05}.txt").write_text(f"Essay {number}. {'word ' * 50}", encoding="utf-8")


@dataclass
class Uploading:
    """One run's share of the work, from the essays to the cache."""

    folder: Path
    url: str
    batch_uuid: UUID = field(default_factory=uuid4)
    reusable: Callable[[CacheEntry], bool] = lambda entry: True
    observer: Remembering = field(default_factory=Remembering)

    def go(self, stop: Callable[[], bool] = lambda: False) -> Uploaded:
        clock, ctx = SystemClock(), RunContext()
        with Connections(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)) as connections:
            caller = HttpCaller(CONTENT, connections, clock.monotonic)
            store = HttpContentStore(self.url, caller, Retrier(RetryPolicy(), clock, random.random))
            upload = Upload(self.files, store, self.cache, self.reusable, AT_ONCE, self.batch_uuid, clock.now)
            stages = (self._validate(), Given(VERIFIED), upload)
            around = Surroundings(Journal(NoDisk(), clock.now), self.observer, clock.monotonic, stop)
            execute(Pipeline("upload", stages), ctx, around)
        return ctx.get(Uploaded)

    @cached_property
    def files(self) -> EssayFolder:
        return EssayFolder(self.folder)

    @property
    def cache(self) -> FileUploadCache:
        return FileUploadCache(upload_cache(self.folder / "artefacts"), self.url, SystemClock(), print)

    def _validate(self) -> Validate:
        index = FileTextIndex(extracted_texts(self.folder / "artefacts"), SystemClock(), print)
        return Validate(self.files, index, FileChoice(patterns=("essays/*",)), (), ())


def start(folder: Path, url: str, batch_uuid: UUID) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.support.uploading", str(folder), url, str(batch_uuid)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


if __name__ == "__main__":
    done = Uploading(Path(sys.argv[1]), sys.argv[2], UUID(sys.argv[3])).go()
    sys.stdout.write(done.headline() + "\n")
