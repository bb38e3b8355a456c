"""Grades of students, projected from anchors as CJ was seen to do it.

Each grade of the scale has a centre on the theta axis: the mean of its anchors' thetas and of PRIOR_WEIGHT
times the grade's even place between 0 and 1. Centres are made to rise with the grade (neighbours that do
not are pooled, each with weight 1). Boundaries lie midway, and a student has the grade whose interval holds
the theta. With anchors of fewer than two grades nobody is graded. The grades of every batch that was
observed come out (tests/contracts). Inferred rather than seen: the confidence of 3 to 13 and of 15 and more
comparisons, and where the label MID begins and ends.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

PRIOR_WEIGHT = 2
BEYOND = 1e10
LADDER = ("F", "F+", "E-", "E", "E+", "D-", "D", "D+", "C-", "C", "C+", "B-", "B", "B+", "A-", "A")
UNGRADED = "U"
EVIDENCE = ((5, 0.3), (10, 0.5), (15, 0.8))


@dataclass(frozen=True)
class GradedTheta:
    grade: str
    theta: float


@dataclass(frozen=True)
class Calibration:
    """Centres of the grades from lowest to highest, and the boundaries between them, one fewer."""

    grades: tuple[str, ...]
    centres: tuple[float, ...]
    boundaries: tuple[float, ...]

    def grade_of(self, theta: float) -> str:
        """Of several grades whose centres coincide, the highest or lowest one takes what lies beyond."""
        return self.grades[bisect_right(self.boundaries, theta)]

    def interval(self, grade: str) -> tuple[float, float]:
        edges = (-BEYOND, *self.boundaries, BEYOND)
        place = self.grades.index(grade)
        return edges[place], edges[place + 1]


@dataclass(frozen=True)
class Confidence:
    score: float
    label: str


def calibrate(grades: Sequence[str], anchors: Sequence[GradedTheta]) -> Calibration | None:
    """None where the anchors show fewer than two grades of the scale."""
    known = [anchor for anchor in anchors if anchor.grade in grades]
    if len({anchor.grade for anchor in known}) < 2:
        return None
    centres = _rising([_centre(place, grade, len(grades), known) for place, grade in enumerate(grades)])
    return Calibration(
        grades=tuple(grades),
        centres=tuple(centres),
        boundaries=tuple((low + high) / 2 for low, high in pairwise(centres)),
    )


def confidence(comparisons: int) -> Confidence:
    """How far a grade can be trusted, from the number of comparisons of its essay."""
    weight = next((weight for below, weight in EVIDENCE if comparisons < below), 1.0)
    score = sqrt(weight)
    return Confidence(score, "LOW" if score < 0.6 else "MID" if score < 0.8 else "HIGH")


def normalized(grade: str) -> float:
    """The grade's place between 0 (F) and 1 (A), two digits; 0 for a grade that is no letter."""
    return round(LADDER.index(grade) / (len(LADDER) - 1), 2) if grade in LADDER else 0.0


def _centre(place: int, grade: str, steps: int, anchors: Sequence[GradedTheta]) -> float:
    thetas = [anchor.theta for anchor in anchors if anchor.grade == grade]
    even = (place + 0.5) / steps
    return (sum(thetas) + PRIOR_WEIGHT * even) / (len(thetas) + PRIOR_WEIGHT)


def _rising(values: Sequence[float]) -> list[float]:
    """The nearest non-decreasing sequence in least squares: neighbours in the wrong order are pooled."""
    pools: list[tuple[float, int]] = []
    for value in values:
        pools.append((value, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (mean, count), (last_mean, last_count) = pools[-2:]
            total = count + last_count
            pools[-2:] = [((mean * count + last_mean * last_count) / total, total)]
    return [mean for mean, count in pools for _ in range(count)]
