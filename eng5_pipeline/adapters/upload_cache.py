"""`content_upload_cache.jsonl`: a durable line for each acknowledged upload, shared by runs at the same time.

The newest line of a service address and a digest counts. Lines of other addresses stay and do not apply. A
whole line that is no cache line stays where it is, is never used, and is told of by `troubles`. A torn tail,
as a kill leaves it, is moved to `content_upload_cache.set-aside` by the next upload, and told of too.

A lock file beside it is held for each append; reading takes no lock, for only whole lines are read.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from eng5_pipeline.adapters.cache_lines import CacheLines
from eng5_pipeline.durable import LineFile, held, make_folder
from eng5_pipeline.errors import MachineFailed
from eng5_pipeline.ports import CacheEntry, Clock

PATIENCE = 60.0
"""Seconds to wait for another run to let go of the cache."""

TELL_AFTER = 2.0
"""Seconds of waiting after which the holder is named."""

PAUSE = 0.005


class FileUploadCache:
    """The cache as one service address sees it. `tell` is given one line when another run is waited for."""

    def __init__(self, path: Path, url: str, clock: Clock, tell: Callable[[str], None]) -> None:
        self._path = path
        self._clock = clock
        self._tell = tell
        self._writing = threading.Lock()
        self._memory = threading.Lock()  # guards what follows
        self._lines = CacheLines(path, url)
        self._waiting: list[CacheEntry] = []
        self._torn = 0

    def entries(self) -> Mapping[str, CacheEntry]:
        with self._memory:
            self._lines.catch_up()
            return dict(self._lines.newest)

    def add(self, entry: CacheEntry) -> None:
        """Threads that come while another one writes share the next flush."""
        with self._memory:
            self._waiting.append(entry)
        with self._writing:
            with self._memory:
                batch, self._waiting = self._waiting, []
            if not batch:
                return
            try:
                self._append(batch)
            except BaseException:
                # The threads that added the others are still waiting: each tries, and fails, for itself.
                with self._memory:
                    self._waiting += [other for other in batch if other is not entry]
                raise

    def troubles(self) -> tuple[str, ...]:
        """What was met in the file that does not belong there, in words."""
        with self._memory:
            foreign, torn = tuple(self._lines.foreign), self._torn
        told = []
        if foreign:
            numbers = ", ".join(str(number) for number in foreign[:5]) + (", …" if len(foreign) > 5 else "")
            told.append(f"{self._path}: not a cache line, kept and not used: {numbers} ({len(foreign)} in all)")
        if torn:
            told.append(f"{self._path}: a torn last line was moved to {self._set_aside.name}")
        return tuple(told)

    @property
    def _set_aside(self) -> Path:
        return self._path.with_suffix(".set-aside")

    def _append(self, batch: Sequence[CacheEntry]) -> None:
        if not self._path.parent.is_dir():
            make_folder(self._path.parent)
        with self._held():
            self._move_torn_tail()
            with LineFile(self._path) as file:
                file.append(entry.model_dump_json().encode() for entry in batch)
            with self._memory:
                self._lines.catch_up()

    def _move_torn_tail(self) -> None:
        with self._memory:
            tail = self._lines.catch_up()
        if not tail:
            return
        with LineFile(self._set_aside) as aside:
            aside.append([tail])
        with self._memory:
            self._torn += 1

    @contextmanager
    def _held(self) -> Iterator[None]:
        lock = self._path.with_name(f".{self._path.name}.lock")
        until = self._clock.monotonic() + PATIENCE
        tell_at = self._clock.monotonic() + TELL_AFTER
        with ExitStack() as stack:
            while True:
                try:
                    stack.enter_context(held(lock, "the upload cache"))
                    break
                except MachineFailed as error:
                    now = self._clock.monotonic()
                    if error.reference != "held-elsewhere" or now > until:
                        raise
                    if now > tell_at:
                        self._tell(f"waiting: {error.what}")
                        tell_at = until
                self._clock.sleep(PAUSE)
            yield
