"""Bradley-Terry scores with standard errors, without numerical libraries.

P(i beats j) = 1 / (1 + exp(theta_j - theta_i)). The penalty is CJ's own, so that its thetas come out: CJ fits with
choix.ilsr_pairwise and alpha 0.01, a pseudo-count of alpha from each essay to every other. For n essays its fixed point
solves, with w = exp(theta),

    wins_i - sum_j n_ij w_i / (w_i + w_j) = n alpha (w_i - 1)

the maximum of the strictly concave function log-likelihood - n alpha sum(w - theta), found by Newton's method. Thetas
are centred on 0 afterwards. Variances are the diagonal of the Moore-Penrose inverse of the Fisher information at theta,
without the penalty: no essay is held fixed and nothing is capped, unlike CJ's.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, sqrt
from operator import mul

from eng5_pipeline.extract_db.components import Group, Win, weak_components

ALPHA = 0.01
TOLERANCE = 1e-10
STEPS = 100
LONGEST_STEP = 1.0

Matrix = list[list[float]]


def thetas(essays: int, wins: Sequence[Win]) -> list[float]:
    """A score for each essay, mean 0; all 0 without comparisons."""
    fitted = [0.0] * essays
    for group in weak_components(essays, wins):
        for essay, theta in zip(group, _fit(_counts(group, wins), essays * ALPHA), strict=True):
            fitted[essay] = theta
    mean = sum(fitted) / essays if essays else 0.0
    return [theta - mean for theta in fitted]


def standard_errors(theta: Sequence[float], wins: Sequence[Win]) -> list[float | None]:
    """None for an essay without a comparison. Errors are those of a theta against the mean of its group."""
    errors: list[float | None] = [None] * len(theta)
    for group in weak_components(len(theta), wins):
        if len(group) > 1:
            information = _information([theta[essay] for essay in group], _counts(group, wins))
            for essay, variance in zip(group, _variances(information), strict=True):
                errors[essay] = sqrt(max(variance, 0.0))
    return errors


def _counts(group: Group, wins: Sequence[Win]) -> Matrix:
    """wins[i][j]: how often i beat j, the essays of the group numbered from 0."""
    place = {essay: number for number, essay in enumerate(group)}
    counts = [[0.0] * len(group) for _ in group]
    for winner, loser in wins:
        if winner in place:
            counts[place[winner]][place[loser]] += 1
    return counts


def _fit(won: Matrix, pull: float) -> list[float]:
    """Uncentred thetas of one group; a step of Newton's is shortened where it would lead far astray."""
    theta = [0.0] * len(won)
    for _ in range(STEPS):
        curvature = _information(theta, won)
        for i, t in enumerate(theta):
            curvature[i][i] += pull * exp(t)
        step = _solve(_cholesky(curvature), _slope(theta, won, pull))
        longest = max(map(abs, step))
        theta = [t + s * min(1.0, LONGEST_STEP / longest if longest else 1.0) for t, s in zip(theta, step, strict=True)]
        if longest < TOLERANCE:
            break
    return theta


def _slope(theta: Sequence[float], won: Matrix, pull: float) -> list[float]:
    """Of the penalised log-likelihood: wins beyond those expected, less the penalty's pull towards 0."""
    slope = [-pull * (exp(t) - 1) for t in theta]
    for i, row in enumerate(won):
        for j, times in enumerate(row):
            if times:
                surprise = times * _chance(theta[j] - theta[i])
                slope[i] += surprise
                slope[j] -= surprise
    return slope


def _information(theta: Sequence[float], won: Matrix) -> Matrix:
    """The Fisher information: the Laplacian of the graph with weights n_ij p_ij p_ji."""
    matrix = [[0.0] * len(theta) for _ in theta]
    for i, row in enumerate(won):
        for j, times in enumerate(row):
            if times:
                weight = times * _chance(theta[i] - theta[j]) * _chance(theta[j] - theta[i])
                matrix[i][i] += weight
                matrix[j][j] += weight
                matrix[i][j] -= weight
                matrix[j][i] -= weight
    return matrix


def _chance(ahead: float) -> float:
    return 1 / (1 + exp(-ahead))


def _variances(information: Matrix) -> list[float]:
    """The diagonal of the pseudo-inverse of a connected Laplacian L of k essays: inverse(L + J/k) - J/k, J all ones."""
    size = len(information)
    root = _cholesky([[entry + 1 / size for entry in row] for row in information])
    columns = (_lower(root, [float(i == j) for i in range(size)]) for j in range(size))
    return [_dot(column, column) - 1 / size for column in columns]


def _cholesky(matrix: Matrix) -> Matrix:
    """The lower triangle whose product with its transpose is the matrix, which is symmetric and positive definite."""
    root: Matrix = []
    for i, row in enumerate(matrix):
        mine: list[float] = []
        for j in range(i):
            mine.append((row[j] - _dot(mine, root[j])) / root[j][j])
        root.append([*mine, sqrt(row[i] - _dot(mine, mine))])
    return root


def _solve(root: Matrix, right: Sequence[float]) -> list[float]:
    """x of root root^T x = right."""
    half = _lower(root, right)
    size = len(root)
    found = [0.0] * size
    for i in range(size - 1, -1, -1):
        rest = sum(root[k][i] * found[k] for k in range(i + 1, size))
        found[i] = (half[i] - rest) / root[i][i]
    return found


def _lower(root: Matrix, right: Sequence[float]) -> list[float]:
    """x of root x = right."""
    found: list[float] = []
    for row, value in zip(root, right, strict=True):
        found.append((value - _dot(found, row)) / row[len(found)])
    return found


def _dot(left: Sequence[float], right: Sequence[float]) -> float:
    """Over the length of the shorter."""
    product: float = sum(map(mul, left, right))
    return product
