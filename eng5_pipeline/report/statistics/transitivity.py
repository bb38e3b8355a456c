"""Whether "A beat B, B beat C" goes with "A beat C"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eng5_pipeline.report.statistics.pairs import Met


@dataclass(frozen=True)
class Transitivity:
    """Three essays whose three pairs were each won by a majority are complete; circular where each beat one other."""

    complete: int
    circular: int

    @property
    def share(self) -> float | None:
        """A quarter where every pair is decided by a coin."""
        return self.circular / self.complete if self.complete else None


def transitivity(size: int, met: Sequence[Met]) -> Transitivity:
    """A pair that each essay won equally often has no majority and counts for no triad."""
    above, below = [0] * size, [0] * size  # whole numbers as sets of essays: bit i for essay i
    edges: list[tuple[int, int]] = []
    for one, other, times, won in met:
        if 2 * won != times:
            winner, loser = (one, other) if 2 * won > times else (other, one)
            edges.append((winner, loser))
            below[winner] |= 1 << loser
            above[loser] |= 1 << winner
    # Each triad is met from each of its edges.
    circular = sum((below[loser] & above[winner]).bit_count() for winner, loser in edges)
    complete = sum(((below[a] | above[a]) & (below[b] | above[b])).bit_count() for a, b in edges)
    return Transitivity(complete // 3, circular // 3)
