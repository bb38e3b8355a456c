"""How often progress is worth a line."""

from __future__ import annotations

from collections.abc import Callable


class Pace:
    """At most one line in so many seconds, the first after that time."""

    def __init__(self, every: float, seconds: Callable[[], float]) -> None:
        self._every = every
        self._seconds = seconds
        self._last = seconds()

    def begin(self) -> None:
        self._last = self._seconds()

    def due(self) -> bool:
        now = self._seconds()
        if now - self._last < self._every:
            return False
        self._last = now
        return True
