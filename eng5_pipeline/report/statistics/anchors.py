"""How the judge's order of the anchors goes with the experts' grades."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt

from eng5_pipeline.report.statistics.pairs import Met


@dataclass(frozen=True)
class Inversion:
    """The essay of the `lower` grade beat the other by majority; `steps` lie between their grades."""

    lower: int
    higher: int
    lower_won: int
    times: int
    steps: int


@dataclass(frozen=True)
class PairsOfAnchors:
    """`compared` pairs of different grades met; in `even` of them nobody has a majority."""

    compared: int
    even: int
    inversions: tuple[Inversion, ...]


def tau_b(left: Sequence[float], right: Sequence[float]) -> float | None:
    """Kendall's rank correlation with ties (Kendall 1945): it does not depend on the order of the rows.

    None where one side does not vary.
    """
    agree = left_only = right_only = 0
    for (a, x), (b, y) in combinations(zip(left, right, strict=True), 2):
        by_left, by_right = _sign(a - b), _sign(x - y)
        agree += by_left * by_right
        left_only += by_left != 0
        right_only += by_right != 0
    return agree / sqrt(left_only * right_only) if left_only and right_only else None


def pairs_of_anchors(grades: Mapping[int, int], met: Sequence[Met]) -> PairsOfAnchors:
    """`grades` are the steps of the scale, by essay; the largest inversions come first."""
    compared = even = 0
    found: list[Inversion] = []
    for one, other, times, won in met:
        if one in grades and other in grades and grades[one] != grades[other]:
            compared += 1
            even += 2 * won == times
            lower, higher, lower_won = (one, other, won) if grades[one] < grades[other] else (other, one, times - won)
            if 2 * lower_won > times:
                found.append(Inversion(lower, higher, lower_won, times, grades[higher] - grades[lower]))
    return PairsOfAnchors(compared, even, tuple(sorted(found, key=lambda i: (-i.steps, i.lower, i.higher))))


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)
