"""What asks a command to stop, and how it does until there is a session to stop at a safe point.

The first thing that a process imports, so it imports next to nothing itself.
"""

from __future__ import annotations

import os
import signal
from types import FrameType

EXIT_CODE = 130


def asking() -> list[signal.Signals]:
    """Ctrl-C, SIGTERM, and the end of the terminal unless `nohup` has it ignored."""
    hangs_up = signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN
    return [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hangs_up else [])]


def leave_when_asked() -> None:
    """While there is nothing to bring to an end: libraries that are being imported may swallow an exception."""
    for number in asking():
        signal.signal(number, _leave)


def interrupt_when_asked() -> None:
    """From here on as KeyboardInterrupt, so that what was begun is ended in order."""
    for number in asking():
        signal.signal(number, signal.default_int_handler)


def _leave(_number: int, _frame: FrameType | None) -> None:
    try:
        os.write(2, b"error[interrupted]: stopped by the user\n  nothing was uploaded or published\n")
    finally:
        os._exit(EXIT_CODE)
