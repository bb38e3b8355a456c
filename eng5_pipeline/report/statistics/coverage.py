"""How often essays were compared. Two figures go by the name of comparisons per essay; both are told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Coverage:
    """`appearances` of an essay are its comparisons, decided or not; each comparison is one of two essays."""

    essays: int
    comparisons: int
    fewest: int
    median: float
    most: int

    @property
    def appearances_per_essay(self) -> float:
        return 2 * self.comparisons / self.essays

    @property
    def comparisons_per_essay(self) -> float:
        return self.comparisons / self.essays


def coverage(appearances: Iterable[int], comparisons: int) -> Coverage | None:
    """`appearances` of every essay of the batch, also of one that was never compared. None without an essay."""
    counted = sorted(appearances)
    if not counted:
        return None
    return Coverage(len(counted), comparisons, counted[0], float(median(counted)), counted[-1])
