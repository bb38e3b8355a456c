"""Grades as stretches of the theta axis, as CJ was seen to draw them.

Each grade has a centre: the mean of its anchors' thetas together with `PRIOR_WEIGHT` times the grade's even place
between 0 and 1. Centres that do not rise with the grade are pooled with their neighbours. Boundaries lie midway between
centres. CJ publishes none of this: bands are used only where every grade that it did publish follows from them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf

PRIOR_WEIGHT = 2

# CJ owns its scales. These orders serve ranks and pictures alone; a scale that is not here has no order.
ORDERS: Mapping[str, tuple[str, ...]] = {
    "swedish_8_anchor": ("F", "E", "D", "D+", "C", "C+", "B", "A"),
    "eng5_np_legacy_9_step": ("F+", "E-", "E+", "D-", "D+", "C-", "C+", "B", "A"),
    "eng5_np_national_9_step": ("1", "2", "3", "4", "5", "6", "7", "8", "9"),
}


@dataclass(frozen=True)
class Bands:
    """Grades from the lowest; `boundaries`, one fewer, in theta."""

    grades: tuple[str, ...]
    boundaries: tuple[float, ...]

    def grade(self, theta: float) -> str:
        return self.grades[bisect_right(self.boundaries, theta)]

    def edges(self, grade: str) -> tuple[float, float]:
        """Where the band begins and ends; the outer ones never do."""
        edges, at = (-inf, *self.boundaries, inf), self.grades.index(grade)
        return edges[at], edges[at + 1]

    def between(self, low: float, high: float) -> tuple[str, ...]:
        """Every grade that a theta between the two could have; one of no width is left out."""
        first, last = bisect_right(self.boundaries, low), bisect_right(self.boundaries, high)
        reached = self.grades[first : last + 1]
        return tuple(grade for grade in reached if self.edges(grade)[0] < self.edges(grade)[1])


def bands(grades: Sequence[str], anchors: Iterable[tuple[str, float]]) -> Bands | None:
    """From (grade, theta) of the anchors; None where they show fewer than two grades of the scale."""
    by_grade: dict[str, list[float]] = {grade: [] for grade in grades}
    for grade, theta in anchors:
        if grade in by_grade:
            by_grade[grade].append(theta)
    if sum(map(bool, by_grade.values())) < 2:
        return None
    centres = _rising([_centre((at + 0.5) / len(grades), by_grade[grade]) for at, grade in enumerate(grades)])
    return Bands(tuple(grades), tuple((low + high) / 2 for low, high in pairwise(centres)))


def _centre(even: float, thetas: Sequence[float]) -> float:
    return (sum(thetas) + PRIOR_WEIGHT * even) / (len(thetas) + PRIOR_WEIGHT)


def _rising(centres: Sequence[float]) -> list[float]:
    """The nearest sequence that does not fall, in least squares."""
    pools: list[list[float]] = []
    for centre in centres:
        pools.append([centre])
        while len(pools) > 1 and _mean(pools[-2]) > _mean(pools[-1]):
            last = pools.pop()
            pools[-1] += last
    return [_mean(pool) for pool in pools for _ in pool]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
