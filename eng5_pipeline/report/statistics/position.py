"""Whether the essay that was shown first won more often than it should have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, sqrt
from operator import add

from eng5_pipeline.report.statistics.bradley_terry import ALPHA
from eng5_pipeline.report.statistics.neighbours import Laplacian, Pick, neighbours
from eng5_pipeline.report.statistics.newton import NoMaximum, Vector, dot, maximum, solve
from eng5_pipeline.report.statistics.pairs import Pair

Z = 1.959963984540054  # 97.5 % of a normal distribution lie below
_TOLERANCE = 1e-4  # of the last step: the next one would be far smaller
_EXACT = 1e-10
_NOTHING_KNOWN = 1e-6  # of information: the effect cannot be told from the thetas


@dataclass(frozen=True)
class Share:
    """Of `times`, so many `won`; with Wilson's 95 % interval."""

    won: int
    times: int
    low: float
    high: float

    @property
    def share(self) -> float:
        return self.won / self.times


@dataclass(frozen=True)
class OrderEffect:
    """What being shown first adds to theta, with its standard error."""

    effect: float
    error: float


def wilson(won: int, times: int) -> Share:
    """Wilson's score interval for a binomial share (Wilson 1927)."""
    share, spread = won / times, Z * Z / times
    middle = (share + spread / 2) / (1 + spread)
    reach = Z * sqrt(share * (1 - share) / times + spread / (4 * times)) / (1 + spread)
    return Share(won, times, max(0.0, middle - reach), min(1.0, middle + reach))


def first_slot(rows: Iterable[Pair]) -> Share | None:
    """How often the first slot won; None where nothing was decided."""
    counted = [(row.first_won, row.decided) for row in rows]
    times = sum(decided for _, decided in counted)
    return wilson(sum(won for won, _ in counted), times) if times else None


def order_effect(size: int, rows: Sequence[Pair], start: Vector) -> OrderEffect | None:
    """The constant of P(first wins) = 1 / (1 + exp(second - first - effect)), fitted together with the thetas.

    The thetas are regularised as in `bradley_terry`, the effect is not. None where it has no finite estimate, or where
    the same essays always came first, so that it cannot be told from their thetas.
    """
    shown = _shown(size, rows)
    if not 0 < shown.won_first < sum(shown.won):
        return None
    try:
        at = maximum(shown, [*start, 0.0], _TOLERANCE)
    except NoMaximum:
        return None
    known = shown.slope(at)[1].last_pivot()
    return OrderEffect(at[-1], 1 / sqrt(known)) if known > _NOTHING_KNOWN else None


def _shown(size: int, rows: Iterable[Pair]) -> _Shown:
    """Over all judges."""
    first: dict[tuple[int, int], int] = defaultdict(int)
    won, won_first = [0] * size, 0
    for a, b, _, a_won, b_won in rows:
        if a != b:
            first[a, b] += a_won + b_won
            won[a] += a_won
            won[b] += b_won
            won_first += a_won
    edges = sorted({(a, b) if a < b else (b, a) for a, b in first})
    there = neighbours(size, ((a, b, 0) for a, b in edges))
    shown_first: list[list[int]] = [[] for _ in range(size)]
    shown_second: list[list[int]] = [[] for _ in range(size)]
    times = first.get
    for a, b in edges:
        a_first, b_first = times((a, b), 0), times((b, a), 0)
        shown_first[a].append(a_first)
        shown_second[a].append(b_first)
        shown_first[b].append(b_first)
        shown_second[b].append(a_first)
    return _Shown(there.pick, shown_first, shown_second, won, won_first)


@dataclass(frozen=True)
class _Shown:
    """By essay: how often it was shown first, and second, beside each of its neighbours; its wins.

    As a likelihood its coordinates are the thetas and, last, the effect.
    """

    pick: Sequence[Pick]
    first: Sequence[Sequence[int]]
    second: Sequence[Sequence[int]]
    won: Sequence[int]
    won_first: int

    def slope(self, at: Vector) -> tuple[Vector, _Bordered]:
        *theta, effect = at
        pull, gain, weights = len(theta) * ALPHA, exp(effect), list(map(exp, theta))
        slope: Vector = []
        between: list[Vector] = []
        border: Vector = []
        expected_first = corner = 0.0
        for own, won, pick, first, second in zip(weights, self.won, self.pick, self.first, self.second, strict=True):
            others = pick(weights)
            p = [own * gain / (own * gain + other) for _, other in zip(first, others, strict=False)]
            q = [own / (own + gain * other) for _, other in zip(second, others, strict=False)]
            wins = dot(first, p)
            as_first = [n * x * (1 - x) for n, x in zip(first, p, strict=True)]
            as_second = [n * x * (1 - x) for n, x in zip(second, q, strict=True)]
            slope.append(won - wins - dot(second, q) + pull * (1 - own))
            between.append(list(map(add, as_first, as_second)))
            border.append(sum(as_first) - sum(as_second))
            expected_first += wins
            corner += sum(as_first)
        diagonal = [sum(row) + pull * own for row, own in zip(between, weights, strict=True)]
        return [*slope, self.won_first - expected_first], _Bordered(
            Laplacian(self.pick, between, diagonal), border, corner
        )


@dataclass(frozen=True)
class _Bordered:
    """A Laplacian with one more row and column, for the effect."""

    graph: Laplacian
    border: Vector
    corner: float

    @property
    def diagonal(self) -> Vector:
        return [*self.graph.diagonal, self.corner]

    def times(self, vector: Vector) -> Vector:
        *inner, last = vector
        across = [x + last * b for x, b in zip(self.graph.times(inner), self.border, strict=True)]
        return [*across, dot(self.border, inner) + last * self.corner]

    def last_pivot(self) -> float:
        """What the comparisons tell of the effect when the thetas are not known, without the regularisation."""
        graph = Laplacian(self.graph.pick, self.graph.between, list(map(sum, self.graph.between)))
        best = solve(graph.times, graph.diagonal, self.border, _EXACT)
        return self.corner - dot(self.border, best)
