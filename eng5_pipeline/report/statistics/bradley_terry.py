"""The Bradley-Terry model fitted to comparisons: theta of every essay, with standard errors.

P(i beats j) = w_i / (w_i + w_j), w = exp(theta). The log-likelihood is maximised less n ALPHA sum(w - theta) for n
essays, which keeps theta finite where an essay won or lost every comparison. It is the estimate that CJ makes, and the
fixed point of `choix.ilsr_pairwise(n, wins, alpha=ALPHA)` (Maystre & Grossglauser 2015): each essay wins and loses a
pseudo-count against every other. Thetas are centred on 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from operator import add

from eng5_pipeline.report.statistics.connectedness import groups
from eng5_pipeline.report.statistics.neighbours import Laplacian, Neighbours, neighbours
from eng5_pipeline.report.statistics.newton import Vector, maximum
from eng5_pipeline.report.statistics.pairs import Met
from eng5_pipeline.report.statistics.pseudo_inverse import diagonal_of_pseudo_inverse

ALPHA = 0.01
TOLERANCE = 1e-7


def chance(theta: float, other: float) -> float:
    """P(the essay of the first theta wins)."""
    return 1 / (1 + exp(other - theta))


def thetas(size: int, met: Sequence[Met], start: Vector | None = None, tolerance: float = TOLERANCE) -> Vector:
    """Of essays 0 to size-1, mean 0; an essay that met nobody lies where it would be without any comparison."""
    won, lost = [0] * size, [0] * size
    for one, other, times, won_by_one in met:
        won[one] += won_by_one
        won[other] += times - won_by_one
        lost[one] += times - won_by_one
        lost[other] += won_by_one
    likelihood = _Penalised(neighbours(size, ((i, j, times) for i, j, times, _ in met)), won)
    return centred(maximum(likelihood, start or _log_odds(won, lost), tolerance))


def _log_odds(won: Sequence[int], lost: Sequence[int]) -> Vector:
    """Nearer to the maximum than zeros are."""
    return [log((w + 0.5) / (n + 0.5)) for w, n in zip(won, lost, strict=True)]


def standard_errors(theta: Sequence[float], met: Sequence[Met]) -> list[float | None] | None:
    """From the Moore-Penrose inverse of the full Fisher information: thetas sum to 0 in each connected group.

    No essay is fixed, nothing is capped. None for an essay that met nobody. None in all where a group is too large for
    what is installed (see `pseudo_inverse`).
    """
    errors: list[float | None] = [None] * len(theta)
    weights = [(i, j, times * chance(theta[i], theta[j]) * chance(theta[j], theta[i])) for i, j, times, _ in met]
    for group in groups(len(theta), met):
        if len(group) > 1:
            variances = diagonal_of_pseudo_inverse(group, weights)
            if variances is None:
                return None
            for essay, variance in zip(group, variances, strict=True):
                errors[essay] = sqrt(variance)
    return errors


def centred(theta: Sequence[float]) -> Vector:
    mean = sum(theta) / len(theta) if theta else 0.0
    return [t - mean for t in theta]


@dataclass(frozen=True)
class _Penalised:
    """The wins of each essay against what is expected of it among its neighbours, `values` being how often they met."""

    met: Neighbours
    won: Sequence[int]

    def slope(self, at: Vector) -> tuple[Vector, Laplacian]:
        pull = len(at) * ALPHA
        weights = list(map(exp, at))
        slope: Vector = []
        between: list[Vector] = []
        for own, won, times, pick in zip(weights, self.won, self.met.values, self.met.pick, strict=True):
            others = pick(weights)
            share = [n / (own + other) for n, other in zip(times, others, strict=False)]
            slope.append(won - own * sum(share) + pull * (1 - own))
            between.append([own * s * other / (own + other) for s, other in zip(share, others, strict=False)])
        diagonal = list(map(add, map(sum, between), (pull * w for w in weights)))
        return slope, Laplacian(self.met.pick, between, diagonal)
