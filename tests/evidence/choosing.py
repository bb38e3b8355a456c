"""Which lines of an output matter."""

from __future__ import annotations

import re
from typing import Final

from tests.evidence.sheet import NOW, Choice

TIMED: Final = f"{NOW:%H:%M:%S}Z "
OF_AN_ERROR: Final = re.compile(r"error\[|  (stage|hint|then|nothing)\b")


def talk(line: str) -> bool:
    """What a person is told while it happens, and the error; not the page of a plan."""
    return stage_lines(line) or OF_AN_ERROR.match(line) is not None


def stage_lines(line: str) -> bool:
    return line.startswith(TIMED)


def between(first: str, end: str) -> Choice:
    """Lines from the one that begins so to the one before that which begins so."""
    within = False

    def chosen(line: str) -> bool:
        nonlocal within
        within = line.startswith(first) or (within and not line.startswith(end))
        return within and bool(line)

    return chosen


def after(first: str) -> Choice:
    """From the first line that holds this on."""
    begun = False

    def chosen(line: str) -> bool:
        nonlocal begun
        begun = begun or first in line
        return begun

    return chosen


def with_any(*words: str) -> Choice:
    return lambda line: any(word in line for word in words)
