"""How well the comparisons tell essays apart, and how far two halves of them agree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import comb, sqrt
from random import Random
from statistics import median
from typing import TypeVar

from eng5_pipeline.report.statistics.bradley_terry import thetas
from eng5_pipeline.report.statistics.newton import Vector
from eng5_pipeline.report.statistics.pairs import Win, met_in

SEED = 1
MOST_REPEATS = 100
FEWEST_REPEATS = 3
_WORK = 60_000  # comparisons in all the repeats together
_TOLERANCE = 5e-2  # of the last step to a half's thetas: their correlation needs no more

T = TypeVar("T")
Halves = tuple[Sequence[Win], Sequence[Win]]


@dataclass(frozen=True)
class Separation:
    """`deviation` is the standard deviation of theta with divisor n - 1, `error` the mean squared standard error.

    `reliability` is (SD^2 - MSE) / SD^2 (Kinnear, Jones & Davies 2025, equation 1); it can be negative.
    """

    deviation: float
    error: float
    reliability: float


@dataclass(frozen=True)
class SplitHalf:
    """Pearson's r between thetas of two random halves: its median and quartiles over the repeats that have one.

    `stepped_up` is 2r / (1 + r) of the median: what the whole can expect (Spearman-Brown).
    """

    repeats: int
    used: int
    median: float
    lower: float
    upper: float
    stepped_up: float


def separation(theta: Sequence[float], errors: Sequence[float]) -> Separation | None:
    """None for fewer than three essays, or where all thetas are equal."""
    if len(theta) < 3:
        return None
    mean = sum(theta) / len(theta)
    variance = sum((t - mean) ** 2 for t in theta) / (len(theta) - 1)
    error = sum(e * e for e in errors) / len(errors)
    if variance < 1e-18:
        return None
    return Separation(sqrt(variance), error, (variance - error) / variance)


def split_by_comparison(size: int, wins: Sequence[Win], start: Vector) -> SplitHalf | None:
    """Halves drawn from all comparisons; `start` are the thetas of the whole."""
    return _split(size, repeats_for(len(wins)), start, lambda random: _halves(random.sample(wins, len(wins))))


def split_by_judge(size: int, by_judge: Sequence[Sequence[Win]], start: Vector) -> SplitHalf | None:
    """Halves drawn from the judges, each with all its comparisons, no oftener than there are ways to draw them.

    None for a single judge.
    """
    if len(by_judge) < 2:
        return None

    def draw(random: Random) -> Halves:
        one, other = _halves(random.sample(by_judge, len(by_judge)))
        return [win for judge in one for win in judge], [win for judge in other for win in judge]

    ways = comb(len(by_judge), len(by_judge) // 2) // (2 - len(by_judge) % 2)
    return _split(size, min(ways, repeats_for(sum(map(len, by_judge)))), start, draw)


def repeats_for(comparisons: int) -> int:
    """As many as the work allows: with many comparisons one split tells almost what the next one does."""
    return max(FEWEST_REPEATS, min(MOST_REPEATS, _WORK // max(1, comparisons)))


def pearson(left: Sequence[float], right: Sequence[float]) -> float | None:
    """None for fewer than three values, or where one side does not vary."""
    if len(left) < 3:
        return None
    left_mean, right_mean = sum(left) / len(left), sum(right) / len(right)
    left_off, right_off = [x - left_mean for x in left], [y - right_mean for y in right]
    spread = sum(x * x for x in left_off) * sum(y * y for y in right_off)
    if spread < 1e-24:
        return None
    return sum(x * y for x, y in zip(left_off, right_off, strict=True)) / sqrt(spread)


def _split(size: int, repeats: int, start: Vector, draw: Callable[[Random], Halves]) -> SplitHalf | None:
    random = Random(SEED)
    drawn = (_agreement(size, draw(random), start) for _ in range(repeats))
    found = sorted(r for r in drawn if r is not None)
    if not found:
        return None
    middle = median(found)
    return SplitHalf(
        repeats=repeats,
        used=len(found),
        median=middle,
        lower=found[len(found) // 4],
        upper=found[(3 * len(found)) // 4],
        stepped_up=2 * middle / (1 + middle) if middle > -1 else -1.0,
    )


def _agreement(size: int, halves: Halves, start: Vector) -> float | None:
    """Over the essays that either half compares."""
    one, other = (thetas(size, met_in(half), start, _TOLERANCE) for half in halves)
    there = [{essay for win in half for essay in win} for half in halves]
    both = sorted(there[0] & there[1])
    return pearson([one[essay] for essay in both], [other[essay] for essay in both])


def _halves(drawn: Sequence[T]) -> tuple[Sequence[T], Sequence[T]]:
    return drawn[: len(drawn) // 2], drawn[len(drawn) // 2 :]
