"""The lines of an upload cache as one service address sees them."""

from __future__ import annotations

from pydantic import ValidationError

from eng5_pipeline.ports import CacheEntry


class NewestEntries:
    """The newest entry of an address for each digest; the numbers of lines that are no entries."""

    def __init__(self, url: str) -> None:
        self._url = address(url)
        self.begin()

    def begin(self) -> None:
        self.by_digest: dict[str, CacheEntry] = {}
        self.foreign: list[int] = []

    def take(self, number: int, line: bytes) -> None:
        entry = read_entry(line)
        if entry is None:
            self.foreign.append(number)
        elif address(entry.url) == self._url:
            self.by_digest[entry.sha256] = entry


def read_entry(line: bytes) -> CacheEntry | None:
    """None where the line is no cache line."""
    try:
        return CacheEntry.model_validate_json(line)
    except ValidationError:
        return None


def address(url: str) -> str:
    """A service address as it is compared: an ending slash makes no other service."""
    return url.rstrip("/")
