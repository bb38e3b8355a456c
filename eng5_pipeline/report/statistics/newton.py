"""The maximum of a concave likelihood by Newton's method, its steps found by conjugate gradients.

Nothing but lists of numbers: the curvature is never written down as a matrix, so that the work of a step grows with
the comparisons and not with the square of the essays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import mul
from typing import Protocol

Vector = list[float]
LONGEST_STEP = 2.0
STEPS = 200
_FORCING = 0.1  # how exactly a step is solved, of the slope's length: far from the maximum more is wasted


class Curvature(Protocol):
    """Minus the second derivative at one point; positive definite."""

    @property
    def diagonal(self) -> Vector: ...

    def times(self, vector: Vector) -> Vector: ...


class Likelihood(Protocol):
    def slope(self, at: Vector) -> tuple[Vector, Curvature]: ...


class NoMaximum(Exception):
    """The method did not settle: the maximum is at infinity, or there is none."""


def maximum(likelihood: Likelihood, start: Vector, tolerance: float) -> Vector:
    """Where the slope vanishes; the last step was shorter than `tolerance` in every coordinate. Raises NoMaximum."""
    at = start
    for _ in range(STEPS):
        slope, curvature = likelihood.slope(at)
        length = dot(slope, slope) ** 0.5
        step = solve(curvature.times, curvature.diagonal, slope, min(_FORCING, length))
        longest = max(map(abs, step), default=0.0)
        scale = min(1.0, LONGEST_STEP / longest) if longest else 1.0
        at = [x + scale * s for x, s in zip(at, step, strict=True)]
        if longest < tolerance:
            return at
    raise NoMaximum


def solve(times: Callable[[Vector], Vector], diagonal: Sequence[float], right: Vector, tolerance: float) -> Vector:
    """x of A x = right for a symmetric A without negative eigenvalues, `right` in its range; `times` multiplies by A.

    Conjugate gradients, each coordinate scaled by A's diagonal. Stops when what is left of `right` is shorter than
    `tolerance` times its length.
    """
    x, rest = [0.0] * len(right), right
    scaled = _over(rest, diagonal)
    direction, fit = scaled, dot(rest, scaled)
    enough = (tolerance * tolerance) * dot(right, right)
    for _ in range(4 * len(right) + 10):
        if dot(rest, rest) <= enough or fit == 0.0:
            break
        bent = times(direction)
        length = fit / dot(direction, bent)
        x = [a + length * d for a, d in zip(x, direction, strict=True)]
        rest = [a - length * b for a, b in zip(rest, bent, strict=True)]
        scaled = _over(rest, diagonal)
        before, fit = fit, dot(rest, scaled)
        turn = fit / before
        direction = [s + turn * d for s, d in zip(scaled, direction, strict=True)]
    return x


def _over(vector: Vector, diagonal: Sequence[float]) -> Vector:
    return [v / d if d else 0.0 for v, d in zip(vector, diagonal, strict=True)]


def dot(left: Sequence[float], right: Sequence[float]) -> float:
    total: float = sum(map(mul, left, right))
    return total
