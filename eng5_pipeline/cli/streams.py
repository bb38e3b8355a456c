"""Standard output and standard error of one command: whole lines, flushed, from several threads.

A reader that goes away (`| head`) must not end a batch that is paid for, so nothing here raises: the rest is
dropped, and what else went wrong is kept for the end of the command to tell.
"""

from __future__ import annotations

import os
import threading
from typing import TextIO


def take_closed_descriptors() -> None:
    """Before any file is opened: it would get the number of a stream that was closed, and what that stream is told."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDONLY)  # gets the lowest free number, which is this one


def standard(below: TextIO | None, descriptor: int) -> Stream:
    """A standard stream; Python has none where it was closed, and then writing fails as to a closed one."""
    return Stream(below or open(descriptor, "w", encoding="utf-8", closefd=False))


class Stream:
    """Also a text file, for those that want one to write to."""

    def __init__(self, below: TextIO) -> None:
        self._below = below
        self._lock = threading.RLock()
        self._deaf = False
        self.failure: OSError | None = None

    def line(self, text: str = "") -> None:
        self.write(text + "\n")

    def lines(self, texts: list[str]) -> None:
        self.write("".join(text + "\n" for text in texts))

    def write(self, text: str) -> int:
        with self._lock:
            if not self._deaf:
                self._put(text)
        return len(text)

    def flush(self) -> None:
        """Every write is flushed."""

    @property
    def encoding(self) -> str:
        return self._below.encoding or "ascii"

    def isatty(self) -> bool:
        return self._below.isatty()

    def fileno(self) -> int:
        return self._below.fileno()

    def _put(self, text: str) -> None:
        try:
            self._below.write(text)
            self._below.flush()
        except BrokenPipeError:
            self._give_up()
        except OSError as error:
            self.failure = error
            self._give_up()
        except UnicodeEncodeError:
            self._put(text.encode(self.encoding, "backslashreplace").decode(self.encoding))

    def _give_up(self) -> None:
        """What is left in buffers goes nowhere, so that the interpreter's last flush does not fail either."""
        self._deaf = True
        try:
            descriptor = self._below.fileno()
        except (OSError, ValueError):
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, descriptor)
        os.close(nowhere)
