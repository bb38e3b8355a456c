"""An upload cache as a whole, of every service address: to be shown, questioned and cleared on purpose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from eng5_pipeline.adapters.content.cache_lines import address, read_entry
from eng5_pipeline.adapters.shared_lines import SharedLines
from eng5_pipeline.durable import told_as_unreadable
from eng5_pipeline.ports import CacheEntry, Clock


class CachedUpload(NamedTuple):
    """A line, by its number; `counts` where no later one replaces it."""

    number: int
    entry: CacheEntry
    counts: bool


@dataclass(frozen=True)
class CacheContents:
    """`foreign` are the numbers of lines that are none."""

    path: Path
    uploads: tuple[CachedUpload, ...]
    foreign: tuple[int, ...]

    @property
    def that_count(self) -> tuple[CacheEntry, ...]:
        return tuple(upload.entry for upload in self.uploads if upload.counts)


def read_contents(path: Path) -> CacheContents:
    """Whole lines, in their order; a torn last one is passed over."""
    with told_as_unreadable(path):
        data = path.read_bytes()
    return _contents(path, data.split(b"\n")[:-1])


def _contents(path: Path, lines: Sequence[bytes]) -> CacheContents:
    entries = [(number, read_entry(line)) for number, line in enumerate(lines, start=1)]
    newest = {_key(entry): number for number, entry in entries if entry is not None}
    return CacheContents(
        path=path,
        uploads=tuple(CachedUpload(n, entry, newest[_key(entry)] == n) for n, entry in entries if entry is not None),
        foreign=tuple(number for number, entry in entries if entry is None),
    )


def _key(entry: CacheEntry) -> tuple[str, str]:
    return address(entry.url), entry.sha256


@dataclass(frozen=True)
class Explanation:
    """Why a text would be uploaded, or not.

    `reused` vouches for it. Else `elsewhere` are lines of the same text at other services, and `before` is the newest
    line of the same file with another text at this service. Where there is neither, `before_elsewhere` is the newest
    line of the same file, both its text and its service being others.
    """

    reused: CacheEntry | None = None
    elsewhere: tuple[CacheEntry, ...] = ()
    before: CacheEntry | None = None
    before_elsewhere: CacheEntry | None = None


def explain(contents: CacheContents, url: str, sha256: str, is_same_file: Callable[[CacheEntry], bool]) -> Explanation:
    here = [entry for entry in contents.that_count if address(entry.url) == address(url)]
    reused = next((entry for entry in here if entry.sha256 == sha256), None)
    if reused is not None:
        return Explanation(reused)
    same_text = tuple(entry for entry in contents.that_count if entry.sha256 == sha256)
    before = _newest(here, is_same_file)
    if same_text or before:
        return Explanation(elsewhere=same_text, before=before)
    return Explanation(before_elsewhere=_newest(contents.that_count, is_same_file))


def _newest(entries: Sequence[CacheEntry], is_wanted: Callable[[CacheEntry], bool]) -> CacheEntry | None:
    return next(filter(is_wanted, reversed(entries)), None)


class Pruned(NamedTuple):
    removed: int
    kept: int


def prune(path: Path, is_unwanted: Callable[[CacheEntry], bool], clock: Clock, tell: Callable[[str], None]) -> Pruned:
    """Remove the unwanted, and with them every line that does not count: else one could come to count again."""
    pruned = Pruned(0, 0)

    def wanted(lines: Sequence[bytes]) -> list[bytes]:
        nonlocal pruned
        uploads = _contents(path, lines).uploads
        kept = [lines[u.number - 1] for u in uploads if u.counts and not is_unwanted(u.entry)]
        pruned = Pruned(len(lines) - len(kept), len(kept))
        return kept

    SharedLines(path, "the upload cache", _Unread(), clock, tell).rewrite(wanted)
    return pruned


class _Unread:
    """For who looks at the lines by other means."""

    def begin(self) -> None:
        return None

    def take(self, number: int, line: bytes) -> None:
        return None
