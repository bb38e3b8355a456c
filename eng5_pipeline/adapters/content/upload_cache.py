"""`content_upload_cache.jsonl`: a durable line for each acknowledged upload, shared by runs at the same time.

The newest line of a service address and a digest counts. Lines of other addresses stay and do not apply. A whole line
that is no cache line stays where it is, is never used, and is told of by `troubles`, as is a torn tail.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from eng5_pipeline.adapters.content.cache_lines import NewestEntries
from eng5_pipeline.adapters.shared_lines import SharedLines
from eng5_pipeline.ports import CacheEntry, Clock


class FileUploadCache:
    """The cache as one service address sees it. `tell` is given one line when another run is waited for.

    Not safe in several threads.
    """

    def __init__(self, path: Path, url: str, clock: Clock, tell: Callable[[str], None]) -> None:
        self._known = NewestEntries(url)
        self._lines = SharedLines(path, "the upload cache", self._known, clock, tell)

    def entries(self) -> Mapping[str, CacheEntry]:
        self._lines.catch_up()
        return MappingProxyType(self._known.by_digest)

    def add(self, entries: Sequence[CacheEntry]) -> None:
        self._lines.append([entry.model_dump_json().encode() for entry in entries])

    def troubles(self) -> tuple[str, ...]:
        """What was met in the file that does not belong there, in words."""
        lines, foreign = self._lines, self._known.foreign
        told = []
        if foreign:
            numbers = ", ".join(str(number) for number in foreign[:5]) + (", …" if len(foreign) > 5 else "")
            told.append(f"{lines.path}: not a cache line, kept and not used: {numbers} ({len(foreign)} in all)")
        if lines.torn:
            told.append(f"{lines.path}: a torn last line was moved to {lines.set_aside.name}")
        return tuple(told)
