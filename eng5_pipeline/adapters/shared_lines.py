"""A file of lines that runs at the same time append to, each line whole and on the disk.

A lock file beside it is held for each append; reading takes no lock, for only whole lines are read. A torn tail, as a
kill leaves it, is moved to a `.set-aside` beside the file by the next append.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

from eng5_pipeline.durable import LineFile, held, make_folder, replace_file, told_as_unreadable
from eng5_pipeline.errors import MachineFailed
from eng5_pipeline.ports import Clock

PATIENCE = 60.0
"""Seconds to wait for another run to let go of the file."""

TELL_AFTER = 2.0
"""Seconds of waiting after which the holder is named."""

PAUSE = 0.001


class Reader(Protocol):
    """Takes the lines in, from the first one on."""

    def begin(self) -> None:
        """Forget all: the file is another one, and is read from its first line."""

    def take(self, number: int, line: bytes) -> None:
        """A whole line without its newline; the first has number 1."""


class SharedLines:
    """`what` is how people call the file; `tell` is given one line when another run is waited for.

    Not safe in several threads.
    """

    def __init__(self, path: Path, what: str, reader: Reader, clock: Clock, tell: Callable[[str], None]) -> None:
        self.path = path
        self.torn = 0
        self._inode = 0
        self._what = what
        self._reader = reader
        self._clock = clock
        self._tell = tell
        self._file: LineFile | None = None  # kept open, for a batch of uploads appends every few milliseconds
        self._closing = ExitStack()
        weakref.finalize(self, self._closing.close)
        self._begin()

    @property
    def set_aside(self) -> Path:
        return self.path.with_suffix(".set-aside")

    def catch_up(self) -> bytes:
        """Give the reader what was added since the last call; returns what follows the last whole line."""
        with told_as_unreadable(self.path):
            try:
                added = self._added()
            except FileNotFoundError:
                self._begin()
                return b""
        whole, newline, tail = added.rpartition(b"\n")
        if newline:
            self._take(whole.split(b"\n"))
        return tail

    def append(self, lines: Sequence[bytes]) -> None:
        """On the disk when it returns, all of them or none."""
        with self._held():
            self._move_torn_tail()
            self._opened().append(lines)
            self._take(lines)

    def rewrite(self, keep: Callable[[Sequence[bytes]], Sequence[bytes]]) -> None:
        """Put a file of the lines that `keep` chooses in place of this one; readers see the one or the other."""
        with self._held():
            self._move_torn_tail()
            with LineFile(self.path) as file:
                lines = list(file.read())
            kept = keep(lines)
            if len(kept) < len(lines):
                replace_file(self.path, (line + b"\n" for line in kept))

    def _added(self) -> bytes:
        status = self.path.stat()
        if status.st_ino != self._inode or status.st_size < self._read_to:
            # Replaced or cut by another run: what was known may be gone.
            self._begin()
            self._inode = status.st_ino
        if status.st_size == self._read_to:
            return b""
        with self.path.open("rb") as file:
            file.seek(self._read_to)
            return file.read()

    def _take(self, lines: Sequence[bytes]) -> None:
        for line in lines:
            self._lines += 1
            self._read_to += len(line) + 1
            self._reader.take(self._lines, line)

    def _close(self) -> None:
        self._file = None
        self._closing.close()

    def _begin(self) -> None:
        self._close()
        self._inode = 0
        self._lines = 0
        self._read_to = 0
        self._reader.begin()

    def _opened(self) -> LineFile:
        """Opening cuts a torn tail; once open it stands for the file as long as nobody replaces that."""
        if self._file is None:
            self._file = self._closing.enter_context(LineFile(self.path))
            self._inode = self.path.stat().st_ino
        return self._file

    def _move_torn_tail(self) -> None:
        tail = self.catch_up()
        if tail:
            with LineFile(self.set_aside) as aside:
                aside.append([tail])
            self.torn += 1
            self._close()

    @contextmanager
    def _held(self) -> Iterator[None]:
        if not self._inode and not self.path.parent.is_dir():
            make_folder(self.path.parent)
        lock = self.path.with_name(f".{self.path.name}.lock")
        begun = self._clock.monotonic()
        told = False
        with ExitStack() as stack:
            while True:
                try:
                    stack.enter_context(held(lock, self._what))
                    break
                except MachineFailed as error:
                    waited = self._clock.monotonic() - begun
                    if error.reference != "held-elsewhere" or waited > PATIENCE:
                        raise
                    if waited > TELL_AFTER and not told:
                        self._tell(f"waiting: {error.what}")
                        told = True
                self._clock.sleep(PAUSE)
            yield
