"""How fast something goes on, as one would say it while watching."""

from __future__ import annotations

from collections import deque
from typing import Final

WINDOW_SECONDS: Final = 60.0
SHORTEST_SECONDS: Final = 1.0  # of less than that a rate says nothing, and samples are no closer


class RecentRate:
    """A count that grows, over the last minute in which it was watched; times in seconds."""

    def __init__(self, now: float, count: int) -> None:
        self._seen = deque([(now, count)])

    def per_minute(self, now: float, count: int) -> float | None:
        """None until it has been watched for a second."""
        if now - self._seen[-1][0] >= SHORTEST_SECONDS:
            self._seen.append((now, count))
        while len(self._seen) > 1 and self._seen[1][0] <= now - WINDOW_SECONDS:
            self._seen.popleft()
        since, before = self._seen[0]
        return None if now - since < SHORTEST_SECONDS else max(0, count - before) * 60 / (now - since)
