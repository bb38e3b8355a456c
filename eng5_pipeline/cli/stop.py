"""Ctrl-C, SIGTERM and SIGHUP: the first asks to stop at the next safe point, the second stops at once.

A handler runs between any two instructions, also in the middle of a write, so that it does nothing but set a
flag and write to a descriptor. What is said at the first signal is said by a thread of its own.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from eng5_pipeline.cli.signals import EXIT_CODE as EXIT_CODE
from eng5_pipeline.cli.signals import asking

FIRST: Final = "stopping at the next safe point; press again to stop at once"
SECOND: Final = "stopped at once"
_SHOW_CURSOR: Final = "\x1b[?25h"


class Stop:
    """Whether the user asked to stop. `say` is told so once; a second signal leaves `last_words` behind."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say
        self.last_words: list[str] = []
        # Not an Event: that has a lock, which the handler could find held by the thread it interrupts.
        self._asked = False
        self._told, self._tell = os.pipe()
        self._crier = threading.Thread(target=self._cry, daemon=True)
        self._crier.start()

    def requested(self) -> bool:
        return self._asked

    def signalled(self, number: int, _frame: FrameType | None) -> None:
        if self._asked and number == signal.SIGHUP:
            return  # a terminal that closes says so more than once
        if self._asked:
            _at_once("".join(self.last_words))
        self._asked = True
        os.write(self._tell, b"!")

    def close(self) -> None:
        os.close(self._tell)
        self._crier.join()
        os.close(self._told)

    def _cry(self) -> None:
        if os.read(self._told, 1):
            self.say(FIRST)


def _at_once(last_words: str) -> None:
    """What must survive is on the disk already, and threads in the middle of a request are not waited for."""
    cursor = _SHOW_CURSOR if os.isatty(2) else ""
    try:
        os.write(2, f"{cursor}\n{SECOND}\n{last_words}".encode(errors="backslashreplace"))
    finally:
        os._exit(EXIT_CODE)


@contextmanager
def stop_on_signals(say: Callable[[str], None]) -> Iterator[Stop]:
    """Signals are this process's affair, so it is the main thread that enters here."""
    stop = Stop(say)
    before = {number: signal.signal(number, stop.signalled) for number in asking()}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        stop.close()
