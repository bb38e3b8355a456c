"""Essays and judges whose comparisons the model does not expect (Pollitt 2012).

Of a comparison with outcome x (1 won, 0 lost) and expectation p: infit is sum (x - p)^2 / sum p (1 - p), outfit the
mean of (x - p)^2 / (p (1 - p)). About 1 where the model holds; above, the outcomes surprise. Flagged is what lies more
than 2 standard deviations (divisor n - 1) above the mean of its kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from eng5_pipeline.report.statistics.bradley_terry import chance
from eng5_pipeline.report.statistics.pairs import Pairs

DEVIATIONS = 2
FEWEST = 3  # values, for a standard deviation to say anything


@dataclass(frozen=True)
class Misfit:
    infit: float
    outfit: float


@dataclass(frozen=True)
class Limit:
    """Mean + 2 SD of infit and of outfit; None for fewer than three values."""

    infit: float | None
    outfit: float | None

    def exceeded(self, fit: Misfit) -> bool:
        return _above(fit.infit, self.infit) or _above(fit.outfit, self.outfit)


@dataclass
class _Sums:
    squares: float = 0.0
    expected: float = 0.0
    standardised: float = 0.0
    times: int = 0

    def add(self, won: int, lost: int, p: float) -> None:
        spread, times = p * (1 - p), won + lost
        squares = won * (1 - p) ** 2 + lost * p**2
        self.squares += squares
        self.expected += times * spread
        self.standardised += squares / spread
        self.times += times

    def misfit(self) -> Misfit:
        return Misfit(self.squares / self.expected, self.standardised / self.times)


def misfits(pairs: Pairs, theta: Sequence[float]) -> tuple[list[Misfit], list[Misfit]]:
    """Of the essays, and of the judges."""
    essays, judges = [_Sums() for _ in pairs.essays], [_Sums() for _ in pairs.judges]
    for row in pairs.rows:
        p = chance(theta[row.first], theta[row.second])
        for sums in (essays[row.first], essays[row.second], judges[row.judge]):
            sums.add(row.first_won, row.second_won, p)
    return [sums.misfit() for sums in essays], [sums.misfit() for sums in judges]


def limit(fits: Sequence[Misfit]) -> Limit:
    return Limit(_limit([fit.infit for fit in fits]), _limit([fit.outfit for fit in fits]))


def _limit(values: Sequence[float]) -> float | None:
    if len(values) < FEWEST:
        return None
    mean = sum(values) / len(values)
    return mean + DEVIATIONS * sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))


def _above(value: float, highest: float | None) -> bool:
    return highest is not None and value > highest + 1e-9
