"""The lines of an upload cache as far as they were read. Not safe in several threads: its owner locks."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import ValidationError

from eng5_pipeline.durable import told_as_machine_failure
from eng5_pipeline.ports import CacheEntry


class CacheLines:
    """The newest entry of one service address for each digest; the numbers of lines that are no entries."""

    def __init__(self, path: Path, url: str) -> None:
        self.path = path
        self._url = address(url)
        self._inode = 0
        self._begin()

    def catch_up(self) -> bytes:
        """Take in whole lines that were added since the last call; returns what follows the last of them."""
        with told_as_machine_failure(self.path):
            try:
                added = self._added()
            except FileNotFoundError:
                self._begin()
                return b""
        whole, newline, tail = added.rpartition(b"\n")
        if newline:
            self._read_to += len(whole) + 1
            for line in whole.split(b"\n"):
                self._take(line)
        return tail

    def _added(self) -> bytes:
        with self.path.open("rb") as file:
            status = os.fstat(file.fileno())
            if status.st_ino != self._inode or status.st_size < self._read_to:
                # Replaced or cut by another run: what was known may be gone.
                self._begin()
                self._inode = status.st_ino
            file.seek(self._read_to)
            return file.read()

    def _take(self, line: bytes) -> None:
        self._lines += 1
        try:
            entry = CacheEntry.model_validate_json(line)
        except ValidationError:
            self.foreign.append(self._lines)
            return
        if address(entry.url) == self._url:
            self.newest[entry.sha256] = entry

    def _begin(self) -> None:
        self.newest: dict[str, CacheEntry] = {}
        self.foreign: list[int] = []
        self._lines = 0
        self._read_to = 0


def address(url: str) -> str:
    """A service address as it is compared: an ending slash makes no other service."""
    return url.rstrip("/")
